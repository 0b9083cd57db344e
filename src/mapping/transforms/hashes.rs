//! Sysmon's `Hashes`: `SHA1=…,MD5=…,SHA256=…,IMPHASH=…` in one field, against a column for each algorithm.

use super::{Reason, Scope};
use crate::{
    diag::{Code, Effect},
    ir::{Case, Condition, Field, Pattern, Shape, Test, eval::Value},
};

/// The algorithms that Sysmon can record, with their digests' hexadecimal length.
const ALGORITHMS: [(&str, usize); 4] = [("MD5", 32), ("SHA1", 40), ("SHA256", 64), ("IMPHASH", 32)];

/// The column of each algorithm, as far as there is one.
#[derive(Debug)]
pub(in crate::mapping) struct Hashes {
    columns: [Option<Field>; 4],
}

impl Hashes {
    /// Columns in the order MD5, SHA1, SHA256, IMPHASH.
    pub(super) fn new(columns: [Option<Field>; 4]) -> Self {
        Self { columns }
    }

    pub(super) fn columns(&self) -> Vec<&Field> {
        self.columns.iter().flatten().collect()
    }

    /// The columns' values for Sysmon's list of hashes; none for what is no such list.
    pub(super) fn record(&self, list: &str) -> Option<Vec<(&Field, Value)>> {
        let mut columns = Vec::new();
        for item in list.split(',') {
            let (algorithm, digest) = item.split_once('=')?;
            let index = ALGORITHMS.iter().position(|(known, _)| known.eq_ignore_ascii_case(algorithm))?;
            if digest.len() != ALGORITHMS[index].1 || !digest.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            let value = digest.to_lowercase();
            columns.extend(self.columns[index].as_ref().map(|column| (column, value.as_str().into())));
        }
        Some(columns)
    }

    pub(super) fn apply(&self, test: &Test, scope: &mut Scope<'_>) -> Result<Condition, Reason> {
        let Test::Text(pattern, case) = test else {
            return Err(
                "hashes are recorded in a column for each algorithm, only text splits into them".into()
            );
        };
        let (text, anywhere) = match pattern.shape() {
            Shape::Contains(text) => (text, true),
            Shape::Exact(text) | Shape::StartsWith(text) | Shape::EndsWith(text) => (text, false),
            Shape::Anything => {
                let any = |column: &Field| scope.is(column, test.clone());
                return Ok(Condition::any(self.columns.iter().flatten().map(any).collect::<Vec<_>>()));
            }
            Shape::Glob(_) => return Err("wildcards inside hashes do not split into algorithms".into()),
        };
        if *case == Case::Sensitive {
            let message = "hashes are compared without case: products spell them in different case";
            scope.differs(Code::CaseWidened, Effect::More, message);
        }
        if !anywhere || text.contains(',') {
            let message =
                "the place of a hash among the others does not count: each algorithm has its column";
            scope.differs(Code::ValueApproximated, Effect::More, message);
        }
        let items: Vec<&str> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
        if items.is_empty() {
            return Err("it names no hash".into());
        }
        let conditions: Result<Vec<_>, _> = items.into_iter().map(|item| self.item(item, scope)).collect();
        Ok(Condition::all(conditions?))
    }

    /// `ALGORITHM=digest`, or a bare digest.
    fn item(&self, item: &str, scope: &mut Scope<'_>) -> Result<Condition, Reason> {
        let Some((algorithm, digest)) = item.split_once('=') else { return self.bare(item, scope) };
        let Some(index) = ALGORITHMS.iter().position(|(known, _)| known.eq_ignore_ascii_case(algorithm))
        else {
            return Err(format!("`{algorithm}` is no hash algorithm of Sysmon's"));
        };
        let (name, length) = ALGORITHMS[index];
        let column =
            self.columns[index].as_ref().ok_or_else(|| format!("the target records no {name} hash"))?;
        let pattern = match digest.len() {
            0 => Pattern::anything(),
            digits if digits < length => Pattern::starts_with(digest),
            _ => Pattern::exact(digest),
        };
        Ok(scope.is(column, Test::Text(pattern, Case::Insensitive)))
    }

