//! Search identifiers: what authors call the searches of these fields.

use super::{
    search::Node,
    tree::{Detection, Item, Value},
};

/// What searches of a field are called. The words that rules of `SigmaHQ` use most.
const WORDS: &[(&str, &[&str])] = &[
    ("img", &["Image", "OriginalFileName", "process_name", "NewProcessName", "ProcessName"]),
    ("cli", &["CommandLine", "ProcessCommandLine"]),
    ("parent", &["ParentImage", "ParentCommandLine", "parent_process_name", "ParentUser"]),
    ("path", &["TargetFilename", "FileName", "Path", "CurrentDirectory"]),
    ("key", &["TargetObject"]),
    ("details", &["Details"]),
    ("eid", &["EventID"]),
    ("dll", &["ImageLoaded"]),
    ("hash", &["Hashes", "Imphash", "md5", "sha1", "sha256"]),
    ("user", &["User", "SubjectUserName", "TargetUserName", "UserPrincipalName"]),
    ("query", &["QueryName", "query"]),
    ("domain", &["DestinationHostname", "cs-host"]),
    ("ip", &["DestinationIp", "SourceIp", "IpAddress", "IPAddress", "src_ip", "dst_ip"]),
    ("port", &["DestinationPort", "SourcePort", "dst_port", "src_port"]),
    ("source", &["SourceImage"]),
    ("target", &["TargetImage"]),
    ("provider", &["Provider_Name"]),
    ("script", &["ScriptBlockText"]),
    ("payload", &["Payload"]),
    ("pipe", &["PipeName"]),
    ("service", &["ServiceName", "ServiceFileName"]),
    ("uri", &["c-uri", "cs-uri", "cs-uri-query", "cs-uri-stem", "c-uri-query"]),
    ("useragent", &["c-useragent", "cs-user-agent", "userAgent"]),
    ("status", &["Status", "sc-status"]),
    ("event", &["eventName", "eventType", "ActionType", "operationName", "OperationName"]),
    ("company", &["Company", "Description", "Product"]),
];

/// Longest part of a name that is made of a field's or file's name.
const MAX_WORD: usize = 24;

/// Names for siblings below a prefix: `selection_img`, `selection_cli_1`, `selection_cli_2`.
pub(super) fn siblings(prefix: &str, nodes: &[&Node], are_filters: bool) -> Vec<String> {
    let word = |node: &&Node| if is_group(node) { String::new() } else { word(node, are_filters) };
    let words: Vec<String> = nodes.iter().map(word).collect();
    let own = prefix.rsplit('_').next().unwrap_or_default();
    let mut names: Vec<String> = Vec::with_capacity(words.len());
    for (at, word) in words.iter().enumerate() {
        let alike = |words: &[String]| words.iter().filter(|other| *other == word).count();
        let name = match (word == own || word.is_empty(), alike(&words)) {
            (true, _) => format!("{prefix}_{}", alike(&words[..at]) + 1),
            (false, 1) => format!("{prefix}_{word}"),
            _ => format!("{prefix}_{word}_{}", alike(&words[..at]) + 1),
        };
        names.push(name);
    }
    names
}

/// Whether a node has searches of their own names below it: those tell what they are about, the group has a number.
fn is_group(node: &Node) -> bool {
    match node {
        Node::Search(_) => false,
        Node::Not(inner) => is_group(inner),
        Node::All(nodes) | Node::Any(nodes) => !is_search_without_other(nodes),
    }
}

/// Whether it is one search and something that it must not be.
pub(super) fn is_search_without_other(nodes: &[Node]) -> bool {
    matches!(nodes, [Node::Search(_), Node::Not(_)])
}

/// What a node is about.
pub(super) fn word(node: &Node, is_filter: bool) -> String {
    match node {
        Node::Search(detection) => of_detection(detection, is_filter),
        Node::Not(inner) => word(inner, is_filter),
        Node::All(nodes) | Node::Any(nodes) => {
            nodes.first().map_or_else(String::new, |node| word(node, is_filter))
        }
    }
}

