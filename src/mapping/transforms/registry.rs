//! Windows registry: hives, control sets, and the data of values.

use super::{Reason, Scope};
use crate::{
    diag::{Code, Effect},
    ir::{Case, Condition, Field, Pattern, Piece, Shape, Test, eval::Value},
};

/// Sysmon's abbreviations of root keys (Sysinternals, "Sysmon", event ID 12), with every root under which a product
/// that spells them out records the same key: Defender has a user's hive also as `HKEY_CURRENT_USER\S-1-…`.
const HIVES: &[(&str, &[&str])] = &[
    ("HKLM", &["HKEY_LOCAL_MACHINE"]),
    ("HKU", &["HKEY_USERS", "HKEY_CURRENT_USER"]),
    ("HKCR", &["HKEY_CLASSES_ROOT", "HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes"]),
    ("HKCU", &["HKEY_CURRENT_USER"]),
];

/// Sysmon writes `CurrentControlSet` for every control set (`ControlSet001`). In lower case.
const CURRENT: &str = "currentcontrolset";

/// A key as a product records it that spells hives out, has control sets by number, and no name for default values.
/// Nothing for what is no key: below no root, or with an element that has no name.
pub(super) fn record_key(key: &str) -> Option<String> {
    let (root, below) = key.split_once('\\')?;
    let (_, roots) = HIVES.iter().find(|(short, _)| short.eq_ignore_ascii_case(root))?;
    let below = below.strip_suffix("\\(Default)").unwrap_or(below);
    if below.split('\\').any(str::is_empty) {
        return None;
    }
    let mut elements: Vec<&str> = vec![roots[0]];
    for element in below.split('\\') {
        let is_current = element.eq_ignore_ascii_case(CURRENT)
            && elements.last().is_some_and(|before| before.eq_ignore_ascii_case("system"));
        elements.push(if is_current { "ControlSet001" } else { element });
    }
    Some(elements.join("\\"))
}

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
    if may_be_long(root, below.is_some(), anchored) {
        let message = format!("`{root}` is found in hives that are spelled out (`HKEY_LOCAL_MACHINE`) too");
        scope.differs(Code::ValueApproximated, Effect::More, message);
    }
    let is_abbreviation = |(known, _): &&(&str, _)| known.eq_ignore_ascii_case(root);
    let Some((abbreviation, roots)) =
        HIVES.iter().find(is_abbreviation).filter(|_| anchored || below.is_some())
    else {
        let upper = root.to_ascii_uppercase();
        return if anchored && upper.len() > 2 && upper.starts_with("HK") && !upper.starts_with("HKEY_") {
            Err(format!("`{root}` is no hive"))
        } else if anchored {
            as_it_is()
        } else {
            Ok(spell_cut_hive(pattern, &upper, below, tail))
        };
    };
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

/// Whether the first element of a pattern may be found in the spelled-out name of a hive, and not in its abbreviation.
fn may_be_long(element: &str, whole_end: bool, anchored: bool) -> bool {
    let element = element.to_ascii_uppercase();
    let is_in = |name: &str| match (anchored, whole_end) {
        (true, true) => *name == *element,
        (true, false) => name.starts_with(&element),
        (false, true) => name.ends_with(&element),
        (false, false) => name.contains(&element),
    };
    let mut hives = HIVES.iter().flat_map(|(short, roots)| roots.iter().map(move |root| (*short, *root)));
    !element.is_empty() && hives.any(|(short, root)| !root.contains('\\') && is_in(root) && !is_in(short))
}

/// The pattern, and where its first element may be a part of an abbreviation (`*LM\SOFTWARE`, `*HKL*`), the same with
/// the hive spelled out.
fn spell_cut_hive(pattern: &Pattern, root: &str, below: Option<&str>, tail: &[Piece]) -> Vec<Pattern> {
    let mut spelled = vec![pattern.clone()];
    let goes_on = below.is_some() || tail.first() == Some(&Piece::AnyRun);
    if root.is_empty() || !goes_on {
        return spelled;
    }
    for (short, roots) in HIVES {
        for long in *roots {
            let start = match below {
                Some(below) if short.ends_with(root) => format!("{long}\\{below}"),
                None if short.contains(root) && !long.contains(root) => (*long).to_owned(),
                Some(_) | None => continue,
            };
            spelled.push(Pattern::new([Piece::Literal(start)].into_iter().chain(tail.iter().cloned())));
        }
    }
    spelled
}

