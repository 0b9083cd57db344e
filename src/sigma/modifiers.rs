//! Field modifiers: one table of names, and which chains of them make sense.
//!
//! Sigma specification 2.1, appendix "Modifiers".

use super::ast::Item;
use crate::{
    diag::{Code, Diagnostic, Span, did_you_mean},
    ir::{Case, Comparison, FieldRelation, RegexFlags, TimePart},
};

/// A field modifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Modifier {
    /// The values are joined by AND.
    All,
    /// The item is negated.
    Neq,
    /// Letter case counts.
    Cased,
    /// Placeholders are resolved.
    Expand,
    /// Where the value stands in the field's text.
    Anchor(Anchor),
    /// The value is re-encoded or varied.
    Transform(Transform),
    /// The value is a regular expression.
    Re,
    /// A flag of the regular expression.
    Flag(Flag),
    /// The value is a number to compare with.
    Compare(Comparison),
    /// A part of the timestamp in the field is compared.
    Part(TimePart),
    /// The value is a network.
    Cidr,
    /// The value says whether the field is there.
    Exists,
    /// The value names another field.
    FieldRef,
}

/// Where a value stands in the field's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Anchor {
    /// Anywhere.
    Contains,
    /// At its start.
    StartsWith,
    /// At its end.
    EndsWith,
}

/// A change of a text value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Transform {
    /// Dashes and slashes that start a word are interchangeable.
    WinDash,
    /// UTF-16, little endian after a byte order mark.
    Utf16,
    /// UTF-16, little endian.
    Utf16Le,
    /// The older name of [`Transform::Utf16Le`].
    Wide,
    /// UTF-16, big endian.
    Utf16Be,
    /// Base64 of the whole value.
    Base64,
    /// Base64 of the value inside a longer text, at the three possible offsets.
    Base64Offset,
}

impl Transform {
    fn is_utf16(self) -> bool {
        matches!(self, Self::Utf16 | Self::Utf16Le | Self::Wide | Self::Utf16Be)
    }

    fn is_base64(self) -> bool {
        matches!(self, Self::Base64 | Self::Base64Offset)
    }
}

/// A flag of a regular expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Flag {
    /// Letter case does not count.
    IgnoreCase,
    /// `^` and `$` match at line ends.
    MultiLine,
    /// `.` matches a line feed.
    DotAll,
}

/// Every modifier by its name. The first name of a modifier is the one that messages use.
const NAMES: &[(&str, Modifier)] = &[
    ("contains", Modifier::Anchor(Anchor::Contains)),
    ("startswith", Modifier::Anchor(Anchor::StartsWith)),
    ("endswith", Modifier::Anchor(Anchor::EndsWith)),
    ("all", Modifier::All),
    ("neq", Modifier::Neq),
    ("cased", Modifier::Cased),
    ("exists", Modifier::Exists),
    ("expand", Modifier::Expand),
    ("fieldref", Modifier::FieldRef),
    ("cidr", Modifier::Cidr),
    ("windash", Modifier::Transform(Transform::WinDash)),
    ("base64", Modifier::Transform(Transform::Base64)),
    ("base64offset", Modifier::Transform(Transform::Base64Offset)),
    ("utf16", Modifier::Transform(Transform::Utf16)),
    ("utf16le", Modifier::Transform(Transform::Utf16Le)),
    ("wide", Modifier::Transform(Transform::Wide)),
    ("utf16be", Modifier::Transform(Transform::Utf16Be)),
    ("re", Modifier::Re),
    ("i", Modifier::Flag(Flag::IgnoreCase)),
    ("ignorecase", Modifier::Flag(Flag::IgnoreCase)),
    ("m", Modifier::Flag(Flag::MultiLine)),
    ("multiline", Modifier::Flag(Flag::MultiLine)),
    ("s", Modifier::Flag(Flag::DotAll)),
    ("dotall", Modifier::Flag(Flag::DotAll)),
    ("lt", Modifier::Compare(Comparison::Less)),
    ("lte", Modifier::Compare(Comparison::LessOrEqual)),
    ("gt", Modifier::Compare(Comparison::Greater)),
    ("gte", Modifier::Compare(Comparison::GreaterOrEqual)),
    ("minute", Modifier::Part(TimePart::Minute)),
    ("hour", Modifier::Part(TimePart::Hour)),
    ("day", Modifier::Part(TimePart::Day)),
    ("week", Modifier::Part(TimePart::Week)),
    ("month", Modifier::Part(TimePart::Month)),
    ("year", Modifier::Part(TimePart::Year)),
];

