//! The words of the language.

/// Tabular operators, as they stand after a `|`.
pub(super) const OPERATORS: &[&str] = &[
    "as", "assert-schema", "consume", "count", "distinct", "evaluate", "extend", "facet", "filter", "find", "fork",
    "getschema", "graph-mark-components", "graph-match", "graph-merge", "graph-shortest-paths", "graph-to-table",
    "invoke", "join", "limit", "lookup", "macro-expand", "make-graph", "make-series", "mv-apply", "mvapply",
    "mv-expand", "mvexpand", "order", "parse", "parse-kv", "parse-where", "partition", "print", "project",
    "project-away", "project-by-names", "project-keep", "project-rename", "project-reorder", "range", "reduce",
    "render", "sample", "sample-distinct", "scan", "search", "serialize", "sort", "summarize", "take", "top",
    "top-hitters", "top-nested", "union", "where",
];

/// Operators that may start a query.
pub(super) const STARTS: &[&str] =
    &["union", "print", "range", "search", "find", "evaluate", "graph", "macro-expand"];

/// Operators between two operands that are words.
pub(super) const TEXT_OPERATORS: &[&str] = &[
    "contains", "!contains", "contains_cs", "!contains_cs", "containscs", "!containscs", "notcontains",
    "notcontainscs", "startswith", "!startswith", "startswith_cs", "!startswith_cs", "endswith", "!endswith",
    "endswith_cs", "!endswith_cs", "has", "!has", "nothas", "has_cs", "!has_cs", "hasprefix", "!hasprefix",
    "hasprefix_cs", "!hasprefix_cs", "hassuffix", "!hassuffix", "hassuffix_cs", "!hassuffix_cs", "like", "notlike",
    "likecs", "notlikecs", "matches",
];