fn of_detection(detection: &Detection, is_filter: bool) -> String {
    match detection {
        Detection::Keywords(_) => "keywords".to_owned(),
        Detection::OneOf(maps) => maps.first().and_then(|map| map.first()).map_or_else(String::new, of_field),
        Detection::Items(items) => of_items(items, is_filter),
    }
}

fn of_items(items: &[Item], is_filter: bool) -> String {
    let Some(first) = items.first() else { return String::new() };
    if let [Item { values, .. }] = items {
        match values.as_slice() {
            [Value::Null] => return "null".to_owned(),
            [Value::Text(text)] if text.is_empty() => return "empty".to_owned(),
            _ => {}
        }
    }
    let program = items.iter().find_map(program).filter(|_| is_filter);
    program.unwrap_or_else(|| {
        let words: Vec<String> = items.iter().map(of_field).collect();
        // A map of several fields is about none of them, unless one is the event itself.
        if words.iter().all(|word| *word == words[0]) { words[0].clone() } else { of_field(first) }
    })
}

fn of_field(item: &Item) -> String {
    let Some(field) = item.field.as_deref() else { return "keywords".to_owned() };
    let known = WORDS.iter().find(|(_, fields)| fields.contains(&field));
    known.map_or_else(|| slug(field.rsplit('.').next().unwrap_or(field)), |(word, _)| (*word).to_owned())
}

/// The program that an item is about: the file's name without its extension, if there is one only.
fn program(item: &Item) -> Option<String> {
    const PATHS: [&str; 5] = ["Image", "ParentImage", "SourceImage", "ProcessName", "process_name"];
    let [Value::Text(path)] = item.values.as_slice() else { return None };
    let file = path.rsplit(['\\', '/']).next()?;
    let (stem, _) = file.rsplit_once('.')?;
    let is_name = stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let is_path = item.field.as_deref().is_some_and(|field| PATHS.contains(&field));
    (is_path && is_name && !stem.is_empty() && stem.len() <= MAX_WORD).then(|| slug(stem))
}

/// A name in the letters that search identifiers have: `TargetUserName` is `target_user_name`.
pub(super) fn slug(name: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for c in name.chars() {
        let starts_word = c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
        let ends_word = !c.is_ascii_alphanumeric();
        if (starts_word || ends_word) && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        if !ends_word {
            out.push(c.to_ascii_lowercase());
        }
        before = c;
        if out.len() >= MAX_WORD {
            break;
        }
    }
    out.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(field: &str, value: &str) -> Node {
        let values = vec![Value::Text(value.into())];
        Node::Search(Detection::Items(vec![Item {
            field: Some(field.into()),
            modifiers: Vec::new(),
            values,
        }]))
    }

    #[test]
    fn siblings_are_told_apart_by_their_fields_or_numbers() {
        let (image, first, second) =
            (search("Image", "a"), search("CommandLine", "b"), search("CommandLine", "c"));
        let names = siblings("selection", &[&image, &first, &second], false);
        assert_eq!(names, ["selection_img", "selection_cli_1", "selection_cli_2"]);
        assert_eq!(
            siblings("selection_cli", &[&first, &second], false),
            ["selection_cli_1", "selection_cli_2"]
        );
    }

    #[test]
    fn filters_are_called_by_the_program_that_they_let_pass() {
        let names = siblings(
            "filter_main",
            &[
                &search("Image", r"C:\Windows\explorer.exe"),
                &search("CommandLine", ""),
                &search("User.Name", "x"),
            ],
            true,
        );
        assert_eq!(names, ["filter_main_explorer", "filter_main_empty", "filter_main_name"]);
    }

    #[test]
    fn slugs_are_lower_case_words() {
        assert_eq!(slug("TargetUserName"), "target_user_name");
        assert_eq!(slug("c-uri"), "c_uri");
        assert_eq!(slug("ключ"), "");
    }

    #[test]
    fn programs_have_names_of_letters_digits_and_dashes() {
        let name = |file: &str| {
            siblings("filter_main", &[&search("Image", &format!(r"C:\{file}")), &search("User", "x")], true)
                .swap_remove(0)
        };
        assert_eq!(name("a_b.exe"), "filter_main_a_b");
        assert_eq!(name("a-b.exe"), "filter_main_a_b");
        assert_eq!(name("a b.exe"), "filter_main_img");
    }
}
