//! No value leaves its quotes, in any language, and it means itself.

use arbitrary::{Result, Unstructured};
use rulec::{Options, diag::Source, sigma, target::Language};

use super::literals;

/// What must never stand outside of a literal.
const MARK: &str = "Zq";

/// What languages make something of, and text that has a case.
const PIECES: &[&str] = &[
    "\"", "'", "\\", "`", "\"\"\"", "```", "@", "/", "//", "/*", "\n", "\r\n", "\t", " ", "(", ")", "[", "]",
    "{", "}", "|", "*", "?", "\\*", "\\?", "\\\\", "$", "$x$", "%", "%x%", "^", "~", "#", "&&", "||", "!",
    ":", ";", ",", "=", "<", ">", "+", "-", "--", " OR ", " AND ", " NOT ", " or ", "| delete", "\u{0}",
    "\u{1}", "\u{7f}", "\u{a0}", "\u{202e}", "\u{2028}", "\u{3000}", "\u{feff}", "é", "ß", "İ", "ſ", "K",
    "😀", "a", "B", "1", "x64", "null", "true", "1.5",
];

const MODIFIERS: &[&str] = &[
    "",
    "|contains",
    "|startswith",
    "|endswith",
    "|cased",
    "|contains|cased",
    "|endswith|cased",
    "|windash|contains",
];

/// A value of the input's choice, found or excluded, alone or beside another.
pub fn check(data: &[u8]) {
    let _ = made(data);
}

fn made(data: &[u8]) -> Result<()> {
    let mut choices = Unstructured::new(data);
    let modifier = *choices.choose(MODIFIERS)?;
    let negated = choices.ratio(1u8, 3u8)?;
    let in_list = choices.ratio(1u8, 3u8)?;
    let keyword = choices.ratio(1u8, 8u8)?;
    let value = value(&mut choices)?;
    let quoted = serde_json::Value::from(value.as_str()).to_string();
    let values = if in_list { format!("[{quoted}, other]") } else { quoted };
    let selection = if keyword { format!("[{values}]") } else { format!("{{field{modifier}: {values}}}") };
    let selection = if keyword && in_list { values } else { selection };
    let not = if negated { "not " } else { "" };
    let text = format!(
        "title: Fuzz\nlogsource: {{product: windows}}\ndetection:\n  sel: {selection}\n  condition: {not}sel\n"
    );
    let source = Source::new("fuzz.yml", text);
    for reading in sigma::read(&source, &sigma::ReadOptions::default()) {
        super::assert_reading(&reading, &source);
        let Some(rule) = reading.rule() else { continue };
        for mapping in [None, Options::default().mapping] {
            let options = Options { mapping, ..Options::default() };
            for conversion in rulec::convert(rule, &super::languages(), &options) {
                super::assert_conversion(&conversion, &source);
                let language = conversion.target.language;
                if let Some(query) = &conversion.query
                    && language != Language::Sigma
                    // A text field's words are searched for one by one.
                    && !(keyword && language == Language::Lucene)
                {
                    let outside = literals::without(language, query).expect("closed literals");
                    assert!(!outside.contains(MARK), "{value:?} leaves its quotes: {outside}\n{query}");
                }
                if mapping.is_none() {
                    super::assert_means_the_same(rule, &conversion);
                }
            }
        }
    }
    Ok(())
}

fn value(choices: &mut Unstructured<'_>) -> Result<String> {
    let mut value = String::new();
    for _ in 0..choices.int_in_range(1..=8)? {
        match choices.int_in_range(0..=3u8)? {
            0 => value.push_str(MARK),
            1 => value.push(choices.arbitrary()?),
            _ => value.push_str(choices.choose(PIECES)?),
        }
    }
    Ok(value)
}
