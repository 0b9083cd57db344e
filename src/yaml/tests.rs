//! Nodes, places and limits.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{Kind, Node, Plain, parse};
use crate::diag::{Code, Diagnostic, Source};

fn source(text: &str) -> Source {
    Source::new("test.yml", text)
}

/// The one error of a text.
fn error(text: &str) -> Diagnostic {
    let source = source(text);
    let mut errors: Vec<Diagnostic> = parse(&source).into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1);
    errors.remove(0)
}

/// What a plain spelling means.
fn resolved(text: &str) -> Plain {
    let source = source(text);
    let documents = parse(&source);
    documents[0].as_ref().unwrap().root.as_scalar().unwrap().resolve()
}

#[test]
fn null_booleans_and_decimal_numbers_resolve() {
    assert_eq!(resolved("~"), Plain::Null);
    assert_eq!(resolved("Null"), Plain::Null);
    assert_eq!(resolved("True"), Plain::Boolean(true));
    assert_eq!(resolved("FALSE"), Plain::Boolean(false));
    for number in ["0", "-5", "+5", "4624", "1.10", "1.", "-0.5", "1.5e+3"] {
        assert_eq!(resolved(number), Plain::Number, "{number}");
    }
}

#[test]
fn text_stays_text() {
    for text in ["'5'", "\"true\"", "00000429", "08", "1.1.1.1", "tRUE", "1-2", "0x", "10%", "5.5.5", "12:99"]
    {
        assert_eq!(resolved(text), Plain::Text, "{text}");
    }
}

#[test]
fn spellings_that_readers_disagree_on_are_ambiguous() {
    let ambiguous = [
        "yes",
        "NO",
        "On",
        "off",
        "017",
        "00017",
        "0o17",
        "0x1F",
        "0b101",
        "1_000",
        "1e3",
        "1.5e3",
        ".5",
        "-.inf",
        ".nan",
        "12:30",
        "1:30:45",
        "2024-01-05",
        "2024-1-5 10:00:00",
    ];
    for text in ambiguous {
        assert!(matches!(resolved(text), Plain::Ambiguous(_)), "{text}");
    }
}

#[test]
fn tags_decide() {
    assert_eq!(resolved("!!str 5"), Plain::Text);
    assert_eq!(resolved("!!int '5'"), Plain::Number);
    assert_eq!(error("!!python/object:os.system x").code, Code::YamlSyntax);
}

#[test]
fn spans_are_exact() {
    let source = source("key: 'it''s'  # why\nlist:\n  - a\n  - [b, c]\nnext: x\n");
    let documents = parse(&source);
    let root = &documents[0].as_ref().unwrap().root;
    assert_eq!(source.slice(root.get("key").unwrap().span), "'it''s'");
    let list = root.get("list").unwrap();
    assert_eq!(source.slice(list.span), "- a\n  - [b, c]");
    assert_eq!(source.slice(list.as_seq().unwrap()[1].span), "[b, c]");
}

#[test]
fn a_block_that_ends_the_file_ends_as_it_does() {
    for (text, value) in [("|\n  abc", "abc"), ("|\n  abc\n", "abc\n"), (">+\n  abc", "abc")] {
        let source = source(text);
        let documents = parse(&source);
        assert_eq!(documents[0].as_ref().unwrap().root.as_text().unwrap(), value, "{text:?}");
    }
}

#[test]
fn a_document_ends_with_its_last_value() {
    let source = source("a: b\n\n# comment\n---\nc: d\n");
    let spans: Vec<&str> =
        parse(&source).iter().map(|d| source.slice(d.as_ref().unwrap().root.span)).collect();
    assert_eq!(spans, ["a: b", "c: d"]);
}

/// The source text of `word` inside the value of `k`.
fn located(text: &str, word: &str) -> String {
    let source = source(text);
    let documents = parse(&source);
    let node = documents[0].as_ref().unwrap().root.get("k").unwrap();
    let start = node.as_text().unwrap().find(word).unwrap();
    source.slice(node.locate(&source, start..start + word.len())).to_owned()
}