impl Modifier {
    /// The modifier of this name.
    ///
    /// # Errors
    /// [`Code::UnknownModifier`] at `span`, with the nearest name.
    pub(super) fn parse(name: &str, span: Span) -> Result<Self, Diagnostic> {
        if let Some((_, modifier)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Ok(*modifier);
        }
        let message = if name.is_empty() {
            "a modifier is missing after `|`".to_owned()
        } else {
            format!("there is no modifier `{name}`")
        };
        let diagnostic = Diagnostic::new(Code::UnknownModifier, span, message);
        Err(match did_you_mean(name, NAMES.iter().map(|(known, _)| *known)) {
            Some(near) => diagnostic.help(format!("a similar modifier is `{near}`")),
            None => diagnostic,
        })
    }

    /// Its name in messages.
    pub(crate) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, modifier)| *modifier == self).map_or("", |(name, _)| name)
    }
}

/// What a legal chain of modifiers asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chain {
    /// How each value is compared.
    pub(super) matcher: Matcher,
    /// The values are joined by AND instead of OR.
    pub(super) all: bool,
    /// The whole item is negated.
    pub(super) negated: bool,
    /// Placeholders in the values are resolved.
    pub(super) expand: bool,
}

/// How a value is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Matcher {
    /// As it is: text, number, boolean or null.
    Plain,
    /// As text.
    Text {
        /// What happens to the value, in order.
        transforms: Vec<Transform>,
        /// Where it stands in the field; as a whole if `None`.
        anchor: Option<Anchor>,
        /// Whether letter case counts.
        case: Case,
    },
    /// As a regular expression.
    Regex(RegexFlags),
    /// As a number.
    Number(Comparison),
    /// As a part of a timestamp.
    TimePart(TimePart, Comparison),
    /// As a network.
    Cidr,
    /// As a statement that the field is there.
    Exists,
    /// As another field's name.
    FieldRef(FieldRelation, Case),
}

impl Chain {
    /// The meaning of an item's modifiers.
    ///
    /// # Errors
    /// [`Code::IllegalChain`] at the modifier that does not fit the ones before it.
    pub(super) fn new(item: &Item<'_, '_>) -> Result<Self, Diagnostic> {
        let mut draft = Draft::default();
        for (modifier, span) in &item.modifiers {
            draft.push(*modifier, *span)?;
        }
        let chain = draft.finish()?;
        match chain.matcher {
            Matcher::Plain | Matcher::Text { .. } | Matcher::Regex(_) => {}
            _ if item.field.is_some() => {}
            _ => {
                let (modifier, span) = draft.decisive.unwrap_or((Modifier::All, item.field_span));
                let message = format!("`{}` needs a field", modifier.name());
                return Err(Diagnostic::new(Code::IllegalChain, span, message)
                    .help("write the field's name before the first `|`"));
            }
        }
        Ok(chain)
    }
}

/// A chain while its modifiers come in.
#[derive(Default)]
struct Draft {
    seen: Vec<(Modifier, Span)>,
    /// The modifier that decides what the values are; anchors, `cased` and transforms make them text.
    decisive: Option<(Modifier, Span)>,
    anchor: Option<(Anchor, Span)>,
    part: Option<TimePart>,
    transforms: Vec<(Transform, Span)>,
    flags: RegexFlags,
}

