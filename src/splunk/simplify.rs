//! Tests of computed values as tests of fields, where that means the same: a field can be searched for, a computed
//! value has to be computed of every event.

use std::convert::Infallible;

use crate::ir::{
    Case, Comparison, Condition, Constant, Expression, Field, Function, Pattern, Predicate, Regex,
    RegexFlags, Subject, Test,
};

/// The networks of RFC 1918.
pub(super) const PRIVATE: [&str; 3] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/// The condition with as few computed values as its meaning allows.
pub(super) fn simplify(condition: &Condition) -> Condition {
    let simple = condition.try_map(true, &mut |predicate, _| Ok::<_, Infallible>(of_predicate(predicate)));
    match simple {
        Ok(condition) => condition,
        Err(never) => match never {},
    }
}

fn of_predicate(predicate: &Predicate) -> Condition {
    let mut predicate = predicate.clone();
    if let Test::Compare(comparison, value) = &predicate.test
        && let Some(test) = constant_test(*comparison, value)
    {
        predicate.test = test;
    }
    let Subject::Computed(expression) = &predicate.subject else { return Condition::is(predicate) };
    let expression = expression.as_ref().clone();
    match (&expression, &predicate.test) {
        (Expression::Field(field), _) => {
            Condition::is(Predicate { subject: Subject::Field(field.clone()), ..predicate })
        }
        (Expression::Holds(condition), Test::Boolean(value)) => {
            let condition = simplify(condition);
            if *value { condition } else { Condition::not(condition) }
        }
        (Expression::Call(function, arguments), _) => {
            of_call(*function, arguments, &predicate).unwrap_or_else(|| Condition::is(predicate))
        }
        _ => Condition::is(predicate),
    }
}

/// A comparison with a constant is a test of its own kind.
fn constant_test(comparison: Comparison, value: &Expression) -> Option<Test> {
    match value {
        Expression::Constant(Constant::Number(number)) => Some(Test::Number(comparison, *number)),
        Expression::Constant(Constant::Text(text)) if comparison == Comparison::Equal => {
            Some(Test::Text(Pattern::exact(&**text), Case::Sensitive))
        }
        _ => None,
    }
}

fn of_call(function: Function, arguments: &[Expression], predicate: &Predicate) -> Option<Condition> {
    let inner = |argument: &Expression, test: Test| {
        let subject = Subject::Computed(Box::new(argument.clone()));
        of_predicate(&Predicate { subject, test, span: predicate.span })
    };
    let field = |argument: &Expression| match argument {
        Expression::Field(field) => Some(field.clone()),
        _ => None,
    };
    match (function, arguments, &predicate.test) {
        (Function::ToText, [value], test) if is_of_text(test) && !holds_on_empty(test) => {
            Some(inner(value, test.clone()))
        }
        (Function::ToText, _, Test::Null) => Some(Condition::Never),
        (Function::ToText, _, Test::Exists) => Some(Condition::Always),
        (Function::ToText, [value], Test::Text(pattern, _)) if pattern.as_exact() == Some("") => {
            Some(Condition::any([inner(value, Test::Null), inner(value, predicate.test.clone())]))
        }
        (Function::ToReal, [value], Test::Number(..)) => Some(inner(value, predicate.test.clone())),
        (Function::Lower | Function::Upper, [value], Test::Text(pattern, case)) => {
            let folded = |text: &str| match function {
                Function::Lower => text.to_lowercase(),
                _ => text.to_uppercase(),
            };
            let fits = pattern.literals().all(|text| folded(text) == text);
            (fits || *case == Case::Insensitive)
                .then(|| inner(value, Test::Text(pattern.clone(), Case::Insensitive)))
        }
        (Function::IpIsPrivate, [address], Test::Boolean(value)) => {
            networks(&field(address)?, &PRIVATE, *value, predicate)
        }
        (
            Function::IpInRange | Function::IpInAnyRange,
            [address, Expression::Constant(ranges)],
            Test::Boolean(value),
        ) => networks(&field(address)?, &texts(ranges)?, *value, predicate),
        (Function::IpInAnyRange, [address, ranges @ ..], Test::Boolean(value)) => {
            let ranges: Option<Vec<&str>> = ranges.iter().map(text).collect();
            networks(&field(address)?, &ranges?, *value, predicate)
        }
        _ => None,
    }
}

