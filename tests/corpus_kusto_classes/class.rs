//! How far a query can be translated in principle: by its operators, never by what rulec makes of it.

use std::collections::{BTreeSet, HashMap};

use rulec::kusto::ast::{
    Aggregation, Argument, BinaryOperator, Call, Column, Expression, Function, LetValue, Literal, Name,
    Operator, Query, Script, Source, Statement, Step,
};

/// What a query is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Tests of columns against constants, and what is shown of the rows.
    Predicate,
    /// A threshold on one aggregate, or two such predicates joined.
    Correlation,
    /// Anything else that has a counterpart in principle.
    Pipeline,
    /// What no other platform knows: reputation, machine learning, tables of a whole workspace, files behind a URL.
    Untranslatable,
}

/// A query's class, the tables it reads, and the words of its operators.
#[derive(Debug, Clone)]
pub(crate) struct Classified {
    /// What it is.
    pub(crate) class: Class,
    /// Names of its tables and of the functions that stand for tables.
    pub(crate) tables: BTreeSet<String>,
    /// Its operators, those of joined and inlined queries included.
    pub(crate) operators: BTreeSet<&'static str>,
}

/// Operators that say how rows are shown.
const SHOWING: &[&str] = &[
    "as",
    "count",
    "distinct",
    "extend",
    "getschema",
    "order",
    "project",
    "project-away",
    "project-keep",
    "project-rename",
    "project-reorder",
    "render",
    "serialize",
    "sort",
    "take",
    "top",
    "consume",
];
/// Operators without a counterpart anywhere.
const UNTRANSLATABLE: &[&str] = &[
    "partition",
    "top-nested",
    "reduce",
    "facet",
    "sample",
    "sample-distinct",
    "scan",
    "graph-match",
    "make-graph",
    "graph-to-table",
    "graph",
    "fork",
    "print",
    "range",
    "find",
    "top-hitters",
];
const PLUGINS: &[&str] = &["bag_unpack", "pivot", "ipv4_lookup", "narrow"];
/// Functions that keep a column what it is.
const THIN: &[&str] = &[
    "tostring",
    "tolower",
    "toupper",
    "parse_json",
    "todynamic",
    "parsejson",
    "column_ifexists",
    "columnifexists",
    "trim",
];

#[derive(Default)]
struct Walk<'s> {
    lets: HashMap<&'s str, &'s LetValue>,
    depth: usize,
    tables: BTreeSet<String>,
    operators: BTreeSet<&'static str>,
    untranslatable: bool,
    pipeline: bool,
    thresholds: usize,
    summaries: usize,
    joins: usize,
    computed: BTreeSet<String>,
    aggregated: BTreeSet<String>,
}

/// Classes each query of a text.
pub(crate) fn classify(script: &Script) -> Vec<Classified> {
    let mut walk = Walk::default();
    let mut classes = Vec::new();
    for statement in &script.statements {
        match statement {
            Statement::Let(name, value) => {
                walk.lets.insert(&name.text, value);
            }
            Statement::Tabular(query) => {
                let mut here = Walk { lets: walk.lets.clone(), ..Walk::default() };
                here.query(query);
                classes.push(here.finished());
            }
            _ => {}
        }
    }
    classes
}

impl<'s> Walk<'s> {
    fn finished(self) -> Classified {
        let class = if self.untranslatable || self.tables.is_empty() {
            Class::Untranslatable
        } else if self.pipeline || self.thresholds > 1 || (self.thresholds == 1 && self.summaries > 1) {
            Class::Pipeline
        } else {
            match (self.joins, self.thresholds) {
                (0, 0) => Class::Predicate,
                (0, 1) | (1, 0) => Class::Correlation,
                _ => Class::Pipeline,
            }
        };
        Classified { class, tables: self.tables, operators: self.operators }
    }

    fn query(&mut self, query: &'s Query) {
        self.depth += 1;
        if self.depth < 40 {
            match &query.source {
                Source::Expression(expression) => self.rows(expression),
                Source::Operator(step) => self.step(step),
            }
            for step in &query.operators {
                self.step(step);
            }
        }
        self.depth -= 1;
    }

