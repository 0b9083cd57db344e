//! The search index: scripts that each hand a part of it to the page, so that it works from a folder. Words are found
//! by their first two characters, documents by number.

use std::collections::{BTreeMap, BTreeSet};

/// How many documents a part has.
const DOCUMENTS: usize = 400;

/// The shortest and the longest word that is found.
const WORD: std::ops::RangeInclusive<usize> = 2..=40;

/// The index, while it is made.
#[derive(Debug, Default)]
pub(super) struct Index {
    documents: Vec<[String; 4]>,
    /// Words of titles and names, and words of values.
    words: BTreeMap<String, (BTreeSet<usize>, BTreeSet<usize>)>,
}

impl Index {
    /// Adds a page: what it is, its title, its path without the extension, and a line about it; and the texts that find
    /// it, those that name it and those that it holds.
    pub(super) fn add(&mut self, [what, title, path, about]: [&str; 4], names: &[&str], values: &[&str]) {
        let document = self.documents.len();
        self.documents.push([what, title, path, about].map(str::to_owned));
        for word in names.iter().flat_map(|text| words(text)) {
            self.words.entry(word).or_default().0.insert(document);
        }
        for word in values.iter().flat_map(|text| words(text)) {
            let entry = self.words.entry(word).or_default();
            if !entry.0.contains(&document) {
                entry.1.insert(document);
            }
        }
    }

    /// The scripts, by name.
    pub(super) fn scripts(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        let mut parts: BTreeMap<String, BTreeMap<&str, [Vec<usize>; 2]>> = BTreeMap::new();
        for (word, (names, values)) in &self.words {
            let steps = |set: &BTreeSet<usize>| {
                let mut last = 0;
                set.iter().map(|document| document - std::mem::replace(&mut last, *document)).collect()
            };
            parts.entry(part(word)).or_default().insert(word, [steps(names), steps(values)]);
        }
        let names: Vec<&String> = parts.keys().collect();
        let head =
            serde_json::json!({ "documents": self.documents.len(), "size": DOCUMENTS, "parts": names });
        files.push(("index.js".to_owned(), script("head", "", &head)));
        for (name, words) in &parts {
            files.push((format!("w-{name}.js"), script("words", name, words)));
        }
        for (number, documents) in self.documents.chunks(DOCUMENTS).enumerate() {
            files.push((format!("d-{number}.js"), script("documents", &number.to_string(), &documents)));
        }
        files
    }
}

/// A call that hands over data. No text ends the script: `<` is escaped.
fn script(what: &str, name: &str, data: &impl serde::Serialize) -> String {
    let json = serde_json::to_string(data).expect("invariant: plain data is JSON");
    let json = json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    format!("rulecIndex(\"{what}\",\"{name}\",{json});\n")
}

/// The part that has a word: its first two characters, in a spelling for file names.
fn part(word: &str) -> String {
    word.chars().take(2).map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// The words of a text, in lower case: runs of letters and digits, and names that hold `.`, `-` or `_` as a whole.
fn words(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    let parts = text.split(|c: char| !c.is_alphanumeric());
    let wholes = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_')));
    let wholes = wholes.map(|whole| whole.trim_matches(['.', '-', '_']));
    parts.chain(wholes).filter(|word| WORD.contains(&word.chars().count())).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parts_and_whole_names() {
        let found: Vec<String> = words(r"C:\Tools\Mimikatz.exe -x T1059.001").into_iter().collect();
        assert_eq!(found, ["001", "exe", "mimikatz", "mimikatz.exe", "t1059", "t1059.001", "tools"]);
    }

    #[test]
    fn parts_are_handed_over_by_calls_that_no_text_ends() {
        let mut index = Index::default();
        index.add(["rule", "</script><b>", "rules/x", ""], &["whoami"], &["net.exe"]);
        let scripts = index.scripts();
        let names: Vec<&str> = scripts.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["index.js", "w-ex.js", "w-ne.js", "w-wh.js", "d-0.js"]);
        assert!(scripts.iter().all(|(_, text)| !text.contains('<')), "{scripts:?}");
        assert_eq!(scripts[3].1, "rulecIndex(\"words\",\"wh\",{\"whoami\":[[0],[]]});\n");
    }
}
