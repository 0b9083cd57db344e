//! A reader of Splunk's configuration files, as their specification has it: stanzas, settings, and values that go on
//! in the next line after a backslash.

use std::collections::BTreeMap;

pub type Stanza = BTreeMap<String, String>;

/// The stanzas of a file by name; an error for a line that is neither of them, a comment nor empty.
pub fn parse(text: &str) -> Result<Vec<(String, Stanza)>, String> {
    let mut stanzas: Vec<(String, Stanza)> = Vec::new();
    let mut lines = text.split('\n');
    while let Some(first) = lines.next() {
        if first.trim().is_empty() || first.starts_with('#') {
            continue;
        }
        if let Some(rest) = first.strip_prefix('[') {
            let name = rest.strip_suffix(']').ok_or_else(|| format!("no end of the name: {first}"))?;
            if name.contains([']', '[']) {
                return Err(format!("a bracket in the name: {first}"));
            }
            stanzas.push((name.to_owned(), Stanza::new()));
            continue;
        }
        let mut logical = first.to_owned();
        while logical.ends_with('\\') {
            logical.pop();
            logical.push('\n');
            logical.push_str(lines.next().ok_or("the last line goes on")?);
        }
        let (key, value) = logical.split_once('=').ok_or_else(|| format!("no setting: {logical}"))?;
        let (_, stanza) = stanzas.last_mut().ok_or_else(|| format!("outside of stanzas: {logical}"))?;
        if stanza.insert(key.trim().to_owned(), value.trim().to_owned()).is_some() {
            return Err(format!("twice: {key}"));
        }
    }
    Ok(stanzas)
}
