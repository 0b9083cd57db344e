//! Conditions over search identifiers, and how they are spelled.
//!
//! Sigma specification 2.1, "Condition": `not` binds tighter than `and`, `and` tighter than `or`.

use std::fmt;

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Formula {
    /// A search identifier.
    Search(String),
    /// `1 of prefix*`.
    OneOf(String),
    /// `all of prefix*`.
    AllOf(String),
    /// The operand does not hold.
    Not(Box<Formula>),
    /// All operands hold.
    And(Vec<Formula>),
    /// One operand holds.
    Or(Vec<Formula>),
}

impl Formula {
    /// All of the operands; one alone is itself.
    pub(super) fn and(mut operands: Vec<Formula>) -> Self {
        if operands.len() == 1 { operands.swap_remove(0) } else { Self::And(operands) }
    }

    /// One of the operands; one alone is itself.
    pub(super) fn or(mut operands: Vec<Formula>) -> Self {
        if operands.len() == 1 { operands.swap_remove(0) } else { Self::Or(operands) }
    }

    /// Junctions are put into parentheses wherever they are operands, as authors do, although `and` inside `or`
    /// needs none.
    fn operand(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(_) | Self::Or(_) => write!(f, "({self})"),
            _ => write!(f, "{self}"),
        }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, operands: &[Formula], operator: &str| {
            for (at, operand) in operands.iter().enumerate() {
                if at > 0 {
                    write!(f, " {operator} ")?;
                }
                operand.operand(f)?;
            }
            Ok(())
        };
        match self {
            Self::Search(name) => f.write_str(name),
            Self::OneOf(prefix) => write!(f, "1 of {prefix}*"),
            Self::AllOf(prefix) => write!(f, "all of {prefix}*"),
            Self::Not(operand) => {
                f.write_str("not ")?;
                operand.operand(f)
            }
            Self::And(operands) => joined(f, operands, "and"),
            Self::Or(operands) => joined(f, operands, "or"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(name: &str) -> Formula {
        Formula::Search(name.into())
    }

    #[test]
    fn junctions_stand_in_parentheses_inside_others() {
        let filters = Formula::Not(Box::new(Formula::OneOf("filter_".into())));
        let either = Formula::or(vec![search("a"), Formula::and(vec![search("b"), filters])]);
        assert_eq!(either.to_string(), "a or (b and not 1 of filter_*)");
        assert_eq!(Formula::Not(Box::new(either)).to_string(), "not (a or (b and not 1 of filter_*))");
    }

    #[test]
    fn one_operand_alone_is_itself() {
        assert_eq!(Formula::and(vec![search("a")]).to_string(), "a");
    }
}