    fn rows(&mut self, expression: &'s Expression) {
        match expression {
            Expression::Name(name) => match self.lets.get(&*name.text) {
                Some(LetValue::Expression(value)) => self.inlined(value),
                Some(LetValue::Function(function)) => self.function(function),
                None => {
                    self.tables.insert(name.text.clone());
                }
            },
            Expression::Query(query) => self.query(query),
            Expression::Call(call) => self.rows_of_call(call),
            Expression::Pattern(_) | Expression::Star(_) | Expression::ExternalData { .. } => {
                self.untranslatable = true;
            }
            Expression::DataTable(..) => {}
            Expression::Member(..) => self.untranslatable = true,
            other => self.value(other),
        }
    }

    fn rows_of_call(&mut self, call: &'s Call) {
        let name = &*call.function.text;
        match self.lets.get(name) {
            Some(LetValue::Function(function)) => {
                for argument in &call.arguments {
                    self.value(&argument.value);
                }
                self.function(function);
            }
            Some(LetValue::Expression(_)) => {}
            None if call.on.is_some() => self.untranslatable = true,
            None => match name {
                "materialize" | "view" => call.arguments.iter().for_each(|it| self.rows(&it.value)),
                "_GetWatchlist" | "workspace" | "cluster" | "database" | "adx" | "arg" | "app"
                | "resource" | "externaldata" => self.untranslatable = true,
                "table" => match call.arguments.as_slice() {
                    [Argument { value: Expression::Literal(Literal::String(name), _), .. }] => {
                        self.tables.insert(name.clone());
                    }
                    _ => self.untranslatable = true,
                },
                _ => {
                    self.tables.insert(name.to_owned());
                }
            },
        }
    }

    /// A name's value is not looked for inside itself.
    fn inlined(&mut self, value: &'s Expression) {
        self.depth += 1;
        if self.depth < 40 {
            self.rows(value);
        }
        self.depth -= 1;
    }

    fn function(&mut self, function: &'s Function) {
        self.depth += 1;
        if self.depth < 40 {
            for statement in &function.body {
                match statement {
                    Statement::Let(name, value) => {
                        self.lets.insert(&name.text, value);
                    }
                    Statement::Tabular(query) => self.query(query),
                    _ => {}
                }
            }
        }
        self.depth -= 1;
    }

    fn step(&mut self, step: &'s Step) {
        let word = step.operator.word();
        self.operators.insert(word);
        if UNTRANSLATABLE.contains(&word) {
            self.untranslatable = true;
        }
        match &step.operator {
            Operator::Where(_, predicate) => self.predicate(predicate),
            Operator::Extend(columns) | Operator::Project(columns) => self.computes(columns),
            Operator::Summarize(aggregation) => self.summarize(aggregation),
            Operator::Distinct(..) | Operator::Count => {
                self.aggregated.insert("Count".to_owned());
            }
            Operator::Union(_, operands) => operands.iter().for_each(|it| self.rows(it)),
            Operator::Join(join) | Operator::Lookup(join) => {
                self.joins += 1;
                let kind = join.parameters.iter().find(|it| it.name.text == "kind").map(|it| &it.value);
                let is_inner = match kind {
                    None => word == "join",
                    Some(Expression::Name(name)) => matches!(&*name.text, "inner" | "innerunique"),
                    Some(_) => false,
                };
                self.pipeline |= !is_inner;
                self.rows(&join.right);
            }
            Operator::Evaluate(_, call, _) => {
                self.pipeline = true;
                self.untranslatable |= !PLUGINS.contains(&&*call.function.text);
            }
            Operator::Invoke(call) => {
                self.pipeline = true;
                self.untranslatable |= !self.lets.contains_key(&*call.function.text);
            }
            Operator::MakeSeries(_) => self.pipeline = true,
            Operator::Search(search) => {
                self.untranslatable |= search.tables.is_empty() && self.tables.is_empty();
            }
            _ => self.pipeline |= !SHOWING.contains(&word),
        }
    }

