//! Windows registry: hives, control sets, and the data of values.

use super::{Reason, Scope};
use crate::{
    diag::{Code, Effect},
    ir::{Case, Condition, Field, Pattern, Piece, Shape, Test},
};

/// Sysmon's abbreviations of root keys (Sysinternals, "Sysmon", event ID 12), with every root under which a product
/// that spells them out records the same key: Defender has a user's hive also as `HKEY_CURRENT_USER\S-1-…`.
const HIVES: &[(&str, &[&str])] = &[
    ("HKLM", &["HKEY_LOCAL_MACHINE"]),
    ("HKU", &["HKEY_USERS", "HKEY_CURRENT_USER"]),
    ("HKCR", &["HKEY_CLASSES_ROOT", "HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes"]),
    ("HKCU", &["HKEY_CURRENT_USER"]),
];

/// Sysmon writes this for every control set (`ControlSet001`).
const CURRENT: &str = "CurrentControlSet";

/// A key with Sysmon's abbreviations, to one spelled out.
pub(super) fn hive_long(test: &Test, scope: &mut Scope<'_>) -> Result<Vec<Test>, Reason> {
    match test {
        Test::Text(pattern, case) => {
            let mut found = Vec::new();
            for spelled in spell_hive(pattern, scope)? {
                found.extend(every_control_set(&spelled));
            }
            let unnamed: Vec<Pattern> = found.iter().filter_map(without_default_name).collect();
            if !unnamed.is_empty() {
                let message = "the default value has no name where the target leaves it empty, so a value named \
                               like the key matches too";
                scope.differs(Code::ValueApproximated, Effect::More, message);
            }
            found.extend(unnamed);
            Ok(found.into_iter().map(|pattern| Test::Text(pattern, *case)).collect())
        }
        Test::Regex(regex) => {
            let source = regex.source().to_ascii_lowercase();
            let abbreviates = ["hklm", "hku", "hkcr", "hkcu", "hk", "controlset", "^"];
            match abbreviates.iter().find(|part| source.contains(**part)) {
                Some(_) => Err("hives and control sets inside a regular expression are not rewritten".into()),
                None => Ok(vec![test.clone()]),
            }
        }
        Test::FieldRef(..) => Err("the target spells hives differently than the other field".into()),
        other => Ok(vec![other.clone()]),
    }
}

/// The pattern of the key alone, where it ends with Sysmon's name of a key's default value.
fn without_default_name(pattern: &Pattern) -> Option<Pattern> {
    const DEFAULT: &str = "\\(Default)";
    let (Piece::Literal(last), before) = pattern.pieces().split_last()? else { return None };
    let at = last.len().checked_sub(DEFAULT.len())?;
    let (key, name) = last.split_at_checked(at)?;
    let found = name.eq_ignore_ascii_case(DEFAULT);
    found.then(|| Pattern::new(before.iter().cloned().chain([Piece::Literal(key.to_owned())])))
}

