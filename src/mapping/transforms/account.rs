//! Accounts: `DOMAIN\name` in one field, against a column for each.

use super::{Reason, Scope};
use crate::{
    diag::{Code, Effect},
    ir::{Case, Condition, Field, Pattern, Piece, Shape, Test, eval::Value},
    mapping::cell::Base,
};

/// The columns of an account. Neither a domain nor a name holds a backslash.
#[derive(Debug)]
pub(in crate::mapping) struct Account {
    name: Field,
    domain: Option<Field>,
    /// `DOMAIN\name` as a computed column, for tests that do not split.
    joined: Option<Base>,
}

impl Account {
    pub(super) fn new(field: &str, name: Field, domain: Option<Field>) -> Self {
        let joined =
            domain.clone().map(|domain| Base::join(field, vec![domain, name.clone()], "\\".to_owned()));
        Self { name, domain, joined }
    }

    /// Domain, where there is one, and name.
    pub(in crate::mapping) fn columns(&self) -> Vec<&Field> {
        self.domain.iter().chain([&self.name]).collect()
    }

    /// The columns' values for an account; none for what has several backslashes.
    pub(super) fn record(&self, account: &str) -> Option<Vec<(&Field, Value)>> {
        let (domain, name) = account.split_once('\\').unwrap_or(("", account));
        let domain =
            self.domain.as_ref().filter(|_| !domain.is_empty()).map(|column| (column, domain.into()));
        let columns = domain.into_iter().chain([(&self.name, name.into())]);
        (!name.contains('\\')).then(|| columns.collect())
    }

    pub(super) fn apply(&self, test: &Test, scope: &mut Scope<'_>) -> Result<Condition, Reason> {
        let Test::Text(pattern, case) = test else { return self.on_joined(test, scope) };
        if *case == Case::Sensitive && pattern.has_letters() {
            let message = "accounts are compared without case: products spell them in different case";
            scope.differs(Code::CaseWidened, Effect::More, message);
        }
        match split(pattern) {
            Split::Whole => self.whole(pattern, scope),
            Split::Parts(domain, name) => self.parts(domain, name, scope),
            Split::TooMany => Err("an account has one backslash, between domain and name".into()),
        }
    }

    /// A pattern without a backslash.
    fn whole(&self, pattern: &Pattern, scope: &mut Scope<'_>) -> Result<Condition, Reason> {
        let on_name = scope.is(&self.name, insensitive(pattern.clone()));
        match (pattern.shape(), &self.domain) {
            // On Unix the field is the bare name.
            _ if scope.unix => Ok(on_name),
            (Shape::EndsWith(_) | Shape::Anything | Shape::Exact(""), _) => Ok(on_name),
            (Shape::Exact(name), _) => {
                let message = format!("`{name}` without a domain is compared with the account's name alone");
                scope.differs(Code::ValueApproximated, Effect::More, message);
                Ok(on_name)
            }
            // It holds no backslash, so it cannot lie across the seam.
            (Shape::Contains(_), Some(domain)) => {
                Ok(Condition::any([on_name, scope.is(domain, insensitive(pattern.clone()))]))
            }
            (Shape::StartsWith(_), Some(domain)) => Ok(scope.is(domain, insensitive(pattern.clone()))),
            (Shape::Glob(_), Some(_)) => self.on_joined(&insensitive(pattern.clone()), scope),
            (Shape::Contains(_) | Shape::StartsWith(_) | Shape::Glob(_), None) => {
                Err("the target records the account's name without its domain".into())
            }
        }
    }

    /// The patterns before and after the backslash.
    fn parts(&self, domain: Pattern, name: Pattern, scope: &mut Scope<'_>) -> Result<Condition, Reason> {
        let anything = |pattern: &Pattern| pattern.shape() == Shape::Anything;
        let mut conditions = Vec::new();
        if !anything(&domain) {
            match &self.domain {
                Some(column) => conditions.push(scope.is(column, insensitive(domain))),
                None if anything(&name) => {
                    return Err("the target records the account's name without its domain".into());
                }
                None => scope.differs(
                    Code::ValueApproximated,
                    Effect::More,
                    "the target records the account's name without its domain, which is not compared",
                ),
            }
        }
        if !anything(&name) || conditions.is_empty() {
            conditions.push(scope.is(&self.name, insensitive(name)));
        }
        Ok(Condition::all(conditions))
    }