/// The pattern, and where it names the current control set, the same with any control set.
fn every_control_set(pattern: &Pattern) -> Vec<Pattern> {
    let mut pieces = Vec::new();
    let mut found = false;
    let all = pattern.pieces();
    for (index, piece) in all.iter().enumerate() {
        match piece {
            Piece::Literal(text) => {
                let cut = (index > 0, index + 1 < all.len());
                found |= number_control_set(text, cut, &mut pieces);
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

/// Appends `text` with `CurrentControlSet` replaced by `ControlSet00?`; whether there was any. A text that is `cut`
/// at its start or end may begin or end in the middle of the name.
fn number_control_set(text: &str, cut: (bool, bool), pieces: &mut Vec<Piece>) -> bool {
    let folded = text.to_ascii_lowercase();
    let elements: Vec<&str> = folded.split('\\').collect();
    let mut found = false;
    for (index, element) in text.split('\\').enumerate() {
        if index > 0 {
            pieces.push(Piece::Literal("\\".into()));
        }
        if may_be_current(&elements, index, cut) {
            push_numbered(pieces);
            found = true;
        } else {
            pieces.push(Piece::Literal(element.to_owned()));
        }
    }
    found
}

/// Whether an element of a path is the current control set's name, or what a cut leaves of it.
fn may_be_current(elements: &[&str], index: usize, cut: (bool, bool)) -> bool {
    let element = elements[index];
    let cut_before = cut.0 && index == 0;
    let cut_after = cut.1 && index + 1 == elements.len();
    // Control sets lie below `SYSTEM` alone.
    let below_system = || match index {
        0 => false,
        1 => elements[0] == "system" || (cut.0 && "system".ends_with(elements[0])),
        _ => elements[index - 1] == "system",
    };
    match (cut_before, cut_after) {
        _ if element.is_empty() => false,
        _ if element == CURRENT => true,
        (true, true) => CURRENT.contains(element) && !"controlset00".contains(element),
        (true, false) => index + 1 < elements.len() && CURRENT.ends_with(element),
        (false, true) => CURRENT.starts_with(element) && below_system(),
        (false, false) => false,
    }
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
    pub(super) text: Field,
    pub(super) kind: Field,
    /// Whether the type column spells types in Defender's way, so that it tells numbers from text.
    pub(super) typed: bool,
    /// Whether some of the data is as Sysmon writes it: parsers and models of several sources keep it.
    pub(super) verbatim: bool,
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
    /// The columns' values for what Sysmon writes; none for an empty text, in place of which it writes `(Empty)`, and
    /// for text around a number.
    pub(super) fn record(&self, data: &str) -> Option<Vec<(&Field, Value)>> {
        let kind = |typed: &str, other: &str| (&self.kind, if self.typed { typed } else { other }.into());
        let text = |text: &str| (&self.text, text.into());
        Some(match rendered(data) {
            None if data.is_empty() || data.to_ascii_lowercase().contains("word (0x") => return None,
            Some(Rendered::Number { kind: name @ "Qword", value }) => {
                vec![text(&value.to_string()), kind(name, "REG_QWORD")]
            }
            Some(Rendered::Number { kind: name, value }) => {
                vec![text(&value.to_string()), kind(name, "REG_DWORD")]
            }
            Some(Rendered::Binary) => vec![kind("Binary", "REG_BINARY")],
            Some(Rendered::Empty) => vec![text(""), kind("String", "REG_SZ")],
            None => vec![text(data), kind("String", "REG_SZ")],
        })
    }

    pub(super) fn apply(&self, test: &Test, scope: &mut Scope<'_>) -> Result<Condition, Reason> {
        match test {
            Test::Text(pattern, case) => self.text(pattern, *case, scope),
            Test::Regex(regex) if names_rendering(regex.source()) => {
                Err("the target renders numbers in decimal, not as the regular expression expects".into())
            }
            other => Ok(scope.is(&self.text, other.clone())),
        }
    }

    fn text(&self, pattern: &Pattern, case: Case, scope: &mut Scope<'_>) -> Result<Condition, Reason> {
        let test = Test::Text(pattern.clone(), case);
        let (literal, place) = match pattern.shape() {
            Shape::Exact(text) => (text, Place::Whole),
            Shape::Contains(text) => (text, Place::Anywhere),
            Shape::StartsWith(text) => (text, Place::Start),
            Shape::EndsWith(text) => (text, Place::End),
            Shape::Glob(_) if pattern.literals().all(|text| is_in_rendering(text, Place::Anywhere)) => {
                return Err("the target renders numbers in decimal, which these wildcards do not fit".into());
            }
            Shape::Anything | Shape::Glob(_) => return Ok(scope.is(&self.text, test)),
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
        let condition = scope.is(&self.text, test);
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
        let is = |text: &str, scope: &Scope<'_>| scope.is(&self.text, Test::text(text));
        match rendered {
            Rendered::Number { kind, value } if self.typed => {
                Condition::all([self.is_of(kind, scope), is(&value.to_string(), scope)])
            }
            Rendered::Number { kind, value } => {
                let message =
                    "text of the same digits matches too: the types of registry values are not told apart";
                scope.differs(Code::ValueApproximated, Effect::More, message);
                let digits = if *kind == "Qword" { 16 } else { 8 };
                let mut forms = vec![value.to_string(), format!("0x{value:0digits$x}")];
                if self.verbatim {
                    forms.push(sysmons(kind, *value));
                }
                Condition::any(forms.iter().map(|form| is(form, scope)))
            }
            Rendered::Binary if self.verbatim => {
                let kind = scope.is(&self.kind, Test::text("REG_BINARY"));
                Condition::any([kind, is("Binary Data", scope)])
            }
            Rendered::Binary => self.is_of(if self.typed { "Binary" } else { "REG_BINARY" }, scope),
            Rendered::Empty if self.verbatim => Condition::any([is("", scope), is("(Empty)", scope)]),
            Rendered::Empty => is("", scope),
        }
    }

    fn is_of(&self, kind: &str, scope: &Scope<'_>) -> Condition {
        scope.is(&self.kind, Test::Text(Pattern::exact(kind), Case::Sensitive))
    }
}

/// A number as Sysmon writes it.
fn sysmons(kind: &str, value: u64) -> String {
    if kind == "Qword" {
        format!("QWORD (0x{:08x}-0x{:08x})", value >> 32, value & 0xffff_ffff)
    } else {
        format!("DWORD (0x{value:08x})")
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        diag::Span,
        ir::eval::Event,
        mapping::fixture::{agrees, both, is, parts_of, show, show_condition},
    };

    const SET: &str = "windows/registry_set/-";

    fn local(field: &str, test: Test) -> String {
        match both(SET, is(field, test), "defender") {
            Ok((rule, notes)) => {
                let effects: String =
                    notes.iter().map(|note| format!(" {:?}", note.effect)).collect::<Vec<_>>().concat();
                let shown = show(&rule);
                shown.rsplit(" | ").next().unwrap_or_default().replace("TargetObject", "T") + &effects
            }
            Err(error) => error.message,
        }
    }

    #[test]
    fn hives_are_spelled_out_where_they_begin() {
        assert_eq!(
            local("TargetObject", Test::starts_with(r"HKLM\SOFTWARE\")),
            r"T=HKEY_LOCAL_MACHINE\SOFTWARE\\*"
        );
        assert_eq!(
            local("TargetObject", Test::contains(r"HKCR\x")),
            r"(T=*HKEY_CLASSES_ROOT\x* or T=*HKEY_LOCAL_MACHINE\SOFTWARE\Classes\x*)"
        );
        assert_eq!(
            local("TargetObject", Test::starts_with(r"HKU\")),
            r"(T=HKEY_USERS\\* or T=HKEY_CURRENT_USER\\*)"
        );
        assert_eq!(local("TargetObject", Test::contains(r"\Run\")), r"T=*\Run\\*");
        assert!(local("TargetObject", Test::text(r"HKXX\a")).ends_with("`HKXX` is no hive"));
    }

    #[test]
    fn the_current_control_set_is_any_control_set() {
        assert_eq!(
            local("TargetObject", Test::contains(r"\CurrentControlSet\Services\")),
            r"(T=*\CurrentControlSet\Services\\* or T=*\ControlSet00?\Services\\*)"
        );
    }

    #[test]
    fn the_default_value_may_have_no_name() {
        assert_eq!(
            local("TargetObject", Test::ends_with(r"\command\(Default)")),
            r"(T=*\command\(Default) or T=*\command) More"
        );
    }

    #[test]
    fn numbers_are_compared_in_decimal_with_their_type() {
        let dword = "(RegistryValueType==Dword and RegistryValueData=13)";
        assert_eq!(local("Details", Test::text("DWORD (0x0000000d)")), dword);
        assert_eq!(local("Details", Test::contains("DWORD (0x0000000d)")), dword);
        assert_eq!(
            local("Details", Test::contains("0x0000000d")),
            format!("({dword} or RegistryValueData=*0x0000000d*)")
        );
        assert_eq!(
            local("Details", Test::text("QWORD (0x00000001-0x00000002)")),
            "(RegistryValueType==Qword and RegistryValueData=4294967298)"
        );
    }

    #[test]
    fn other_renderings() {
        assert_eq!(local("Details", Test::text("Binary Data")), "RegistryValueType==Binary");
        assert_eq!(local("Details", Test::text("(Empty)")), "RegistryValueData=");
        assert_eq!(
            local("Details", Test::starts_with("DWORD")),
            "(RegistryValueType==Dword or RegistryValueData=DWORD*)"
        );
        assert_eq!(local("Details", Test::ends_with(".exe")), "RegistryValueData=*.exe");
        assert_eq!(local("Details", Test::contains("(A;;0x5;;;BA)")), "RegistryValueData=*(A;;0x5;;;BA)*");
    }

    #[test]
    fn text_of_digits_is_no_number() {
        assert_eq!(
            local("Details", Test::text("1")),
            "(RegistryValueData=1 and not (RegistryValueType==Dword or RegistryValueType==Qword))"
        );
        assert!(local("Details", Test::contains("00")).ends_with(" Less"));
    }

    /// A key as Sysmon writes it, and each way in which Defender may.
    fn defender_keys(key: &str) -> Vec<String> {
        let key = key.replace(r"\CurrentControlSet", r"\ControlSet002");
        if let Some(below) = key.strip_prefix("HKU\\") {
            vec![format!("HKEY_USERS\\{below}"), format!("HKEY_CURRENT_USER\\{below}")]
        } else {
            vec![key.replace("HKLM\\", "HKEY_LOCAL_MACHINE\\")]
        }
    }

    proptest! {
        #[test]
        fn keys_mean_the_same_spelled_out(
            (key, name, pattern) in (
                prop::sample::select(vec![r"HKLM\SYSTEM\CurrentControlSet\a", r"HKLM\SOFTWARE\a", r"HKU\S-1-5\a\b"]),
                "[xy]{1,2}",
            ).prop_flat_map(|(key, name)| (Just(key), Just(name.clone()), parts_of(format!(r"{key}\{name}")))),
            negated: bool,
        ) {
            let condition = is("TargetObject", Test::Text(pattern, Case::Insensitive));
            let condition = if negated { Condition::not(condition) } else { condition };
            let source = Event::from_iter([("TargetObject", format!(r"{key}\{name}").as_str())]);
            for key in defender_keys(key) {
                let target = Event::from_iter([
                    ("ActionType", "RegistryValueSet"), ("RegistryKey", &key), ("RegistryValueName", &name),
                ]);
                agrees(SET, &condition, &source, &target)?;
            }
        }

        #[test]
        fn data_means_the_same(
            (number, pattern) in (0u32..300).prop_flat_map(|number| {
                (Just(number), prop_oneof![
                    parts_of(format!("DWORD (0x{number:08x})")),
                    parts_of(number.to_string()),
                ])
            }),
            text: bool, negated: bool,
        ) {
            let condition = is("Details", Test::Text(pattern, Case::Insensitive));
            let condition = if negated { Condition::not(condition) } else { condition };
            let (details, kind) = if text {
                (number.to_string(), "String")
            } else {
                (format!("DWORD (0x{number:08x})"), "Dword")
            };
            let source = Event::from_iter([("Details", details.as_str())]);
            let target = Event::from_iter([
                ("ActionType", "RegistryValueSet"),
                ("RegistryValueData", number.to_string().as_str()),
                ("RegistryValueType", kind),
            ]);
            agrees(SET, &condition, &source, &target)?;
        }
    }

    #[test]
    fn data_of_several_sources_is_also_as_sysmon_writes_it() {
        let data = Data {
            text: Field::column("data", crate::ir::ColumnType::String),
            kind: Field::column("kind", crate::ir::ColumnType::String),
            typed: false,
            verbatim: true,
        };
        let mut computed = Vec::new();
        let shown = |text: &str, computed: &mut Vec<_>| {
            let mut scope = Scope { span: Span::default(), unix: false, computed, changes: Vec::new() };
            show_condition(&data.apply(&Test::text(text), &mut scope).unwrap())
        };
        assert_eq!(
            shown("DWORD (0x00000001)", &mut computed),
            "(data=1 or data=0x00000001 or data=DWORD (0x00000001))"
        );
        assert_eq!(shown("Binary Data", &mut computed), "(kind=REG_BINARY or data=Binary Data)");
        assert_eq!(shown("(Empty)", &mut computed), "(data= or data=(Empty))");
    }
}
