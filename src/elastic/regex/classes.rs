//! Character classes.

use regex_syntax::{
    ast::{ClassAsciiKind, ClassPerlKind, ClassSet, ClassSetBinaryOpKind, ClassSetItem},
    hir::ClassUnicode,
};

use super::{
    lower::{Lowering, Mode, Refusal},
    node::{class, folded, is_cased, word},
};

impl Lowering {
    /// The characters of a class.
    pub(super) fn class_set(&mut self, set: &ClassSet, mode: Mode) -> Result<ClassUnicode, Refusal> {
        match set {
            ClassSet::Item(item) => self.class_item(item, mode),
            ClassSet::BinaryOp(operation) => {
                let mut left = self.class_set(&operation.lhs, mode)?;
                let right = self.class_set(&operation.rhs, mode)?;
                match operation.kind {
                    ClassSetBinaryOpKind::Intersection => left.intersect(&right),
                    ClassSetBinaryOpKind::Difference => left.difference(&right),
                    ClassSetBinaryOpKind::SymmetricDifference => left.symmetric_difference(&right),
                }
                Ok(left)
            }
        }
    }

    fn class_item(&mut self, item: &ClassSetItem, mode: Mode) -> Result<ClassUnicode, Refusal> {
        let cased = |listed: ClassUnicode| if mode.ignore_case { folded(&listed) } else { listed };
        Ok(match item {
            ClassSetItem::Empty(_) => ClassUnicode::empty(),
            ClassSetItem::Literal(literal) => {
                if is_cased(literal.c) {
                    self.distinguishes |= !mode.ignore_case;
                    self.folds |= mode.ignore_case;
                }
                cased(class(&[(literal.c, literal.c)]))
            }
            ClassSetItem::Range(range) => {
                let listed = class(&[(range.start.c, range.end.c)]);
                if !mode.ignore_case && folded(&listed) != listed {
                    self.distinguishes = true;
                }
                cased(listed)
            }
            ClassSetItem::Ascii(ascii) => {
                let mut listed = cased(ascii_class(&ascii.kind));
                if ascii.negated {
                    listed.negate();
                }
                listed
            }
            ClassSetItem::Unicode(_) => return Err(Refusal::UnicodeClass),
            ClassSetItem::Perl(perl) => {
                let mut listed = perl_class(&perl.kind);
                if perl.negated {
                    listed.negate();
                }
                listed
            }
            ClassSetItem::Bracketed(bracketed) => {
                let mut listed = self.class_set(&bracketed.kind, mode)?;
                if bracketed.negated {
                    listed.negate();
                }
                listed
            }
            ClassSetItem::Union(union) => {
                let mut all = ClassUnicode::empty();
                for item in &union.items {
                    all.union(&self.class_item(item, mode)?);
                }
                all
            }
        })
    }
}

/// The characters of `\d`, `\s` or `\w`, those of ASCII.
pub(super) fn perl_class(kind: &ClassPerlKind) -> ClassUnicode {
    match kind {
        ClassPerlKind::Digit => class(&[('0', '9')]),
        ClassPerlKind::Space => class(&[('\t', '\r'), (' ', ' ')]),
        ClassPerlKind::Word => word(),
    }
}

/// The characters of a POSIX class.
fn ascii_class(kind: &ClassAsciiKind) -> ClassUnicode {
    match kind {
        ClassAsciiKind::Alnum => class(&[('0', '9'), ('A', 'Z'), ('a', 'z')]),
        ClassAsciiKind::Alpha => class(&[('A', 'Z'), ('a', 'z')]),
        ClassAsciiKind::Ascii => class(&[('\0', '\x7f')]),
        ClassAsciiKind::Blank => class(&[('\t', '\t'), (' ', ' ')]),
        ClassAsciiKind::Cntrl => class(&[('\0', '\x1f'), ('\x7f', '\x7f')]),
        ClassAsciiKind::Digit => class(&[('0', '9')]),
        ClassAsciiKind::Graph => class(&[('!', '~')]),
        ClassAsciiKind::Lower => class(&[('a', 'z')]),
        ClassAsciiKind::Print => class(&[(' ', '~')]),
        ClassAsciiKind::Punct => class(&[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
        ClassAsciiKind::Space => class(&[('\t', '\r'), (' ', ' ')]),
        ClassAsciiKind::Upper => class(&[('A', 'Z')]),
        ClassAsciiKind::Word => word(),
        ClassAsciiKind::Xdigit => class(&[('0', '9'), ('A', 'F'), ('a', 'f')]),
    }
}