/// The pattern with the hive at its start spelled out, once for each spelling.
fn spell_hive(pattern: &Pattern, scope: &mut Scope<'_>) -> Result<Vec<Pattern>, Reason> {
    let as_it_is = || Ok(vec![pattern.clone()]);
    // Nothing stands before the hive, so `*HKLM\x` means the same as `HKLM\x`, and may be read as it.
    let (anchored, rest) = match pattern.pieces() {
        [Piece::AnyRun, rest @ ..] => (false, rest),
        rest => (true, rest),
    };
    let [Piece::Literal(literal), tail @ ..] = rest else { return as_it_is() };
    let (root, below) = match literal.split_once('\\') {
        Some((root, below)) => (root, Some(below)),
        None => (literal.as_str(), None),
    };
    let Some((abbreviation, roots)) = HIVES.iter().find(|(known, _)| known.eq_ignore_ascii_case(root)) else {
        let upper = root.to_ascii_uppercase();
        let unclear = anchored && upper.len() > 2 && upper.starts_with("HK") && !upper.starts_with("HKEY_");
        return if unclear { Err(format!("`{root}` is no hive")) } else { as_it_is() };
    };
    if below.is_none() && !anchored && literal.len() < 4 {
        return as_it_is();
    }
    let with = |root: &str, between: &[Piece], below: &str| {
        let head = if anchored { vec![] } else { vec![Piece::AnyRun] };
        let literals = [Piece::Literal(format!("{root}{below}"))];
        Pattern::new(
            head.into_iter().chain(between.iter().cloned()).chain(literals).chain(tail.iter().cloned()),
        )
    };
    let separated = below.map_or_else(String::new, |below| format!("\\{below}"));
    let mut spelled: Vec<Pattern> = roots.iter().map(|root| with(root, &[], &separated)).collect();
    if *abbreviation == "HKCU" && below.is_some() {
        // Below the root stands the user's SID where the product records one.
        let head = if anchored { vec![] } else { vec![Piece::AnyRun] };
        let prefix =
            [Piece::Literal("HKEY_CURRENT_USER\\S-1-".into()), Piece::AnyRun, Piece::Literal(separated)];
        spelled.push(Pattern::new(head.into_iter().chain(prefix).chain(tail.iter().cloned())));
        let message = "`HKCU` is any user's hive: no recorder of events writes the abbreviation";
        scope.differs(Code::ValueApproximated, Effect::More, message);
    }
    Ok(spelled)
}

/// The pattern, and where it names the current control set, the same with any control set.
fn every_control_set(pattern: &Pattern) -> Vec<Pattern> {
    let mut pieces = Vec::new();
    let mut found = false;
    for (index, piece) in pattern.pieces().iter().enumerate() {
        match piece {
            Piece::Literal(text) => {
                let open = index > 0;
                found |= number_control_set(text, open, &mut pieces);
            }
            other => pieces.push(other.clone()),
        }
    }
    let mut patterns = vec![pattern.clone()];
    if found {
        patterns.push(Pattern::new(pieces));
    }
    patterns
}

/// Appends `text` with `CurrentControlSet` replaced by `ControlSet00?`; whether there was any. An `open` text may
/// begin in the middle of a path element.
fn number_control_set(text: &str, open: bool, pieces: &mut Vec<Piece>) -> bool {
    let folded = text.to_ascii_lowercase();
    let mut found = false;
    let mut rest = 0;
    let mut at = 0;
    if open && folded.starts_with("controlset\\") {
        push_numbered(pieces);
        (found, at, rest) = (true, "controlset".len(), "controlset".len());
    }
    let current = CURRENT.to_ascii_lowercase();
    while let Some(offset) = folded[at..].find(&current) {
        let start = at + offset;
        let end = start + current.len();
        let begins = start == 0 || folded[..start].ends_with('\\');
        let ends = end == folded.len() || folded[end..].starts_with('\\');
        if begins && ends {
            pieces.push(Piece::Literal(text[rest..start].to_owned()));
            push_numbered(pieces);
            rest = end;
            found = true;
        }
        at = end;
    }
    pieces.push(Piece::Literal(text[rest..].to_owned()));
    found
}

fn push_numbered(pieces: &mut Vec<Piece>) {
    pieces.extend([Piece::Literal("ControlSet00".into()), Piece::AnyOne]);
}

/// The columns of a value's data and type. Sysmon writes numbers in hexadecimal with their type before them.
///
/// Defender writes them in decimal: Microsoft's hunting queries compare `RegistryValueData == "1"` where
/// `RegistryValueType == "Dword"`. Elastic's agents write `1` or `0x00000001` and spell types in several ways:
/// Elastic's detection rules compare `registry.data.strings` with both and leave the type aside.
#[derive(Debug)]
pub(in crate::mapping) struct Data {
    pub(super) data: Field,
    pub(super) kind: Field,
    /// Whether the type column spells types in Defender's way, so that it tells numbers from text.
    pub(super) typed: bool,
}