    fn computes(&mut self, columns: &'s [Column]) {
        for column in columns {
            self.value(&column.value);
            if !self.is_column(&column.value) {
                self.computed.extend(column.names.iter().map(|name| name.text.clone()));
            }
        }
    }

    fn summarize(&mut self, aggregation: &'s Aggregation) {
        self.summaries += 1;
        for column in aggregation.aggregates.iter().chain(aggregation.by.iter().flatten()) {
            self.value(&column.value);
        }
        for column in &aggregation.aggregates {
            self.aggregated.extend(column.names.iter().map(|name| name.text.clone()));
            if column.names.is_empty()
                && let Expression::Call(call) = &column.value
            {
                let of = call.arguments.first().map(|argument| match &argument.value {
                    Expression::Name(name) => name.text.as_str(),
                    _ => "",
                });
                let prefix = call.function.text.replace("make_set", "set").replace("make_list", "list");
                self.aggregated.insert(format!("{prefix}_{}", of.unwrap_or_default()));
            }
        }
    }

    /// A column of the events, under whatever name.
    fn is_column(&self, value: &Expression) -> bool {
        match value {
            Expression::Name(Name { text, .. }) => {
                !self.computed.contains(text) && !self.aggregated.contains(text)
            }
            Expression::Star(_) => true,
            Expression::Member(of, _) | Expression::Index(of, _) => self.is_column(of),
            Expression::Call(call) => {
                THIN.contains(&&*call.function.text)
                    && call
                        .arguments
                        .iter()
                        .all(|it| self.is_column(&it.value) || self.is_constant(&it.value))
            }
            Expression::Query(query) => match (&query.source, query.operators.as_slice()) {
                (Source::Expression(inner), []) => self.is_column(inner),
                _ => false,
            },
            _ => false,
        }
    }

    fn is_constant(&self, value: &Expression) -> bool {
        match value {
            Expression::Literal(..) | Expression::Dynamic(..) | Expression::DataTable(..) => true,
            Expression::Name(name) => match self.lets.get(&*name.text) {
                Some(LetValue::Expression(value)) => self.is_constant(value),
                _ => false,
            },
            Expression::Call(call) => {
                matches!(
                    &*call.function.text,
                    "ago"
                        | "now"
                        | "datetime"
                        | "todatetime"
                        | "dynamic"
                        | "strcat"
                        | "pack_array"
                        | "tolower"
                        | "startofday"
                        | "endofday"
                        | "bin"
                        | "totimespan"
                        | "array_concat"
                        | "toscalar"
                ) && call.arguments.iter().all(|it| self.is_constant(&it.value))
            }
            Expression::Binary(left, _, right) => self.is_constant(left) && self.is_constant(right),
            Expression::Signed { value, .. } => self.is_constant(value),
            Expression::Query(query) => match (&query.source, query.operators.as_slice()) {
                (Source::Expression(inner), []) => self.is_constant(inner),
                _ => false,
            },
            _ => false,
        }
    }

    fn predicate(&mut self, predicate: &'s Expression) {
        self.value(predicate);
        match predicate {
            Expression::And(terms) | Expression::Or(terms) => terms.iter().for_each(|it| self.predicate(it)),
            Expression::Query(query) if query.operators.is_empty() => match &query.source {
                Source::Expression(inner) => self.predicate(inner),
                Source::Operator(_) => self.pipeline = true,
            },
            Expression::Call(call) if call.function.text == "not" => {
                call.arguments.iter().for_each(|it| self.predicate(&it.value));
            }
            Expression::Binary(left, operator, right) if *operator != BinaryOperator::Add => {
                self.atom(left, std::slice::from_ref(&**right));
            }
            Expression::In(left, _, list, _) => self.atom(left, list),
            Expression::Between { value, from, to, .. } => {
                self.atom(value, &[]);
                self.pipeline |= !self.is_constant(from) || !self.is_constant(to);
            }
            Expression::Call(call) => self.call_atom(call),
            other => self.atom(other, &[]),
        }
    }