    fn on_joined(&self, test: &Test, scope: &mut Scope<'_>) -> Result<Condition, Reason> {
        match &self.joined {
            Some(joined) => Ok(scope.on(joined, test)),
            None => Err("the target records the account's name without its domain".into()),
        }
    }
}

enum Split {
    /// No backslash.
    Whole,
    /// The patterns of domain and name: an account has one backslash, so what stands before the pattern's belongs
    /// to the domain, wildcards too.
    Parts(Pattern, Pattern),
    /// Several backslashes.
    TooMany,
}

fn split(pattern: &Pattern) -> Split {
    let (mut domain, mut name) = (Pattern::default(), None::<Pattern>);
    for piece in pattern.pieces() {
        match (piece, &mut name) {
            (Piece::Literal(text), None) => match text.split_once('\\') {
                Some((_, after)) if after.contains('\\') => return Split::TooMany,
                Some((before, after)) => {
                    domain.push(Piece::Literal(before.to_owned()));
                    name = Some(Pattern::exact(after));
                }
                None => domain.push(piece.clone()),
            },
            (Piece::Literal(text), Some(_)) if text.contains('\\') => return Split::TooMany,
            (piece, Some(name)) => name.push(piece.clone()),
            (piece, None) => domain.push(piece.clone()),
        }
    }
    name.map_or(Split::Whole, |name| Split::Parts(domain, name))
}

fn insensitive(pattern: Pattern) -> Test {
    Test::Text(pattern, Case::Insensitive)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        ir::eval::Event,
        mapping::fixture::{agrees, both, effects, is, local, patterns, show},
    };

    #[test]
    fn accounts_split_at_the_backslash() {
        assert_eq!(
            local(is("User", Test::text(r"NT AUTHORITY\SYSTEM"))),
            "(AccountDomain=NT AUTHORITY and AccountName=SYSTEM)"
        );
        assert_eq!(local(is("User", Test::ends_with(r"\svc"))), "AccountName=svc");
        assert_eq!(local(is("User", Test::starts_with(r"CORP\"))), "AccountDomain=CORP");
        assert_eq!(local(is("User", Test::contains(r"P\adm"))), "(AccountDomain=*P and AccountName=adm*)");
        assert_eq!(
            local(is("User", Test::contains("AUTHORI"))),
            "(AccountName=*AUTHORI* or AccountDomain=*AUTHORI*)"
        );
        assert_eq!(local(is("User", Test::Null)), "(AccountDomain null and AccountName null)");
        assert!(local(is("User", Test::text(r"A\\B"))).starts_with("value-unmapped"));
    }

    #[test]
    fn a_bare_name_is_exact_on_unix_alone() {
        assert_eq!(effects(is("User", Test::text("root"))), [Effect::More]);
        let (rule, notes) =
            both("linux/process_creation/-", is("User", Test::text("root")), "defender").unwrap();
        assert!(show(&rule).ends_with("| AccountName=root") && notes.is_empty());
    }

    #[test]
    fn a_domain_that_is_not_recorded_is_not_compared_and_noted() {
        assert_eq!(local(is("Bare", Test::text(r"CORP\bob"))), "A=bob");
        assert_eq!(effects(is("Bare", Test::text(r"CORP\bob"))), [Effect::More]);
        assert_eq!(effects(Condition::not(is("Bare", Test::text(r"CORP\bob")))), [Effect::Less]);
        assert!(local(is("Bare", Test::starts_with(r"CORP\"))).starts_with("value-unmapped"));
    }

    proptest! {
        #[test]
        fn split_accounts_mean_the_same(
            domain in "[ab]{1,3}", name in "[ab]{1,3}",
            pattern in patterns(&["a", "b", "ab", r"a\b", r"\a", r"b\"]), negated: bool,
        ) {
            let condition = is("User", insensitive(pattern));
            let condition = if negated { Condition::not(condition) } else { condition };
            let source = Event::from_iter([("User", format!(r"{domain}\{name}").as_str())]);
            let target = Event::from_iter([
                ("ActionType", "ProcessCreated"), ("AccountDomain", &domain), ("AccountName", &name),
            ]);
            agrees("windows/process_creation/-", &condition, &source, &target)?;
        }
    }
}