    /// A digest whose algorithm its length tells.
    fn bare(&self, digest: &str, scope: &mut Scope<'_>) -> Result<Condition, Reason> {
        let fitting = |index: &usize| ALGORITHMS[*index].1 == digest.len();
        let candidates: Vec<usize> = (0..ALGORITHMS.len()).filter(fitting).collect();
        if candidates.is_empty() || !digest.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err("it names no algorithm, and its length is that of no whole hash".into());
        }
        let mut conditions = Vec::new();
        let mut missing = Vec::new();
        for index in candidates {
            match &self.columns[index] {
                Some(column) => conditions.push(scope.is(column, Test::text(digest))),
                None => missing.push(ALGORITHMS[index].0),
            }
        }
        let missing = missing.join(" and no ");
        if conditions.is_empty() {
            return Err(format!("the target records no {missing} hash"));
        }
        if !missing.is_empty() {
            let message = format!("the target records no {missing} hash, which a bare digest may be");
            scope.differs(Code::ValueApproximated, Effect::Less, message);
        }
        Ok(Condition::any(conditions))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        ir::eval::Event,
        mapping::fixture::{agrees, effects, is, local, parts_of},
    };

    const MD5: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_named_algorithm_has_its_column() {
        assert_eq!(local(is("Hashes", Test::contains(&format!("MD5={MD5}")))), format!("MD5={MD5}"));
        assert_eq!(effects(is("Hashes", Test::contains(&format!("MD5={MD5}")))), []);
        assert_eq!(local(is("Hashes", Test::contains("SHA1=ab"))), "SHA1=ab*");
        assert_eq!(local(is("Hashes", Test::contains("SHA256="))), "SHA256=*");
    }

    #[test]
    fn an_algorithm_without_a_column_is_an_error() {
        let error = local(is("Hashes", Test::contains("IMPHASH=ab")));
        assert!(error.ends_with("the target records no IMPHASH hash"), "{error}");
    }

    #[test]
    fn a_bare_digest_goes_by_its_length() {
        let sha1 = &format!("{MD5}01234567");
        assert_eq!(local(is("Hashes", Test::contains(sha1))), format!("SHA1={sha1}"));
        assert_eq!(effects(is("Hashes", Test::contains(sha1))), []);
        assert_eq!(local(is("Hashes", Test::contains(MD5))), format!("MD5={MD5}"));
        assert_eq!(effects(is("Hashes", Test::contains(MD5))), [Effect::Less], "it may be an IMPHASH");
        assert!(local(is("Hashes", Test::contains("abc"))).starts_with("value-unmapped"));
    }

    #[test]
    fn presence_is_that_of_any_algorithm() {
        assert_eq!(local(is("Hashes", Test::Null)), "(MD5 null and SHA1 null and SHA256 null)");
    }

    proptest! {
        #[test]
        fn hashes_mean_the_same_by_algorithm(
            (md5, sha1, pattern) in ("[0-9a-f]{32}", "[0-9a-f]{40}").prop_flat_map(|(md5, sha1)| {
                let text = format!("SHA1={sha1},MD5={md5},IMPHASH={md5}");
                (Just(md5), Just(sha1), parts_of(text))
            }),
            negated: bool,
        ) {
            let condition = is("Hashes", Test::Text(pattern, Case::Insensitive));
            let condition = if negated { Condition::not(condition) } else { condition };
            let source = Event::from_iter([("Hashes", format!("SHA1={sha1},MD5={md5},IMPHASH={md5}").as_str())]);
            let target = Event::from_iter([("ActionType", "ProcessCreated"), ("MD5", &md5), ("SHA1", &sha1)]);
            agrees("windows/process_creation/-", &condition, &source, &target)?;
        }
    }
}