    fn call_atom(&mut self, call: &'s Call) {
        const TESTS: &[&str] = &[
            "isempty",
            "isnotempty",
            "isnull",
            "isnotnull",
            "ipv4_is_private",
            "ipv4_is_in_range",
            "ipv4_is_in_any_range",
            "ipv6_is_in_range",
            "has_any_index",
            "tobool",
        ];
        let is_known = TESTS.contains(&&*call.function.text);
        let mut arguments = call.arguments.iter().map(|it| &it.value);
        match arguments.next() {
            Some(first) if is_known => {
                self.atom(first, &[]);
                self.pipeline |= !arguments.all(|it| self.is_constant(it));
            }
            _ => self.pipeline = true,
        }
    }

    fn atom(&mut self, left: &'s Expression, right: &'s [Expression]) {
        let (left_aggregated, right_aggregated) =
            (self.is_aggregate(left), right.iter().any(|it| self.is_aggregate(it)));
        if left_aggregated || right_aggregated {
            self.thresholds = 1;
            self.pipeline |= left_aggregated && right_aggregated;
            return;
        }
        let plain = self.is_column(left) && right.iter().all(|it| self.is_constant(it));
        let flipped = self.is_constant(left) && right.iter().all(|it| self.is_column(it));
        self.pipeline |= !plain && !flipped;
    }

    fn is_aggregate(&self, value: &Expression) -> bool {
        match value {
            Expression::Name(name) => {
                self.aggregated.contains(&name.text) && !self.lets.contains_key(&*name.text)
            }
            Expression::Call(call) => call.arguments.iter().any(|it| self.is_aggregate(&it.value)),
            _ => false,
        }
    }

    /// What a value mentions: functions without a counterpart, and queries.
    fn value(&mut self, value: &'s Expression) {
        match value {
            Expression::Name(name) => {
                if let Some(LetValue::Expression(value)) = self.lets.get(&*name.text).copied()
                    && self.depth < 20
                {
                    self.depth += 1;
                    self.value(value);
                    self.depth -= 1;
                }
            }
            Expression::Call(call) => {
                let name = &*call.function.text;
                let is_learning =
                    name.starts_with("series_") || name.starts_with("geo_") || name == "FileProfile";
                let is_outside =
                    matches!(name, "_GetWatchlist" | "arg" | "adx" | "workspace" | "externaldata");
                self.untranslatable |= is_learning || is_outside;
                for argument in &call.arguments {
                    self.value(&argument.value);
                }
                if let Some(LetValue::Function(function)) = self.lets.get(name).copied() {
                    self.pipeline |= self.depth == 0;
                    for statement in &function.body {
                        if let Statement::Tabular(query) = statement {
                            self.subquery(query);
                        }
                    }
                }
            }
            Expression::Query(query) => self.subquery(query),
            Expression::ExternalData { .. } => self.untranslatable = true,
            Expression::Member(of, _) => self.value(of),
            Expression::Index(of, index) => {
                self.value(of);
                self.value(index);
            }
            Expression::Binary(left, _, right) => {
                self.value(left);
                self.value(right);
            }
            Expression::In(left, _, list, _) => {
                self.value(left);
                self.values(list);
            }
            Expression::Between { value, from, to, .. } => {
                self.value(value);
                self.value(from);
                self.value(to);
            }
            Expression::Signed { value, .. } => self.value(value),
            Expression::And(terms) | Expression::Or(terms) => self.values(terms),
            _ => {}
        }
    }

    fn values(&mut self, values: &'s [Expression]) {
        for value in values {
            self.value(value);
        }
    }

    /// A query inside a value: only what cannot be said counts, and what it reads.
    fn subquery(&mut self, query: &'s Query) {
        if let (Source::Expression(inner), []) = (&query.source, query.operators.as_slice()) {
            return self.value(inner);
        }
        let mut inner = Walk { lets: self.lets.clone(), depth: self.depth + 1, ..Walk::default() };
        inner.query(query);
        self.untranslatable |= inner.untranslatable;
        self.tables.append(&mut inner.tables);
        self.operators.append(&mut inner.operators);
    }
}
