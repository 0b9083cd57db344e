//! The shape of the code base, checked: who may import whom, how long files may get, that the library touches
//! nothing but its arguments, and that no data file is an orphan.

#![allow(clippy::unwrap_used, reason = "a test that panics is a test that fails")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each top-level module and what it may import of the crate; imports run one way.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("attack", &[]),
    ("diag", &[]),
    ("yaml", &["diag"]),
    ("ir", &["diag"]),
    ("mapping", &["diag", "ir", "yaml"]),
    ("list", &["ir"]),
    ("sigma", &["diag", "ir", "list", "yaml"]),
    ("kusto", &["attack", "diag", "ir", "list", "mapping", "yaml"]),
    ("splunk", &["diag", "ir", "mapping"]),
    ("elastic", &["diag", "ir", "mapping"]),
    ("target", &["diag", "elastic", "ir", "kusto", "mapping", "sigma", "splunk"]),
    ("witness", &["diag", "ir", "mapping"]),
    ("events", &["diag", "ir", "mapping"]),
    ("trial", &["Conversion", "Options", "convert", "diag", "ir", "mapping", "target", "witness"]),
    ("wrap", &["Conversion", "attack", "diag", "ir", "kusto", "mapping", "target"]),
    ("catalog", &["Conversion", "attack", "diag", "ir", "mapping", "target", "wrap"]),
    // The pipeline: everything but the edges.
    ("convert", &["diag", "elastic", "ir", "mapping", "target"]),
    ("read", &["diag", "ir", "kusto", "list", "mapping", "sigma"]),
    ("lint", &["Options", "attack", "convert", "diag", "ir", "mapping", "read", "sigma", "target", "yaml"]),
    (
        "cli",
        &[
            "Conversion",
            "Options",
            "catalog",
            "Window",
            "convert",
            "diag",
            "elastic",
            "events",
            "ir",
            "kusto",
            "lint",
            "list",
            "mapping",
            "read",
            "sigma",
            "target",
            "trial",
            "witness",
            "wrap",
            "yaml",
        ],
    ),
    (
        "lib",
        &[
            "catalog", "cli", "convert", "diag", "elastic", "events", "ir", "kusto", "lint", "list",
            "mapping", "read", "sigma", "splunk", "target", "trial", "witness", "wrap", "yaml",
        ],
    ),
    ("main", &["cli"]),
];

/// Lines a file may have, unit tests left out.
const CEILING: usize = 500;

/// Files that may be longer, and why.
const MAY_BE_LONG: &[(&str, &str)] = &[];

/// What touches the world, or says something to it.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::io",
    "std::net::Tcp",
    "std::net::Udp",
    "std::process",
    "std::thread",
    "std::time",
    "println!",
    "eprintln!",
    "print!(",
    "eprint!(",
    "dbg!",
    "rayon::",
    "walkdir::",
    "tempfile::",
    "indicatif::",
];

/// A source file without its unit tests and comments.
struct Module {
    path: String,
    top: String,
    code: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let below = |path: PathBuf| if path.is_dir() { files_below(&path) } else { vec![path] };
    paths.into_iter().flat_map(below).collect()
}

fn modules() -> Vec<Module> {
    let source = root().join("src");
    let rust = files_below(&source).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs"));
    rust.filter(|path| !is_test_file(path))
        .map(|path| {
            let relative = path.strip_prefix(&source).unwrap().to_str().unwrap().replace('\\', "/");
            let top = relative.split(['/', '.']).next().unwrap().to_owned();
            Module {
                path: relative,
                top,
                code: without_tests_and_comments(&fs::read_to_string(path).unwrap()),
            }
        })
        .collect()
}

/// `tests.rs`, or below a folder `tests`: unit tests that have outgrown their file.
fn is_test_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "tests.rs")
        || path.parent().is_some_and(|parent| parent.ends_with("tests"))
}

fn without_tests_and_comments(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or("");
    code.lines()
        .map(|line| if line.trim_start().starts_with("//") { "" } else { line })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The top-level modules (or items) that code names through `crate::`, grouped imports included.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let is_own_path =
            code[..at].chars().next_back().is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == '$'));
        if !is_own_path {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(heads_of_group(group)),
            None => found.extend(head(rest)),
        }
    }
    found
}

