//! Conditions: where an expression is true, and where it is false. They are not complements: where an operator's
//! value is null it is neither, and `where` drops the row.

use std::rc::Rc;

use super::{
    Reader,
    columns::Columns,
    expression::{self, is_boolean, unknown_function},
    external,
    scope::{self, Binding, Scope},
    test::{
        Tested, arithmetic, closed, constant_test, element_test, flipped, is_cased, network, not_ipv4, order,
        tested_value,
    },
    unsupported,
};
use crate::{
    diag::{Code, Diagnostic, Span},
    ir::{
        Case, Comparison, Condition, Constant, Expression as Value, FieldRelation, Function, Pattern,
        Subject, Test,
    },
    kusto::ast::{BinaryOperator as Op, Call, Expression, InOperator},
};

impl Reader<'_> {
    /// Where an expression is true; where it is false, if not `positive`.
    pub(super) fn condition<'s>(
        &mut self,
        expression: &'s Expression,
        positive: bool,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Condition, Diagnostic> {
        self.nested(expression.span(), |reader| reader.condition_here(expression, positive, columns, scope))
    }

    fn condition_here<'s>(
        &mut self,
        expression: &'s Expression,
        positive: bool,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Condition, Diagnostic> {
        match expression {
            Expression::And(terms) | Expression::Or(terms) => {
                let conditions: Result<Vec<_>, _> =
                    terms.iter().map(|term| self.condition(term, positive, columns, scope)).collect();
                let is_and = matches!(expression, Expression::And(_));
                conditions.map(
                    |terms| if is_and == positive { Condition::all(terms) } else { Condition::any(terms) },
                )
            }
            Expression::Binary(left, operator, right) => {
                self.binary(left, *operator, right, positive, columns, scope)
            }
            Expression::In(value, operator, list, place) => {
                self.membership(value, *operator, list, positive, columns, scope, place.0)
            }
            Expression::Between { value, negated, from, to, .. } => {
                let is_in = *negated != positive;
                self.between(value, from, to, is_in, columns, scope)
            }
            Expression::Call(call) => self.call_condition(call, positive, columns, scope),
            Expression::Query(query) => match super::constant::lone(query) {
                Some(inner) => self.condition(inner, positive, columns, scope),
                None => Err(unsupported(query.span(), "a query cannot stand for a condition")),
            },
            Expression::Name(name) => {
                if let Some(Binding::Value(value, defined)) = scope.find(&name.text).cloned() {
                    return self.condition(value, positive, columns, &defined);
                }
                self.truth(expression, positive, columns, scope)
            }
            other => self.truth(other, positive, columns, scope),
        }
    }

    /// A boolean value as a condition.
    fn truth<'s>(
        &mut self,
        expression: &'s Expression,
        positive: bool,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Condition, Diagnostic> {
        match self.constant(expression, scope)? {
            Some(Constant::Boolean(value)) if value == positive => return Ok(Condition::Always),
            Some(Constant::Boolean(_) | Constant::Null) => return Ok(Condition::Never),
            Some(_) => return Err(unsupported(expression.span(), "this is neither true nor false")),
            None => {}
        }
        match self.value(expression, columns, scope)? {
            Value::Holds(condition) if positive => Ok(*condition),
            Value::Case(cases, otherwise) => case_condition(cases, *otherwise, positive)
                .ok_or_else(|| unsupported(expression.span(), "this is neither true nor false")),
            value => {
                let tested = tested_value(value, expression.span());
                Ok(tested.is(Test::Boolean(positive)))
            }
        }
    }

    /// What a test looks at.
    fn tested<'s>(
        &mut self,
        expression: &'s Expression,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Tested, Diagnostic> {
        if let Expression::Star(place) = expression {
            return Ok(Tested { subject: Subject::Anywhere, folded: None, span: place.0 });
        }
        let value = self.value(expression, columns, scope)?;
        Ok(tested_value(value, expression.span()))
    }

    fn binary<'s>(
        &mut self,
        left: &'s Expression,
        operator: Op,
        right: &'s Expression,
        positive: bool,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Condition, Diagnostic> {
        let constant = self.constant(right, scope)?;
        if constant.is_none()
            && let Some(flipped) = flipped(operator)
            && self.constant(left, scope)?.is_some()
        {
            return self.binary(right, flipped, left, positive, columns, scope);
        }
        if arithmetic(operator) {
            return Err(unsupported(left.span().to(right.span()), "this is a number, not a condition"));
        }
        let span = left.span().to(right.span());
        let mut tested = self.tested(left, columns, scope)?;
        tested.span = if constant.is_some() { right.span() } else { span };
        if let Some(single) = Self::scalar_query(right, scope) {
            return Err(unsupported(
                single,
                "a value that another query finds (`toscalar`) has no counterpart",
            ));
        }
        if let Some(constant) = constant {
            constant_test(&tested, operator, &constant, positive, right.span())
        } else {
            let other = self.value(right, columns, scope)?;
            Self::value_test(&tested, operator, other, positive, span)
        }
    }

    /// The truth value that an expression comes to.
    fn boolean<'s>(
        &mut self,
        expression: &'s Expression,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Option<bool>, Diagnostic> {
        Ok(match self.constant(expression, scope)? {
            Some(Constant::Boolean(value)) => Some(value),
            _ => None,
        })
    }

    /// `toscalar(…)`, also behind a name.
    fn scalar_query<'s>(expression: &'s Expression, scope: &Rc<Scope<'s>>) -> Option<Span> {
        match Self::bound_value(expression, scope)? {
            (Expression::Call(call), _) => call.of("toscalar").map(|_| call.place.0),
            _ => None,
        }
    }

    /// A test against a value of the same row.
    fn value_test(
        tested: &Tested,
        operator: Op,
        other: Value,
        positive: bool,
        span: Span,
    ) -> Result<Condition, Diagnostic> {
        let negated = operator.negated().filter(|_| operator.as_str().starts_with('!'));
        let (operator, positive) = negated.map_or((operator, positive), |operator| (operator, !positive));
        if let Some(comparison) = order(operator) {
            let test = tested.is(Test::Compare(comparison, Box::new(other)));
            return Ok(closed(test, positive, || tested.is(Test::Null)));
        }
        let relation = match operator {
            Op::Equal | Op::EqualNoCase => FieldRelation::Equals,
            Op::Contains | Op::ContainsCs => FieldRelation::Contains,
            Op::StartsWith | Op::StartsWithCs => FieldRelation::StartsWith,
            Op::EndsWith | Op::EndsWithCs => FieldRelation::EndsWith,
            _ => {
                let message = format!("`{}` takes a constant", operator.as_str());
                return Err(unsupported(span, message));
            }
        };
        let case = if is_cased(operator) { Case::Sensitive } else { Case::Insensitive };
        let other_folded = tested_value(other.clone(), span);
        // `tolower(a) == tolower(b)` compares without case.
        let both_folded = tested.folded.is_some() && tested.folded == other_folded.folded;
        let case = if both_folded { Case::Insensitive } else { case };
        let test = match (&tested.subject, &other_folded.subject, relation) {
            (Subject::Field(_), Subject::Field(field), _) if both_folded || other_folded.folded.is_none() => {
                Test::FieldRef(relation, field.clone(), case)
            }
            (_, _, FieldRelation::Equals) => Test::Compare(Comparison::Equal, Box::new(other)),
            _ => {
                return Err(unsupported(
                    span,
                    format!("`{}` takes a constant or a column", operator.as_str()),
                ));
            }
        };
        let condition = tested.is(test);
        Ok(if positive { condition } else { Condition::not(condition) })
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one operator and what they are read under")]
    fn membership<'s>(
        &mut self,
        value: &'s Expression,
        operator: InOperator,
        list: &'s [Expression],
        positive: bool,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<Condition, Diagnostic> {
        let tested = self.tested(value, columns, scope)?;
        let positive = positive != matches!(operator, InOperator::NotIn | InOperator::NotInNoCase);
        let mut terms = Vec::new();
        for element in list {
            if let Some(constants) = self.constants(element, scope)? {
                for constant in constants {
                    let at = Tested {
                        subject: tested.subject.clone(),
                        folded: tested.folded,
                        span: element.span(),
                    };
                    terms.push(element_test(&at, operator, &constant, element.span())?);
                }
                continue;
            }
            terms.push(self.listed(&tested, operator, element, columns, scope, span)?);
        }
        let found =
            if operator == InOperator::HasAll { Condition::all(terms) } else { Condition::any(terms) };
        Ok(if positive { found } else { Condition::not(found) })
    }

    /// Membership in what is not constant: rows, a list from outside, a list of the row.
    fn listed<'s>(
        &mut self,
        tested: &Tested,
        operator: InOperator,
        element: &'s Expression,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<Condition, Diagnostic> {
        let case = match operator {
            InOperator::In | InOperator::NotIn => Case::Sensitive,
            InOperator::InNoCase | InOperator::NotInNoCase => Case::Insensitive,
            InOperator::HasAny | InOperator::HasAll => {
                if let Some(list) = self.external_list(element, scope)? {
                    return Err(external::without_values(&list, operator.as_str(), element.span()));
                }
                let message = format!("`{}` takes constants", operator.as_str());
                return Err(unsupported(element.span(), message));
            }
        };
        if let Some(list) = self.external_list(element, scope)? {
            return Ok(tested.is(Test::Listed(list, case)));
        }
        if Self::is_tabular(element, scope) {
            let table = self.table_of(element, scope)?;
            return Ok(tested.is(Test::Among(Box::new(table.pipeline), case)));
        }
        let other = self.value(element, columns, scope)?;
        Self::value_test(
            tested,
            if case == Case::Sensitive { Op::Equal } else { Op::EqualNoCase },
            other,
            true,
            span,
        )
    }

    fn between<'s>(
        &mut self,
        value: &'s Expression,
        from: &'s Expression,
        to: &'s Expression,
        is_in: bool,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Condition, Diagnostic> {
        let least = self.binary(
            value,
            if is_in { Op::GreaterOrEqual } else { Op::Less },
            from,
            true,
            columns,
            scope,
        )?;
        let is_length = self.duration(to, scope)?.is_some() && self.duration(from, scope)?.is_none();
        let greatest = if is_length {
            // The greatest value is so long after the least one.
            let tested = self.tested(value, columns, scope)?;
            let from = self.value(from, columns, scope)?;
            let to = self.value(to, columns, scope)?;
            let bound = Box::new(Value::Call(Function::Add, vec![from, to]));
            let comparison = if is_in { Comparison::LessOrEqual } else { Comparison::Greater };
            tested.is(Test::Compare(comparison, bound))
        } else {
            self.binary(value, if is_in { Op::LessOrEqual } else { Op::Greater }, to, true, columns, scope)?
        };
        Ok(if is_in { Condition::all([least, greatest]) } else { Condition::any([least, greatest]) })
    }

    /// A call as a condition.
    pub(super) fn call_condition<'s>(
        &mut self,
        call: &'s Call,
        positive: bool,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Condition, Diagnostic> {
        let name = &*call.function.text;
        if let Some(Binding::Function(function, defined)) = scope.find(name).cloned() {
            let inner = scope::call_scope(function, &defined, &call.arguments, scope, None, call.place.0)?;
            return match expression::scalar_body(&function.body, &inner) {
                Some((value, inner)) => self.condition(value, positive, columns, &inner),
                None => Err(unsupported(call.place.0, "the function's rows cannot stand for a condition")),
            };
        }
        let signed = |condition: Condition| if positive { condition } else { Condition::not(condition) };
        match (name, call.arguments.as_slice()) {
            ("not", [inner]) => self.condition(&inner.value, !positive, columns, scope),
            ("iff" | "iif", [condition, then, otherwise]) => {
                let holds = self.condition(&condition.value, true, columns, scope)?;
                let then = self.condition(&then.value, positive, columns, scope)?;
                let otherwise = self.condition(&otherwise.value, positive, columns, scope)?;
                let or_else = Condition::all([Condition::not(holds.clone()), otherwise]);
                Ok(Condition::any([Condition::all([holds, then]), or_else]))
            }
            ("isempty", [value]) => Ok(signed(self.tested(&value.value, columns, scope)?.empty())),
            ("isnotempty" | "notempty", [value]) => {
                let tested = self.tested(&value.value, columns, scope)?;
                let filled =
                    || [tested.is(Test::Null), tested.is(Test::Text(Pattern::exact(""), Case::Sensitive))];
                Ok(if positive { Condition::all(filled().map(Condition::not)) } else { tested.empty() })
            }
            ("isnull", [value]) => Ok(signed(self.tested(&value.value, columns, scope)?.is(Test::Null))),
            ("isnotnull" | "notnull", [value]) => {
                let null = self.tested(&value.value, columns, scope)?.is(Test::Null);
                Ok(if positive { Condition::not(null) } else { null })
            }
            (
                "ipv4_is_in_range" | "ipv6_is_in_range" | "ipv4_is_in_any_range" | "ipv6_is_in_any_range",
                [address, networks],
            ) => self.networks(call, &address.value, &networks.value, positive, columns, scope),
            ("ipv4_is_private", [address]) => {
                let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
                let tested = self.tested(&address.value, columns, scope)?;
                let networks = private.iter().map(|network| network.parse().map(Test::Cidr));
                let tests: Vec<Condition> =
                    networks.filter_map(Result::ok).map(|test| tested.is(test)).collect();
                // What is no IPv4 address is neither private nor not.
                Ok(closed(Condition::any(tests), positive, || not_ipv4(&tested)))
            }
            ("ipv4_is_in_any_range" | "ipv6_is_in_any_range", [address, networks @ ..])
                if !networks.is_empty() =>
            {
                let mut tests = Vec::new();
                for network in networks {
                    tests.push(self.networks(call, &address.value, &network.value, true, columns, scope)?);
                }
                Ok(signed(Condition::any(tests)))
            }
            // Where a condition has no value, it is this one.
            ("coalesce", [value, otherwise]) if self.boolean(&otherwise.value, scope)?.is_some() => {
                let unknown = self.boolean(&otherwise.value, scope)?.unwrap_or(false);
                let same = self.condition(&value.value, !unknown, columns, scope)?;
                Ok(if positive == unknown { Condition::not(same) } else { same })
            }
            ("set_has_element", [list, element]) => {
                if let Some(constants) = self.constants(&list.value, scope)? {
                    let tested = self.tested(&element.value, columns, scope)?;
                    let mut terms = Vec::new();
                    for constant in constants {
                        terms.push(element_test(&tested, InOperator::In, &constant, element.value.span())?);
                    }
                    return Ok(signed(Condition::any(terms)));
                }
                let list = self.value(&list.value, columns, scope)?;
                let element = self.value(&element.value, columns, scope)?;
                let value = Value::Call(Function::ListContains, vec![list, element]);
                Ok(tested_value(value, call.place.0).is(Test::Boolean(positive)))
            }
            (name, _) if is_boolean(name) => {
                Err(unsupported(call.place.0, format!("`{name}` takes other arguments")))
            }
            (name, _) => {
                if crate::kusto::function::function(name).is_none() && !is_value_function(name) {
                    return Err(unknown_function(name, call.function.place.0));
                }
                self.truth_of_call(call, positive, columns, scope)
            }
        }
    }

    fn truth_of_call<'s>(
        &mut self,
        call: &'s Call,
        positive: bool,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Condition, Diagnostic> {
        let value = self.call_value(call, columns, scope)?;
        Ok(tested_value(value, call.place.0).is(Test::Boolean(positive)))
    }

    fn networks<'s>(
        &mut self,
        call: &'s Call,
        address: &'s Expression,
        networks: &'s Expression,
        positive: bool,
        columns: &Columns,
        scope: &Rc<Scope<'s>>,
    ) -> Result<Condition, Diagnostic> {
        let tested = self.tested(address, columns, scope)?;
        let Some(constants) = self.constants(networks, scope)? else {
            if let Some(list) = self.external_list(networks, scope)? {
                let message =
                    format!("networks of the list `{}` cannot be tested elsewhere", list.table.name);
                return Err(unsupported(networks.span(), message));
            }
            let message = format!("`{}` needs constant networks", call.function.text);
            return Err(unsupported(networks.span(), message));
        };
        let mut tests = Vec::new();
        for constant in constants {
            let Constant::Text(text) = &constant else {
                return Err(unsupported(networks.span(), "a network is text"));
            };
            let network = network(text).ok_or_else(|| {
                Diagnostic::new(Code::InvalidCidr, networks.span(), format!("`{text}` is no network"))
            })?;
            tests.push(tested.is(Test::Cidr(network)));
        }
        Ok(closed(Condition::any(tests), positive, || not_ipv4(&tested)))
    }
}

/// A value by cases as a condition; nothing if a case is no truth value.
fn case_condition(cases: Vec<(Condition, Value)>, otherwise: Value, positive: bool) -> Option<Condition> {
    let truth = |value: Value| match value {
        Value::Constant(Constant::Boolean(value)) if value == positive => Some(Condition::Always),
        Value::Constant(Constant::Boolean(_) | Constant::Null) => Some(Condition::Never),
        Value::Holds(condition) if positive => Some(*condition),
        Value::Holds(condition) => Some(Condition::not(*condition)),
        _ => None,
    };
    let mut alternatives = Vec::new();
    let mut not_before = Vec::new();
    for (condition, value) in cases {
        let here = Condition::all(not_before.iter().cloned().chain([condition.clone(), truth(value)?]));
        alternatives.push(here);
        not_before.push(Condition::not(condition));
    }
    alternatives.push(Condition::all(not_before.into_iter().chain([truth(otherwise)?])));
    Some(Condition::any(alternatives))
}

/// Functions with a form of their own that [`Reader::value`] knows.
fn is_value_function(name: &str) -> bool {
    matches!(
        name,
        "case" | "column_ifexists" | "columnifexists" | "datetime_diff" | "dayofweek" | "tobool" | "coalesce"
    )
}
