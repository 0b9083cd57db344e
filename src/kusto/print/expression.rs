//! Scalar expressions.

use std::collections::VecDeque;

use super::{
    Printer,
    layout::Doc,
    literal::{constant, json, json_text},
    name, name_apart, word,
};
use crate::kusto::ast::{Argument, BinaryOperator, Call, Dynamic, Expression, Name, Place, Query};

/// Functions whose argument is a query; elsewhere one stands in parentheses of its own.
const OF_QUERIES: &[&str] = &["materialize", "toscalar", "totable"];

/// How tightly an expression binds, loosest first. All comparisons are one level: the grammar has several, and which
/// of them bind tighter than others, nobody knows by heart.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
pub(super) enum Precedence {
    Or,
    And,
    Comparison,
    Sum,
    Product,
    Signed,
    Primary,
}

fn precedence(expression: &Expression) -> Precedence {
    match expression {
        Expression::Or(_) => Precedence::Or,
        Expression::And(_) => Precedence::And,
        Expression::In(..) | Expression::Between { .. } => Precedence::Comparison,
        Expression::Binary(_, operator, _) => of_operator(*operator),
        Expression::Signed { .. } => Precedence::Signed,
        _ => Precedence::Primary,
    }
}

fn of_operator(operator: BinaryOperator) -> Precedence {
    use BinaryOperator as Op;
    match operator {
        Op::Add | Op::Subtract => Precedence::Sum,
        Op::Multiply | Op::Divide | Op::Modulo => Precedence::Product,
        _ => Precedence::Comparison,
    }
}

/// How tightly the operands of an operator must bind, left and right. Sums and products associate to the left; tests
/// of texts bind tighter than either.
fn operands(operator: BinaryOperator) -> (Precedence, Precedence) {
    use BinaryOperator as Op;
    match operator {
        Op::Add | Op::Subtract => (Precedence::Sum, Precedence::Product),
        Op::Multiply | Op::Divide | Op::Modulo => (Precedence::Product, Precedence::Signed),
        Op::Equal | Op::NotEqual | Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => {
            (Precedence::Sum, Precedence::Sum)
        }
        _ => (Precedence::Signed, Precedence::Signed),
    }
}

