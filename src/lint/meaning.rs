//! A fingerprint of what a rule means: equal for rules whose conditions differ only in how they are put.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::ir::{Case, Condition, Origin, Pattern, Piece, Predicate, Rule, Show, Stage, Subject, Test};

/// What a rule looks for, condensed to 64 bits: of ten thousand rules, two that differ are taken for the same once in
/// hundreds of billions of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Meaning(u64);

impl Meaning {
    /// The meaning of a rule: where its events come from and what they pass. The order and grouping of terms, repeated
    /// ones, and the case of what has no case make no difference.
    pub fn of(rule: &Rule) -> Self {
        let filters: Option<Vec<&Condition>> = rule.stages.iter().map(Stage::condition).collect();
        let mut hasher = DefaultHasher::new();
        match &rule.origin {
            Origin::LogSource(source) => {
                (&source.category, &source.product, &source.service).hash(&mut hasher);
            }
            Origin::Table(table) => (&table.schema, &table.name).hash(&mut hasher),
            // Two of these are rarely the same, and then their places tell them apart.
            other => format!("{other:?}").hash(&mut hasher),
        }
        match &filters {
            Some(filters) => {
                let mut terms = Vec::new();
                for filter in filters {
                    gather(filter, true, true, &mut terms);
                }
                junction(terms, true).hash(&mut hasher);
            }
            None => Show(rule).to_string().hash(&mut hasher),
        }
        rule.look_back.hash(&mut hasher);
        Self(hasher.finish())
    }
}

fn term(condition: &Condition, sign: bool) -> u64 {
    match condition {
        Condition::Always | Condition::Never => {
            let holds = (*condition == Condition::Always) == sign;
            let mut hasher = DefaultHasher::new();
            ("constant", holds).hash(&mut hasher);
            hasher.finish()
        }
        Condition::Not(inner) => term(inner, !sign),
        Condition::All(_) | Condition::Any(_) => {
            let is_all = matches!(condition, Condition::All(_)) == sign;
            let mut terms = Vec::new();
            gather(condition, sign, is_all, &mut terms);
            junction(terms, is_all)
        }
        Condition::Is(predicate) => {
            let mut hasher = DefaultHasher::new();
            sign.hash(&mut hasher);
            hash_predicate(predicate, &mut hasher);
            hasher.finish()
        }
    }
}

/// The terms of a junction, those of junctions of its kind inside it included.
fn gather(condition: &Condition, sign: bool, is_all: bool, out: &mut Vec<u64>) {
    match condition {
        Condition::Not(inner) => gather(inner, !sign, is_all, out),
        Condition::All(terms) if sign == is_all => {
            terms.iter().for_each(|term| gather(term, sign, is_all, out));
        }
        Condition::Any(terms) if sign != is_all => {
            terms.iter().for_each(|term| gather(term, sign, is_all, out));
        }
        other => out.push(term(other, sign)),
    }
}

fn junction(mut terms: Vec<u64>, is_all: bool) -> u64 {
    terms.sort_unstable();
    terms.dedup();
    if let [only] = terms[..] {
        return only;
    }
    let mut hasher = DefaultHasher::new();
    (is_all, terms).hash(&mut hasher);
    hasher.finish()
}

fn hash_predicate(predicate: &Predicate, hasher: &mut DefaultHasher) {
    match &predicate.subject {
        Subject::Field(field) => field.name.hash(hasher),
        Subject::Anywhere => "anywhere".hash(hasher),
        Subject::Computed(expression) => format!("{expression:?}").hash(hasher),
    }
    match &predicate.test {
        Test::Text(pattern, case) => {
            let folds = *case == Case::Insensitive || !pattern.has_letters();
            ("text", folds).hash(hasher);
            hash_pattern(pattern, folds, hasher);
        }
        Test::Regex(regex) => ("regex", regex.with_inline_flags()).hash(hasher),
        Test::Number(comparison, number) => ("number", comparison, number.to_string()).hash(hasher),
        other => format!("{other:?}").hash(hasher),
    }
}

fn hash_pattern(pattern: &Pattern, folds: bool, hasher: &mut DefaultHasher) {
    for piece in pattern.pieces() {
        match piece {
            Piece::Literal(text) if folds => text.to_lowercase().hash(hasher),
            other => other.hash(hasher),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Source,
        read::{Format, read},
        sigma::ReadOptions,
    };

    fn meaning(detection: &str) -> Meaning {
        let text = format!("title: x\nlogsource: {{category: x}}\ndetection:\n  {detection}");
        let source = Source::new("a.yml", text);
        let readings = read(&source, Format::Sigma, &ReadOptions::default());
        Meaning::of(readings[0].rule().unwrap())
    }

    #[test]
    fn order_case_and_grouping_make_no_difference() {
        let one = meaning("s: {a: [x, Y]}\n  f: {b: 1}\n  condition: s and not f");
        assert_eq!(one, meaning("s: {a: [y, x, x]}\n  f: {b: 1}\n  condition: not f and s"));
        let apart = "s: {a: [x, y]}\n  f: {b: 1}\n  g: {c: 1}\n  condition: s and not f and not g";
        assert_eq!(meaning(apart), meaning(&apart.replace("not f and not g", "not (f or g)")));
        assert_eq!(one, meaning("s: {a: x}\n  t: {a: y}\n  f: {b: 1}\n  condition: (s or t) and not f"));
    }

    #[test]
    fn another_value_field_or_sign_does() {
        let one = meaning("s: {a: x}\n  condition: s");
        assert_ne!(one, meaning("s: {a: y}\n  condition: s"));
        assert_ne!(one, meaning("s: {A: x}\n  condition: s"));
        assert_ne!(one, meaning("s: {a: x}\n  condition: not s"));
        assert_ne!(one, meaning("s: {a|contains: x}\n  condition: s"));
        assert_ne!(meaning("s: {a|cased: x}\n  condition: s"), one);
    }
}