#[test]
fn places_inside_scalars_are_found() {
    assert_eq!(located("k: one two", "two"), "two");
    assert_eq!(located("k: 'it''s two'", "two"), "two");
    assert_eq!(located(r#"k: "\x41\u00e9\t two""#, "two"), "two");
    assert_eq!(located("k: one\n  two", "two"), "two");
    assert_eq!(located("k: 'one\n\n  two'", "two"), "two");
    assert_eq!(located("k: \"one \\\n  two\"", "two"), "two");
    assert_eq!(located("k: |\n  one\n\n    two\n  three\n", "three"), "three");
    assert_eq!(located("k: |2-\n    one\n  two\n", "two"), "two");
    assert_eq!(located("k: >\n  one\n  more\n\n  two\n", "two"), "two");
    assert_eq!(located("k: |\n\n  one\n  two\n", "two"), "two");
    assert_eq!(located("k: |\r\n  one\r\n  two\r\n", "two"), "two");
}

/// Every word of the value of `k`, as the source has it at the places that `positions` gives.
fn words_in_source(text: &str) -> Vec<String> {
    let source = source(text);
    let documents = parse(&source);
    let node = documents[0].as_ref().unwrap().root.get("k").unwrap();
    let positions = node.positions(&source).unwrap();
    let value = node.as_text().unwrap();
    let mut words = Vec::new();
    for word in value.split_whitespace() {
        let start = word.as_ptr() as usize - value.as_ptr() as usize;
        words.push(source.slice(positions.span(start, start + word.len())).to_owned());
    }
    words
}

#[test]
fn positions_follow_every_style() {
    let words = ["one", "two", "three"];
    for text in [
        "k: one two three # four\n",
        "k: one\n  two\n\n  three\n",
        "k: 'one two three'\n",
        "k: ' one\n\n  two   three'\n",
        "k: \"one two three\"\n",
        "k: \"one \\\n  two\\t\\n three\"\n",
        "k: |\n  one\n    two\n\n  three\n",
        "k: |\n\n \n  one\n  two  \n     \n  three  \n\n",
        "k: |2-\n    one\n  two\n  three",
        "k: |2-\n   \n  one\n\n  two\n  three",
        "k: |2-\n\n \n    \n  one\n\n  two\n  three",
        "k: |+\r\n  one\r\n\r\n  two\r\n  three\r\n\r\n",
        "k: >\n  one\n  two\n\n    three\n",
        "k: >-\n  one   two \n\n\n  three\n",
        "{\"k\": \"one\\r\\n\\ttwo\\/ three\"}",
        "- é: ü\n  k: &a |\n    one\n    two three\n",
    ] {
        let text = text.strip_prefix("- ").map_or(text.to_owned(), |map| format!("  {map}"));
        let found = words_in_source(&text);
        let found: Vec<&str> = found.iter().map(|word| word.trim_end_matches('\\')).collect();
        assert_eq!(found, words, "{text}");
    }
}

#[test]
fn positions_follow_escapes() {
    assert_eq!(words_in_source("k: 'it''s ''so'' it''s'"), ["it''s", "''so'", "it''s"]);
    assert_eq!(
        words_in_source(r#"{"k": "\ud83d\ude00 a\u0041b \\\"x"}"#),
        ["\\ud8", "a\\u0041b", "\\\\\\\"x"]
    );
}

#[test]
fn aliases_are_expanded_and_merge_keys_merged() {
    let source = source("a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\nd: {<<: [{x: 5}, *a]}\n");
    let documents = parse(&source);
    let root = &documents[0].as_ref().unwrap().root;
    let text = |map: &str, key: &str| root.get(map).unwrap().get(key).unwrap().as_text().unwrap().to_string();
    assert_eq!(text("b", "x"), "1");
    assert_eq!((text("c", "x"), text("c", "y")), ("1".into(), "3".into()));
    assert_eq!((text("d", "x"), text("d", "y")), ("5".into(), "2".into()));
}

#[test]
fn a_merge_key_takes_maps_only() {
    assert_eq!(error("a: {<<: 5}").code, Code::InvalidType);
}

#[test]
fn duplicate_keys_are_reported_and_the_first_is_kept() {
    let source = source("a: 1\nb: 2\n'a': 3\n");
    let documents = parse(&source);
    let document = documents[0].as_ref().unwrap();
    assert_eq!(document.diagnostics[0].code, Code::DuplicateKey);
    assert_eq!(source.slice(document.diagnostics[0].span.unwrap()), "'a'");
    assert_eq!(document.root.as_map().unwrap().len(), 2);
    assert_eq!(document.root.get("a").unwrap().as_text().unwrap(), "1");
}

#[test]
fn syntax_errors_have_a_place() {
    let text = "a: [1, 2\nb: 3\n";
    let found = error(text);
    assert_eq!(found.code, Code::YamlSyntax);
    assert!(source(text).locate(found.span.unwrap()).line >= 1);
    assert_eq!(error("a: *b").code, Code::YamlSyntax);
    assert_eq!(error("a: &a [*a]").code, Code::YamlSyntax);
}

#[test]
fn documents_after_a_broken_one_are_parsed() {
    let source = source("a: b\n---\nc: ]\n---\nd: e\n");
    let is_ok: Vec<bool> = parse(&source).iter().map(Result::is_ok).collect();
    assert_eq!(is_ok, [true, false, true]);
}

#[test]
fn deep_nesting_is_refused() {
    assert_eq!(error(&"[".repeat(10_000)).code, Code::YamlLimit);
    assert_eq!(error(&"- ".repeat(10_000)).code, Code::YamlLimit);
    assert_eq!(error(&"{a: ".repeat(10_000)).code, Code::YamlLimit);
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    assert_eq!(error(&text).code, Code::YamlLimit);
}

#[test]
fn aliases_of_long_text_count_by_their_length() {
    let text = format!("a: &a \"{}\\n\"\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 1000].join(", "));
    assert_eq!(error(&text).code, Code::YamlLimit);
}

#[test]
fn aliases_cannot_exceed_the_depth() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..200 {
        writeln!(text, "a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    assert_eq!(error(&text).code, Code::YamlLimit);
}

#[test]
fn a_large_source_is_refused() {
    assert_eq!(error(&"x".repeat(50 << 20)).code, Code::YamlLimit);
}

fn count_texts(node: &Node<'_>) -> usize {
    match &node.kind {
        Kind::Scalar(_) => 1,
        Kind::Seq(nodes) => nodes.iter().map(count_texts).sum(),
        Kind::Map(entries) => entries.iter().map(|(key, value)| count_texts(key) + count_texts(value)).sum(),
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(text in r#"([a-c*&:\-\[\]{}'"|>!#%\\ \n,?]|---\n){0,40}"#) {
        let source = source(&text);
        for document in parse(&source).iter().flatten() {
            prop_assert!(count_texts(&document.root) <= document.root.count());
        }
    }

    #[test]
    fn places_never_leave_the_scalar(text in r#"k: ("[a-c\\\\xn \n]{0,12}"|'[a-c' \n]{0,12}'|[a-c \n]{0,12}|\|\n( [a-c ]{0,4}\n){0,4})"#, start in 0usize..12, length in 0usize..4) {
        let source = source(&text);
        for document in parse(&source).iter().flatten() {
            let Some(node) = document.root.get("k") else { continue };
            let place = node.locate(&source, start..start + length);
            prop_assert!(node.span.start <= place.start && place.end <= node.span.end, "{place:?} {:?}", node.span);
            prop_assert!(source.text().get(place.range()).is_some());
        }
    }

    #[test]
    fn positions_give_the_text_back(text in r#"k: ("([a-cé \n]|\\(n|t|\\|"|u00e9|x41)b){0,12}"|'[a-cé' \n]{0,12}'|[a-cé \n]{0,12}|[|>][+-]?\n(( {0,2}\n)|( [a-cé ]{0,4}\n)){0,5})"#) {
        let source = source(&text);
        for document in parse(&source).iter().flatten() {
            let Some(value) = document.root.get("k") else { continue };
            if value.is_null() || value.as_scalar().is_none() {
                continue;
            }
            let positions = value.positions(&source);
            prop_assert!(positions.is_some(), "{text:?} {value:?}");
            let positions = positions.unwrap();
            for (offset, c) in value.as_text().unwrap().char_indices() {
                let found = source.text()[positions.offset(offset)..].chars().next();
                let is_same = found == Some(c) || found == Some('\\') || c.is_whitespace();
                prop_assert!(is_same, "{text:?}: {c:?} at {offset} is {found:?}");
            }
        }
    }
}