impl Draft {
    fn push(&mut self, modifier: Modifier, span: Span) -> Result<(), Diagnostic> {
        if self.has(modifier) {
            return Err(illegal(span, format!("`{}` stands twice", modifier.name())));
        }
        match modifier {
            Modifier::All | Modifier::Neq | Modifier::Cased | Modifier::Expand => {}
            Modifier::Anchor(anchor) => self.push_anchor(anchor, span)?,
            Modifier::Transform(transform) => self.push_transform(transform, span)?,
            Modifier::Flag(flag) => self.push_flag(flag, span)?,
            Modifier::Compare(_) => match (self.decisive, self.text_modifier()) {
                (None | Some((Modifier::Part(_), _)), None) => self.decisive = Some((modifier, span)),
                (Some((first, _)), _) | (None, Some(first)) => return Err(conflict(modifier, span, first)),
            },
            Modifier::Re | Modifier::Part(_) | Modifier::Cidr | Modifier::Exists | Modifier::FieldRef => {
                self.decide(modifier, span)?;
            }
        }
        self.seen.push((modifier, span));
        Ok(())
    }

    fn decide(&mut self, modifier: Modifier, span: Span) -> Result<(), Diagnostic> {
        if let Some((first, _)) = self.decisive {
            return Err(conflict(modifier, span, first));
        }
        // `contains|fieldref` means what `fieldref|contains` does; nothing else may come before.
        let fits = modifier == Modifier::FieldRef && self.transforms.is_empty();
        if let Some(first) = self.text_modifier().filter(|_| !fits) {
            return Err(conflict(modifier, span, first));
        }
        if let Modifier::Part(part) = modifier {
            self.part = Some(part);
        }
        self.decisive = Some((modifier, span));
        Ok(())
    }

    fn push_anchor(&mut self, anchor: Anchor, span: Span) -> Result<(), Diagnostic> {
        let modifier = Modifier::Anchor(anchor);
        if let Some((first, _)) = self.anchor {
            return Err(conflict(modifier, span, Modifier::Anchor(first)));
        }
        match self.decisive {
            Some((first, _)) if !matches!(first, Modifier::Re | Modifier::FieldRef) => {
                return Err(conflict(modifier, span, first));
            }
            _ => {}
        }
        self.anchor = Some((anchor, span));
        Ok(())
    }

    fn push_transform(&mut self, transform: Transform, span: Span) -> Result<(), Diagnostic> {
        let modifier = Modifier::Transform(transform);
        if let Some((first, _)) = self.decisive {
            return Err(conflict(modifier, span, first));
        }
        let name = modifier.name();
        if let Some((anchor, _)) = self.anchor.filter(|_| transform != Transform::WinDash) {
            let anchor = Modifier::Anchor(anchor).name();
            let message = format!("`{name}` cannot encode the wildcards that `{anchor}` adds");
            return Err(illegal(span, message).help(format!("write `{name}|{anchor}`")));
        }
        let earlier = self
            .transforms
            .iter()
            .find(|(earlier, _)| earlier.is_base64() || (earlier.is_utf16() && !transform.is_base64()));
        if let Some((earlier, _)) = earlier {
            return Err(conflict(modifier, span, Modifier::Transform(*earlier)));
        }
        self.transforms.push((transform, span));
        Ok(())
    }

    fn push_flag(&mut self, flag: Flag, span: Span) -> Result<(), Diagnostic> {
        if !self.has(Modifier::Re) {
            let name = Modifier::Flag(flag).name();
            return Err(
                illegal(span, format!("`{name}` is a flag of `re`")).help(format!("write `re|{name}`"))
            );
        }
        match flag {
            Flag::IgnoreCase => self.flags.ignore_case = true,
            Flag::MultiLine => self.flags.multi_line = true,
            Flag::DotAll => self.flags.dot_all = true,
        }
        Ok(())
    }