fn text(value: &Expression) -> Option<&str> {
    match value {
        Expression::Constant(Constant::Text(text)) => Some(text),
        _ => None,
    }
}

fn texts(constant: &Constant) -> Option<Vec<&str>> {
    match constant {
        Constant::Text(text) => Some(vec![text]),
        Constant::List(values) => values
            .iter()
            .map(|value| match value {
                Constant::Text(text) => Some(&**text),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// Whether an address is in one of these networks. Of what is no address of the old protocol, neither answer is true.
fn networks(field: &Field, ranges: &[&str], is_in: bool, predicate: &Predicate) -> Option<Condition> {
    let test = |test: Test| Condition::is(Predicate::new(field.clone(), test, predicate.span));
    let parsed: Option<Vec<ipnet::IpNet>> = ranges
        .iter()
        .map(|range| range.parse::<ipnet::IpNet>().ok().map(|network| network.trunc()))
        .collect();
    let inside = Condition::any(parsed?.into_iter().map(|network| test(Test::Cidr(network))));
    if is_in {
        return Some(inside);
    }
    let address = Regex::parse(r"^\d{1,3}(?:\.\d{1,3}){3}$", RegexFlags::default()).ok()?;
    Some(Condition::all([test(Test::Regex(address)), Condition::not(inside)]))
}

fn is_of_text(test: &Test) -> bool {
    matches!(test, Test::Text(..) | Test::Regex(_) | Test::Term(..))
}

fn holds_on_empty(test: &Test) -> bool {
    match test {
        Test::Text(pattern, _) => pattern.literals().next().is_none(),
        Test::Regex(regex) => regex.matches_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diag::Span, ir::eval::Event};

    fn computed(function: Function, arguments: Vec<Expression>, test: Test) -> Condition {
        let subject = Subject::Computed(Box::new(Expression::Call(function, arguments)));
        Condition::is(Predicate { subject, test, span: Span::default() })
    }

    fn field() -> Expression {
        Expression::Field(Field::new("f"))
    }

    fn is(test: Test) -> Condition {
        Condition::is(Predicate::new(Field::new("f"), test, Span::default()))
    }

    #[test]
    fn lower_case_text_compared_with_lower_case_is_a_test_without_case() {
        let exact = Test::Text(Pattern::exact("abc"), Case::Sensitive);
        let condition = simplify(&computed(Function::Lower, vec![field()], exact));
        assert_eq!(condition, is(Test::text("abc")));
        assert!(condition.holds_on(&Event::from_iter([("f", "ABC")])));
        let upper = Test::Text(Pattern::exact("ABC"), Case::Sensitive);
        let kept = computed(Function::Lower, vec![field()], upper);
        assert_eq!(simplify(&kept), kept);
    }

    #[test]
    fn a_conversion_to_text_is_needed_for_the_empty_text_alone() {
        let of = |test: Test| simplify(&computed(Function::ToText, vec![field()], test));
        assert_eq!(of(Test::text("a")), is(Test::text("a")));
        assert_eq!(of(Test::text("")), Condition::any([is(Test::Null), is(Test::text(""))]));
        assert_eq!(of(Test::Null), Condition::Never);
    }

    #[test]
    fn private_addresses_are_three_networks() {
        let condition = simplify(&computed(Function::IpIsPrivate, vec![field()], Test::Boolean(true)));
        assert_eq!(condition.disjuncts().len(), 3);
        let public = simplify(&computed(Function::IpIsPrivate, vec![field()], Test::Boolean(false)));
        assert!(public.holds_on(&Event::from_iter([("f", "8.8.8.8")])));
        assert!(!public.holds_on(&Event::from_iter([("f", "::1")])));
        assert!(!public.holds_on(&Event::default()));
    }

    #[test]
    fn networks_with_host_bits_are_networks() {
        let range = Expression::text("192.168.1.255/24");
        let condition = simplify(&computed(Function::IpInRange, vec![field(), range], Test::Boolean(true)));
        assert_eq!(condition, is(Test::Cidr("192.168.1.0/24".parse().unwrap())));
    }
}