fn head(path: &str) -> Option<String> {
    let name: String = path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// The first name of each path of a `{…}` group, whose opening brace is gone.
fn heads_of_group(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut start = 0;
    let mut heads = Vec::new();
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                heads.extend(head(&group[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.extend(head(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    heads
}

#[test]
fn imports_run_one_way() {
    let mut faults = Vec::new();
    for module in modules() {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module.top) else {
            faults.push(format!("{}: the module `{}` has no row in the table", module.path, module.top));
            continue;
        };
        for import in imports(&module.code) {
            if import != module.top && !allowed.contains(&import.as_str()) {
                faults.push(format!("{}: `{}` may not import `{import}`", module.path, module.top));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_languages_of_elastic_do_not_import_each_other() {
    const LANGUAGES: [&str; 3] = ["lucene", "eql", "esql"];
    for module in modules().iter().filter(|module| module.top == "elastic") {
        for other in LANGUAGES.iter().filter(|name| !module.path.contains(*name)) {
            let is_shared = !LANGUAGES.iter().any(|name| module.path.contains(name));
            let named = module.code.contains(&format!("elastic::{other}"))
                || module.code.contains(&format!("super::{other}"))
                || module.code.contains(&format!("super::super::{other}"));
            assert!(is_shared || !named, "{} imports {other}", module.path);
        }
    }
}

#[test]
fn no_vendor_is_named_below_its_folder() {
    for module in modules().iter().filter(|module| matches!(module.top.as_str(), "ir" | "diag" | "yaml")) {
        for vendor in ["kusto", "splunk", "defender", "esql", "sentinel"] {
            let named = module.code.lines().any(|line| line.to_lowercase().contains(vendor));
            assert!(!named, "{} names {vendor}", module.path);
        }
    }
}

#[test]
fn files_stay_readable() {
    let mut faults = Vec::new();
    for module in modules() {
        let lines = module.code.trim_end().lines().count();
        let excused = MAY_BE_LONG.iter().any(|(path, _)| *path == module.path);
        if lines > CEILING && !excused {
            faults.push(format!("{}: {lines} lines", module.path));
        }
        if lines <= CEILING && excused {
            faults.push(format!("{}: short enough, needs no excuse", module.path));
        }
    }
    assert!(faults.is_empty(), "more than {CEILING} lines:\n{}", faults.join("\n"));
}

#[test]
fn the_library_is_pure() {
    let mut faults = Vec::new();
    for module in modules().iter().filter(|module| !matches!(module.top.as_str(), "cli" | "main")) {
        for impure in IMPURE {
            if module.code.contains(impure) {
                faults.push(format!("{}: {impure}", module.path));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn nothing_is_left_for_later() {
    for module in modules() {
        for left in ["todo!", "unimplemented!", "FIXME", "XXX"] {
            assert!(!module.code.contains(left), "{} has {left}", module.path);
        }
    }
}

#[test]
fn only_one_module_names_each_of_these_crates() {
    const OWNERS: &[(&str, &[&str])] = &[
        ("granit_parser", &["yaml"]),
        ("handlebars", &["catalog", "wrap"]),
        ("annotate_snippets", &["diag", "cli"]),
        ("clap", &["cli"]),
        ("serde_yaml", &["mapping", "wrap", "cli"]),
    ];
    for module in modules() {
        for (name, owners) in OWNERS {
            let named = module.code.contains(&format!("{name}::"));
            assert!(!named || owners.contains(&module.top.as_str()), "{} names {name}", module.path);
        }
    }
}

#[test]
fn every_template_is_embedded() {
    let code: String = modules().iter().map(|module| module.code.as_str()).collect();
    let orphans: Vec<_> = files_below(&root().join("templates"))
        .iter()
        .map(|path| path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/"))
        .filter(|path| !code.contains(&format!("/{path}\"")))
        .collect();
    assert!(orphans.is_empty(), "no source file embeds {orphans:?}");
}

/// Pages of the catalogue hold prose and a script; queries come to them as text.
#[test]
fn templates_build_no_queries() {
    let pages = root().join("templates/catalog");
    for path in files_below(&root().join("templates")).iter().filter(|path| !path.starts_with(&pages)) {
        // The setting of a stanza that holds the query.
        let text = fs::read_to_string(path).unwrap().replace("\nsearch = ", "\n");
        let outside = text.split("{{").map(|part| part.split_once("}}").map_or(part, |(_, after)| after));
        for part in outside {
            let builds = [" and ", " or ", " not ", "where ", "search ", "==", "=~", " in ("];
            let found = builds.iter().find(|word| part.to_lowercase().contains(*word));
            assert!(found.is_none(), "{} holds {found:?}", path.display());
        }
    }
}

/// A snapshot is of a case file by its name, or a test names it.
#[test]
fn every_snapshot_belongs_to_a_test() {
    let is_rust = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    let tests: String = files_below(&root().join("tests"))
        .iter()
        .filter(is_rust)
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let snapshots = root().join("snapshots");
    let mut orphans = Vec::new();
    for path in files_below(&snapshots) {
        // `.snap.new` is what a failed test leaves behind, and no part of the repository.
        if path.extension().is_none_or(|extension| extension != "snap") {
            continue;
        }
        let below = path.strip_prefix(&snapshots).unwrap().with_extension("");
        let stem = below.file_name().unwrap().to_str().unwrap();
        let case = below.with_extension("yml");
        let of_rule = case.strip_prefix("rules").map(|rule| root().join("rules/sigma").join(rule));
        let is_kusto = ["kql", "yaml", "md"].iter().any(|extension| {
            below.starts_with("rules/kusto") && root().join(&below).with_extension(extension).exists()
        });
        let is_case = is_kusto
            || of_rule.is_ok_and(|rule| rule.exists())
            || root().join("tests/cases").join(&case).exists();
        if !is_case && !tests.contains(&format!("\"{stem}\"")) {
            orphans.push(below);
        }
    }
    assert!(orphans.is_empty(), "no test takes the snapshots {orphans:?}");
}

#[test]
fn machine_paths_stay_out() {
    for module in modules() {
        for path in ["/work/", "/home/", "/root/"] {
            assert!(!module.code.contains(path), "{} names {path}", module.path);
        }
    }
}
