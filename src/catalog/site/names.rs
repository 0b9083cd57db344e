//! File names: made of ids and paths, never taken over from them as they are.

use std::collections::{HashMap, HashSet};

/// The longest name, without what makes it unique.
const LONGEST: usize = 80;

/// Names that Windows keeps for devices.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Hands out file names: letters, digits, `-`, `_` and `.`; each once, whatever its case.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    given: HashMap<String, String>,
}

impl Names {
    /// The name for a key: the same for the same key.
    pub(super) fn of(&mut self, key: &str, text: &str) -> String {
        if let Some(given) = self.given.get(key) {
            return given.clone();
        }
        let base = slug(text);
        let mut name = base.clone();
        if !self.taken.insert(name.to_lowercase()) {
            name = format!("{base}-{:08x}", hash(key));
            let mut number = 2;
            while !self.taken.insert(name.to_lowercase()) {
                name = format!("{base}-{:08x}-{number}", hash(key));
                number += 1;
            }
        }
        self.given.insert(key.to_owned(), name.clone());
        name
    }
}

/// A text as a file name on any system and in any URL.
pub(super) fn slug(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        if name.len() >= LONGEST {
            break;
        }
        if c.is_ascii_alphanumeric() || c == '_' || (c == '.' && !name.is_empty()) {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_end_matches(['-', '.']);
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_port = |name: &str| {
        let number = stem.strip_prefix(name);
        number.is_some_and(|number| number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit()))
    };
    if name.is_empty() || DEVICES.contains(&stem.as_str()) || is_port("com") || is_port("lpt") {
        return format!("_{name}");
    }
    name.to_owned()
}

/// FNV-1a: the same on every machine and in every version.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_chooses_a_path() {
        for text in
            ["../../etc/passwd", "/abs", r"C:\x", "a/b", "..", ".", "", ".hidden", "\u{202e}x", "<script>"]
        {
            let name = slug(text);
            assert!(!name.is_empty() && !name.starts_with('.'), "{text}: {name}");
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{text}: {name}");
        }
        assert_eq!(slug("nul"), "_nul");
        assert_eq!(slug("COM1.yml"), "_COM1.yml");
        assert!(slug(&"x".repeat(500)).len() <= LONGEST);
    }

    #[test]
    fn names_are_unique_without_case_and_stay_the_same() {
        let mut names = Names::default();
        let first = names.of("a", "Image");
        let second = names.of("b", "image");
        assert_ne!(first.to_lowercase(), second.to_lowercase());
        assert_eq!(names.of("a", "Image"), first);
        assert_eq!(Names::default().of("x", "ConnectionSuccess"), "ConnectionSuccess");
    }
}