/// What Sysmon renders a value's data as, other than text itself.
#[derive(Debug, PartialEq, Eq)]
enum Rendered {
    /// `DWORD (0x00000001)`, `QWORD (0x00000000-0x00000001)`.
    Number { kind: &'static str, value: u64 },
    /// `Binary Data`: the bytes are not recorded.
    Binary,
    /// `(Empty)`.
    Empty,
}

impl Data {
    pub(super) fn apply(&self, test: &Test, scope: &mut Scope<'_>) -> Result<Condition, Reason> {
        match test {
            Test::Text(pattern, case) => self.text(pattern, *case, scope),
            Test::Regex(regex) if names_rendering(regex.source()) => {
                Err("the target renders numbers in decimal, not as the regular expression expects".into())
            }
            other => Ok(scope.is(&self.data, other.clone())),
        }
    }

    fn text(&self, pattern: &Pattern, case: Case, scope: &mut Scope<'_>) -> Result<Condition, Reason> {
        let test = Test::Text(pattern.clone(), case);
        let (literal, place) = match pattern.shape() {
            Shape::Exact(text) => (text, Place::Whole),
            Shape::Contains(text) => (text, Place::Anywhere),
            Shape::StartsWith(text) => (text, Place::Start),
            Shape::EndsWith(text) => (text, Place::End),
            Shape::Anything => return Ok(scope.is(&self.data, test)),
            Shape::Glob(_) if pattern.literals().all(|text| is_in_rendering(text, Place::Anywhere)) => {
                return Err("the target renders numbers in decimal, which these wildcards do not fit".into());
            }
            Shape::Glob(_) => return Ok(scope.is(&self.data, test)),
        };
        if let Some(rendered) = rendered(literal) {
            return Ok(self.rendered(&rendered, scope));
        }
        let as_text = self.as_text(test, literal, scope);
        if place == Place::Whole || !is_in_rendering(literal, place) {
            return Ok(as_text);
        }
        if let Some(value) = digits_of_dword(literal) {
            let number = Rendered::Number { kind: "Dword", value };
            return Ok(Condition::any([self.rendered(&number, scope), as_text]));
        }
        if let Some(kind) = kind_prefix(literal).filter(|_| self.typed && place != Place::End) {
            return Ok(Condition::any([self.is_of(kind, scope), as_text]));
        }
        let message = "numbers, which the target renders in decimal, are not searched for a part of their \
                       hexadecimal rendering";
        scope.differs(Code::ValueApproximated, Effect::Less, message);
        Ok(as_text)
    }

    /// A test of data that is text. Where digits alone could be a number's decimal rendering, numbers are left out.
    fn as_text(&self, test: Test, literal: &str, scope: &mut Scope<'_>) -> Condition {
        let condition = scope.is(&self.data, test);
        if literal.is_empty() || !literal.bytes().all(|b| b.is_ascii_digit()) {
            return condition;
        }
        if !self.typed {
            let message =
                "numbers of these digits match too: the types of registry values are not told apart";
            scope.differs(Code::ValueApproximated, Effect::More, message);
            return condition;
        }
        let number = Condition::any([self.is_of("Dword", scope), self.is_of("Qword", scope)]);
        Condition::all([condition, Condition::not(number)])
    }

    fn rendered(&self, rendered: &Rendered, scope: &mut Scope<'_>) -> Condition {
        let is = |text: &str, scope: &Scope<'_>| scope.is(&self.data, Test::text(text));
        match rendered {
            Rendered::Number { kind, value } if self.typed => {
                Condition::all([self.is_of(kind, scope), is(&value.to_string(), scope)])
            }
            Rendered::Number { kind, value } => {
                let message =
                    "text of the same digits matches too: the types of registry values are not told apart";
                scope.differs(Code::ValueApproximated, Effect::More, message);
                let digits = if *kind == "Qword" { 16 } else { 8 };
                Condition::any([is(&value.to_string(), scope), is(&format!("0x{value:0digits$x}"), scope)])
            }
            Rendered::Binary => self.is_of(if self.typed { "Binary" } else { "REG_BINARY" }, scope),
            Rendered::Empty => is("", scope),
        }
    }

