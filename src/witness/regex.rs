//! Texts in which a regular expression is found.

use fastrand::Rng;
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::ir::Regex;

/// Repetitions beyond the least that are tried.
const MORE: u32 = 3;

/// A text in which the expression is found, if its assertions happen to hold; nothing for one that cannot be read.
pub(super) fn sample(regex: &Regex, rng: &mut Rng) -> Option<String> {
    let hir = regex_syntax::parse(&regex.with_inline_flags()).ok()?;
    let mut text = String::new();
    write(&hir, rng, &mut text)?;
    Some(text)
}

fn write(hir: &Hir, rng: &mut Rng, text: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(one_of(class, rng)?),
        HirKind::Capture(capture) => write(&capture.sub, rng, text)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, rng, text))?,
        HirKind::Alternation(parts) => write(&parts[rng.usize(..parts.len())], rng, text)?,
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX).min(repetition.min.saturating_add(MORE));
            for _ in 0..rng.u32(repetition.min..=most.max(repetition.min)) {
                write(&repetition.sub, rng, text)?;
            }
        }
    }
    Some(())
}

/// A character of a class, a readable one where it has some.
fn one_of(class: &Class, rng: &mut Rng) -> Option<char> {
    let Class::Unicode(class) = class else {
        let Class::Bytes(class) = class else { return None };
        let range = class.ranges().first()?;
        return Some(char::from(range.start()));
    };
    let readable = |range: &&regex_syntax::hir::ClassUnicodeRange| range.start() <= '~' && range.end() >= ' ';
    let ranges: Vec<_> = class.ranges().iter().filter(readable).collect();
    if ranges.is_empty() {
        return class.ranges().first().map(regex_syntax::hir::ClassUnicodeRange::start);
    }
    let range = ranges[rng.usize(..ranges.len())];
    let (low, high) = (range.start().max(' '), range.end().min('~'));
    // Letters are easier to read than the punctuation that most classes hold too.
    let has_letters = low < 'a' && high > 'z';
    Some(if has_letters { rng.char('a'..='z') } else { rng.char(low..=high) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::RegexFlags;

    #[test]
    fn samples_are_found_by_their_expression() {
        for source in
            [r"a+b{2,4}c?", r"(?i)cmd\.exe\s+/c", r"[^\\]{3}\\(?:x|yz)+", r"\d{1,3}(\.\d{1,3}){3}", "^$"]
        {
            let regex = Regex::parse(source, RegexFlags::default()).unwrap();
            for seed in 0..20 {
                let text = sample(&regex, &mut Rng::with_seed(seed)).unwrap();
                assert!(regex.is_match(&text), "{source} in {text:?}");
            }
        }
    }
}