    fn finish(&self) -> Result<Chain, Diagnostic> {
        let case = if self.has(Modifier::Cased) { Case::Sensitive } else { Case::Insensitive };
        let matcher = match self.decisive {
            None => self.text_matcher(case)?,
            Some((modifier, _)) => {
                self.check_companions(modifier)?;
                self.decided_matcher(modifier, case)
            }
        };
        let (all, negated, expand) =
            (self.has(Modifier::All), self.has(Modifier::Neq), self.has(Modifier::Expand));
        Ok(Chain { matcher, all, negated, expand })
    }

    fn text_matcher(&self, case: Case) -> Result<Matcher, Diagnostic> {
        if let Some((last, span)) = self.transforms.last().filter(|(last, _)| last.is_utf16()) {
            let name = Modifier::Transform(*last).name();
            return Err(illegal(*span, format!("`{name}` yields bytes, not text"))
                .help(format!("encode them: `{name}|base64offset|contains`")));
        }
        let textual =
            self.text_modifier().is_some() || self.has(Modifier::Cased) || self.has(Modifier::Expand);
        if !textual {
            return Ok(Matcher::Plain);
        }
        let transforms = self.transforms.iter().map(|(transform, _)| *transform).collect();
        Ok(Matcher::Text { transforms, anchor: self.anchor.map(|(anchor, _)| anchor), case })
    }

    fn decided_matcher(&self, modifier: Modifier, case: Case) -> Matcher {
        match modifier {
            Modifier::Re => Matcher::Regex(self.flags),
            Modifier::Cidr => Matcher::Cidr,
            Modifier::Exists => Matcher::Exists,
            Modifier::Part(part) => Matcher::TimePart(part, Comparison::Equal),
            Modifier::Compare(comparison) => match self.part {
                Some(part) => Matcher::TimePart(part, comparison),
                None => Matcher::Number(comparison),
            },
            Modifier::FieldRef => {
                let relation = match self.anchor {
                    None => FieldRelation::Equals,
                    Some((Anchor::Contains, _)) => FieldRelation::Contains,
                    Some((Anchor::StartsWith, _)) => FieldRelation::StartsWith,
                    Some((Anchor::EndsWith, _)) => FieldRelation::EndsWith,
                };
                Matcher::FieldRef(relation, case)
            }
            Modifier::All
            | Modifier::Neq
            | Modifier::Cased
            | Modifier::Expand
            | Modifier::Anchor(_)
            | Modifier::Transform(_)
            | Modifier::Flag(_) => Matcher::Plain,
        }
    }

    /// Refuses `cased`, `expand`, `all` and `neq` beside a modifier for which they mean nothing.
    fn check_companions(&self, decisive: Modifier) -> Result<(), Diagnostic> {
        for (modifier, span) in &self.seen {
            let fits = match modifier {
                Modifier::Cased => decisive == Modifier::FieldRef,
                Modifier::Expand => false,
                Modifier::All | Modifier::Neq => decisive != Modifier::Exists,
                _ => true,
            };
            if !fits {
                let diagnostic = conflict(*modifier, *span, decisive);
                return Err(match (modifier, decisive) {
                    (Modifier::Cased, Modifier::Re) => {
                        diagnostic.help("a regular expression is case-sensitive anyway")
                    }
                    _ => diagnostic,
                });
            }
        }
        Ok(())
    }

    fn has(&self, modifier: Modifier) -> bool {
        self.seen.iter().any(|(seen, _)| *seen == modifier)
    }

    /// The first modifier that makes the values text.
    fn text_modifier(&self) -> Option<Modifier> {
        let textual = |modifier: &Modifier| matches!(modifier, Modifier::Anchor(_) | Modifier::Transform(_));
        self.seen.iter().map(|(modifier, _)| *modifier).find(textual)
    }
}

fn illegal(span: Span, message: String) -> Diagnostic {
    Diagnostic::new(Code::IllegalChain, span, message)
}

fn conflict(modifier: Modifier, span: Span, first: Modifier) -> Diagnostic {
    illegal(span, format!("`{}` cannot be combined with `{}`", modifier.name(), first.name()))
}