    fn is_of(&self, kind: &str, scope: &Scope<'_>) -> Condition {
        scope.is(&self.kind, Test::Text(Pattern::exact(kind), Case::Sensitive))
    }
}

fn rendered(text: &str) -> Option<Rendered> {
    let folded = text.to_ascii_lowercase();
    let number =
        |prefix: &str| folded.strip_prefix(prefix)?.strip_prefix("(0x")?.strip_suffix(')').map(str::to_owned);
    if let Some(digits) = number("dword ") {
        return digits_8(&digits).map(|value| Rendered::Number { kind: "Dword", value });
    }
    if let Some(digits) = number("qword ") {
        let value = match digits.split_once("-0x") {
            Some((high, low)) => digits_8(high)? << 32 | digits_8(low)?,
            None => u64::from_str_radix(&digits, 16).ok()?,
        };
        return Some(Rendered::Number { kind: "Qword", value });
    }
    match folded.as_str() {
        "binary data" => Some(Rendered::Binary),
        "(empty)" => Some(Rendered::Empty),
        _ => None,
    }
}

fn digits_8(text: &str) -> Option<u64> {
    (text.len() == 8).then(|| u64::from_str_radix(text, 16).ok()).flatten()
}

/// The type that every rendering with this beginning has.
fn kind_prefix(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "dword" | "dword " | "dword (" | "dword (0x" => Some("Dword"),
        "qword" | "qword " | "qword (" | "qword (0x" => Some("Qword"),
        "binary" | "binary " => Some("Binary"),
        _ => None,
    }
}

/// The value of a number's rendering that lacks the type, a parenthesis or the `0x`, but no digit.
fn digits_of_dword(text: &str) -> Option<u64> {
    let folded = text.to_ascii_lowercase();
    let bare = folded.strip_prefix("dword").map_or(folded.as_str(), str::trim_start);
    let bare = bare.strip_prefix('(').unwrap_or(bare);
    let bare = bare.strip_suffix(')').unwrap_or(bare);
    digits_8(bare.strip_prefix("0x")?)
}

/// Whether an expression spells a part of a rendering that is not text itself.
fn names_rendering(regex: &str) -> bool {
    let folded = regex.to_ascii_lowercase();
    ["dword", "qword", "0x", "binary", "empty"].iter().any(|part| folded.contains(part))
}

/// Where in a value a literal has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Whole,
    Start,
    End,
    Anywhere,
}

/// Whether a rendering that is not text itself can have the literal in this place.
fn is_in_rendering(literal: &str, place: Place) -> bool {
    // `#` stands for a hexadecimal digit.
    const RENDERINGS: [&str; 4] =
        ["dword (0x########)", "qword (0x########-0x########)", "binary data", "(empty)"];
    let folded = literal.to_ascii_lowercase();
    let fits = |window: &[u8]| {
        window.iter().zip(folded.bytes()).all(|(mold, byte)| match mold {
            b'#' => byte.is_ascii_hexdigit(),
            mold => *mold == byte,
        })
    };
    RENDERINGS.iter().filter(|rendering| rendering.len() >= folded.len()).any(|rendering| {
        let (rendering, length) = (rendering.as_bytes(), folded.len());
        match place {
            Place::Whole => rendering.len() == length && fits(rendering),
            Place::Start => fits(&rendering[..length]),
            Place::End => fits(&rendering[rendering.len() - length..]),
            Place::Anywhere => length == 0 || rendering.windows(length).any(fits),
        }
    })
}
