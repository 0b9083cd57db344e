//! How a value is looked for, by one name for every language.

use serde::{Serialize, Serializer};

macro_rules! relations {
    ($($variant:ident $name:literal $negated:literal $doc:literal;)+) => {
        /// How a value is looked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Relation {
            $(#[doc = $doc] $variant,)+
        }

        impl Relation {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// What it means, in a sentence.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $doc,)+ }
            }

            fn names(self) -> (&'static str, &'static str) {
                match self { $(Self::$variant => ($name, $negated),)+ }
            }
        }
    };
}

relations! {
    Equal "eq" "ne" "The field is the value.";
    In "in" "not_in" "The field is one of several values, of which this is one.";
    Contains "contains" "not_contains" "The field holds the text anywhere.";
    StartsWith "starts_with" "not_starts_with" "The field starts with the text.";
    EndsWith "ends_with" "not_ends_with" "The field ends with the text.";
    Term "term" "not_term" "The field holds the text as a whole word or run of words.";
    TermStart "term_starts_with" "not_term_starts_with" "The field holds a word that starts with the text.";
    TermEnd "term_ends_with" "not_term_ends_with" "The field holds a word that ends with the text.";
    Wildcard "wildcard" "not_wildcard" "The field matches the pattern as a whole, in Sigma's notation.";
    Regex "regex" "not_regex" "The regular expression is found in the field.";
    Cidr "cidr" "not_cidr" "The field is an address in the network.";
    Less "lt" "not_lt" "The field is less than the value.";
    LessOrEqual "le" "not_le" "The field is the value or less.";
    Greater "gt" "not_gt" "The field is greater than the value.";
    GreaterOrEqual "ge" "not_ge" "The field is the value or more.";
    Exists "exists" "not_exists" "The event has the field.";
    Null "is_null" "is_not_null" "The event has no value for the field.";
    Empty "is_empty" "is_not_empty" "The field is empty text.";
    FieldEqual "field_eq" "field_ne" "The field is the same as another field of the event.";
    FieldContains "field_contains" "not_field_contains" "The field holds the value of another field.";
    FieldStartsWith "field_starts_with" "not_field_starts_with" "The field starts with the value of another field.";
    FieldEndsWith "field_ends_with" "not_field_ends_with" "The field ends with the value of another field.";
    InQuery "in_query" "not_in_query" "The field is in the rows of another query, over this table.";
    InList "in_list" "not_in_list" "The field is in a list that is kept outside of the rule.";
}

/// A relation, or its complement: where a rule looks for events that do *not* have the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// The relation.
    pub relation: Relation,
    /// Whether its complement is meant.
    pub is_negated: bool,
}

impl Kind {
    /// Its name (`eq`, `ne`, `contains`, `not_contains`).
    pub fn as_str(self) -> &'static str {
        let (plain, negated) = self.relation.names();
        if self.is_negated { negated } else { plain }
    }

    /// Every name, in order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let names = Relation::ALL.iter().map(|relation| relation.names());
        names.clone().map(|(plain, _)| plain).chain(names.map(|(_, negated)| negated))
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Relation::ALL.iter().find_map(|relation| match relation.names() {
            (plain, _) if plain == name => Some(Self { relation: *relation, is_negated: false }),
            (_, negated) if negated == name => Some(Self { relation: *relation, is_negated: true }),
            _ => None,
        })
    }
}

impl From<Relation> for Kind {
    fn from(relation: Relation) -> Self {
        Self { relation, is_negated: false }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_of_one_kind_and_is_read_back() {
        let mut seen = std::collections::BTreeSet::new();
        for name in Kind::names() {
            assert!(seen.insert(name), "{name}");
            assert_eq!(Kind::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(Kind::parse("like"), None);
    }
}