impl Printer<'_> {
    /// An expression on its own.
    pub(super) fn expression(&mut self, expression: &Expression) -> Doc {
        match expression {
            Expression::And(terms) => Doc::group(self.junction(terms, "and ", true)),
            Expression::Or(terms) => Doc::group(self.junction(terms, "or ", true)),
            other => self.operand(other, Precedence::Or),
        }
    }

    /// The terms of a predicate after an operator's word, always one a line.
    pub(super) fn clause(&mut self, predicate: &Expression) -> Doc {
        let (terms, word) = match predicate {
            Expression::And(terms) => (terms, "and "),
            Expression::Or(terms) => (terms, "or "),
            other => return Doc::indented(Doc::group_from_indent(self.operand(other, Precedence::Or))),
        };
        let mut lines = Vec::new();
        for (index, term) in terms.iter().enumerate() {
            if index > 0 {
                lines.push(Doc::Break);
            }
            lines.push(self.before_term(term));
            lines.push(Doc::text(if index > 0 { word } else { "" }));
            lines.push(self.term(term));
        }
        Doc::indented(lines)
    }

    fn junction(&mut self, terms: &[Expression], word: &str, indented: bool) -> Doc {
        let mut first = Doc::Nothing;
        let mut others = Vec::new();
        for (index, term) in terms.iter().enumerate() {
            let before = self.before_term(term);
            let term = self.term(term);
            if index == 0 {
                first = Doc::from([before, term]);
            } else {
                others.extend([Doc::Line(" "), before, Doc::text(word), term]);
            }
        }
        Doc::from([first, if indented { Doc::indented(others) } else { others.into() }])
    }

    fn before_term(&mut self, term: &Expression) -> Doc {
        match term {
            Expression::And(_) | Expression::Or(_) | Expression::Query(_) => {
                self.comments.before_parenthesis(term.span())
            }
            _ => self.comments.before(term.span()),
        }
    }

    /// A term of a junction. One that is a junction itself gets parentheses, also where it would bind without.
    fn term(&mut self, term: &Expression) -> Doc {
        Doc::group_from_indent(self.operand(term, Precedence::Comparison))
    }

    /// An operand, in parentheses if it binds more loosely than its place allows.
    pub(super) fn operand(&mut self, expression: &Expression, at_least: Precedence) -> Doc {
        if precedence(expression) >= at_least {
            return self.inline(expression);
        }
        let inner = match expression {
            Expression::And(terms) => self.junction(terms, "and ", false),
            Expression::Or(terms) => self.junction(terms, "or ", false),
            other => return Doc::from([Doc::text("("), self.inline(other), Doc::text(")")]),
        };
        Doc::group_from_indent(Doc::enclosed("(", inner, ")"))
    }

    pub(super) fn primary(&mut self, expression: &Expression) -> Doc {
        self.operand(expression, Precedence::Primary)
    }

    fn inline(&mut self, expression: &Expression) -> Doc {
        match expression {
            Expression::Literal(literal, place) => Doc::text(constant(literal, *place)),
            Expression::Dynamic(value, place) => self.dynamic(value, *place),
            Expression::Name(it) => Doc::text(name(&it.text)),
            Expression::Pattern(it) => Doc::text(pattern(&it.text)),
            Expression::Star(_) => Doc::text("*"),
            Expression::Side(it) => Doc::text(side(&it.text)),
            Expression::Member(object, member) => self.member(object, member),
            Expression::Index(object, index) => {
                let object = self.primary(object);
                Doc::from([object, Doc::text("["), self.expression(index), Doc::text("]")])
            }
            Expression::Binary(left, operator, right) => self.binary(left, *operator, right),
            Expression::In(value, operator, values, _) => {
                let value = self.operand(value, Precedence::Sum);
                let open = Doc::from([value, Doc::text(format!(" {} (", operator.as_str()))]);
                self.bracketed(open, values, ")")
            }
            Expression::Between { value, negated, from, to, .. } => {
                let value = self.operand(value, Precedence::Sum);
                let operator = if *negated { " !between (" } else { " between (" };
                let (from, to) = (self.expression(from), self.expression(to));
                Doc::from([value, Doc::text(operator), from, Doc::text(" .. "), to, Doc::text(")")])
            }
            Expression::Signed { negative, value, .. } => {
                let sign = Doc::text(if *negative { "-" } else { "+" });
                let value = self.primary(value);
                // `--` is refused, also where the second sign is a number's.
                let starts_signed = value.lay_out().starts_with(['-', '+']);
                if starts_signed {
                    Doc::from([sign, Doc::text("("), value, Doc::text(")")])
                } else {
                    Doc::from([sign, value])
                }
            }
            Expression::Call(call) => self.call(call),
            Expression::And(terms) => self.junction(terms, "and ", false),
            Expression::Or(terms) => self.junction(terms, "or ", false),
            Expression::Query(query) => self.parenthesized(query),
            Expression::DataTable(schema, values, _) => self.data_table(schema, values),
            Expression::ExternalData { schema, uris, properties, .. } => {
                self.external_data(schema, uris, properties)
            }
        }
    }

    fn member(&mut self, object: &Expression, member: &Name) -> Doc {
        let object = self.primary(object);
        let name = name_apart(&member.text);
        // With a dot it is read as a member, without one as an element.
        let is_read = member.place.0.end > 0;
        let dot = if is_read || !name.starts_with('[') { "." } else { "" };
        Doc::from([object, Doc::text(dot), Doc::text(name)])
    }

    fn binary(&mut self, left: &Expression, operator: BinaryOperator, right: &Expression) -> Doc {
        let (left_at_least, right_at_least) = operands(operator);
        let left = self.operand(left, left_at_least);
        let right = self.operand(right, right_at_least);
        let sign = match operator {
            BinaryOperator::Search => ":".to_owned(),
            other => format!(" {} ", other.as_str()),
        };
        Doc::from([left, Doc::text(sign), right])
    }

    /// A query in parentheses, its operators on lines of their own.
    pub(super) fn parenthesized(&mut self, query: &Query) -> Doc {
        let inner = self.enclosed_query(query);
        Doc::enclosed("(", inner, ")")
    }

    /// A query and the comments before the bracket that closes after it.
    pub(super) fn enclosed_query(&mut self, query: &Query) -> Doc {
        let inner = self.query(query);
        Doc::from([inner, self.comments.before_end(query.span())])
    }

    pub(super) fn call(&mut self, call: &Call) -> Doc {
        let mut head = Vec::new();
        if let Some(object) = &call.on {
            head.extend([self.primary(object), Doc::text(".")]);
        }
        head.push(Doc::text(function(&call.function.text)));
        head.push(Doc::text("("));
        match call.arguments.as_slice() {
            [] => head.push(Doc::text(")")),
            // Types are words of the language.
            [Argument { name: None, value: Expression::Name(ty) }] if &*call.function.text == "typeof" => {
                head.push(Doc::text(format!("{})", word(&ty.text))));
            }
            [Argument { name: None, value: Expression::Query(query) }]
                if OF_QUERIES.contains(&&*call.function.text) =>
            {
                let inner = self.enclosed_query(query);
                return Doc::enclosed(head, inner, ")");
            }
            [Argument { name: None, value: Expression::And(_) | Expression::Or(_) }] => {
                let inner = match &call.arguments[0].value {
                    Expression::And(terms) => self.junction(terms, "and ", false),
                    Expression::Or(terms) => self.junction(terms, "or ", false),
                    _ => Doc::Nothing,
                };
                return Doc::enclosed(head, inner, ")");
            }
            [only] if only.name.is_none() => head.extend([self.argument(only), Doc::text(")")]),
            several => {
                let arguments = self.enclosed_items(several, |it| it.value.span(), Self::argument);
                return Doc::enclosed(head, arguments, ")");
            }
        }
        head.into()
    }

    pub(super) fn argument(&mut self, argument: &Argument) -> Doc {
        let name = argument.name.as_ref().map_or(String::new(), |name| format!("{}=", parameter(&name.text)));
        Doc::from([Doc::text(name), self.expression(&argument.value)])
    }

    fn dynamic(&mut self, value: &Dynamic, place: Place) -> Doc {
        let mut starts = self.comments.elements(place);
        let value = self.json(value, &mut starts);
        // The lists that rulec writes repeat what the query asks further down, and are not for reading.
        let value = if self.is_own { value.on_one_line() } else { value };
        Doc::from([Doc::text("dynamic("), value, self.comments.within(place), Doc::text(")")])
    }

    fn json(&mut self, value: &Dynamic, starts: &mut VecDeque<u32>) -> Doc {
        match value {
            Dynamic::Null => Doc::text("null"),
            Dynamic::Literal(literal) => Doc::text(json(literal)),
            Dynamic::Array(values) if values.is_empty() => Doc::text("[]"),
            Dynamic::Bag(members) if members.is_empty() => Doc::text("{}"),
            Dynamic::Array(values) => {
                let mut items = Vec::new();
                for value in values {
                    let before = self.before_element(starts);
                    items.push(Doc::from([before, self.json(value, starts)]));
                }
                Doc::enclosed("[", Doc::listed(items), "]")
            }
            Dynamic::Bag(members) => {
                let mut items = Vec::new();
                for (key, value) in members {
                    let before = self.before_element(starts);
                    let key = Doc::text(format!("{}: ", json_text(key)));
                    items.push(Doc::from([before, key, self.json(value, starts)]));
                }
                Doc::enclosed("{", Doc::listed(items), "}")
            }
        }
    }

    fn before_element(&mut self, starts: &mut VecDeque<u32>) -> Doc {
        let Some(start) = starts.pop_front() else { return Doc::Nothing };
        self.comments.before(crate::diag::Span { start, end: start })
    }
}

/// A function's name. Only words that start something else cannot be one.
fn function(text: &str) -> String {
    match text {
        "and" | "or" | "dynamic" | "datatable" | "externaldata" | "external_data" => name(text),
        other if other.contains(['.', '-']) => name(other),
        other => word(other),
    }
}

/// The name before an argument, which may start with a digit.
fn parameter(text: &str) -> String {
    let is_bare = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_bare { text.to_owned() } else { name(text) }
}

/// A name with `*` in it.
fn pattern(text: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '*' | '$' | '@' | '#');
    if text.chars().all(is_part) { text.to_owned() } else { name(text) }
}

/// `$left` or `$right`.
fn side(text: &str) -> String {
    let is_word = |rest: &str| rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if text.strip_prefix('$').is_some_and(is_word) { text.to_owned() } else { name(text) }
}
