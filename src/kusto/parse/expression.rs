//! Operators between operands, loosest first: `or`, `and`, equality and lists, order, sums, products, text.

use super::{Parser, Result, words};
use crate::kusto::{
    ast::{BinaryOperator as Op, Expression, InOperator},
    lex::Kind,
};

impl Parser<'_> {
    /// A scalar expression.
    pub(super) fn expression(&mut self) -> Result<Expression> {
        self.deeper(Self::or)
    }

    fn or(&mut self) -> Result<Expression> {
        self.junction("or", Self::and, Expression::Or)
    }

    fn and(&mut self) -> Result<Expression> {
        self.junction("and", Self::equality, Expression::And)
    }

    fn junction(
        &mut self,
        word: &str,
        operand: fn(&mut Self) -> Result<Expression>,
        join: fn(Vec<Expression>) -> Expression,
    ) -> Result<Expression> {
        let first = operand(self)?;
        if !self.is_word(word) {
            if let Some(other) = self.word().filter(|other| other.eq_ignore_ascii_case(word)) {
                let message = format!("there is no operator `{other}`");
                let help = format!("write `{word}`, in lower case");
                return Err(self.fault(self.here(), message, Some(&help)));
            }
            return Ok(first);
        }
        let mut terms = vec![first];
        while self.take_word(word) {
            terms.push(operand(self)?);
        }
        Ok(join(terms))
    }

    fn equality(&mut self) -> Result<Expression> {
        let before = std::mem::take(&mut self.links);
        let result = self.equality_chain();
        self.links = self.links.max(before);
        result
    }

    fn equality_chain(&mut self) -> Result<Expression> {
        let start = self.start();
        let mut left = self.relation()?;
        loop {
            let operator = match &self.token().kind {
                Kind::Sign("==") => Op::Equal,
                Kind::Sign("!=" | "<>") => Op::NotEqual,
                Kind::Sign("=") => {
                    let help = "write `==` to compare";
                    return Err(self.fault(self.here(), "a value cannot be assigned here", Some(help)));
                }
                Kind::Word(word) => {
                    let Some(rest) = self.word_test(&word.clone(), left.clone(), start)? else {
                        return Ok(left);
                    };
                    self.link()?;
                    left = rest;
                    continue;
                }
                _ => return Ok(left),
            };
            self.skip();
            self.link()?;
            left = Expression::binary(left, operator, self.relation()?);
        }
    }

    /// `in (…)`, `has_any (…)`, `between (… .. …)`.
    fn word_test(&mut self, word: &str, left: Expression, start: usize) -> Result<Option<Expression>> {
        let operator = match word {
            "in" => InOperator::In,
            "!in" => InOperator::NotIn,
            "in~" => InOperator::InNoCase,
            "!in~" => InOperator::NotInNoCase,
            "has_any" => InOperator::HasAny,
            "has_all" => InOperator::HasAll,
            "between" | "!between" => return self.between(word == "!between", left, start).map(Some),
            "!has_any" | "!has_all" => {
                let positive = &word[1..];
                let help = format!("write `not(x {positive} (…))`");
                return Err(self.fault(self.here(), format!("there is no operator `{word}`"), Some(&help)));
            }
            _ => return Ok(None),
        };
        self.skip();
        let values = if self.is_sign("(") {
            self.skip();
            let values = if self.is_sign(")") { Vec::new() } else { self.separated(Self::element)? };
            self.expect_sign(")", "the list")?;
            values
        } else if matches!(operator, InOperator::HasAny | InOperator::HasAll) {
            vec![self.postfixed()?]
        } else {
            let help = format!("a list stands in parentheses: `{word} (…)`");
            let message = format!("expected `(` after `{word}`, found {}", self.found());
            return Err(self.fault(self.here(), message, Some(&help)));
        };
        Ok(Some(Expression::In(Box::new(left), operator, values, self.since(start))))
    }

    /// A value of a list, or the rows that hold the values.
    fn element(&mut self) -> Result<Expression> {
        self.query().map(super::statement::as_expression)
    }

    fn between(&mut self, negated: bool, left: Expression, start: usize) -> Result<Expression> {
        self.skip();
        self.expect_sign("(", "`between`")?;
        let from = Box::new(self.expression()?);
        self.expect_sign("..", "the least value")?;
        let to = Box::new(self.expression()?);
        self.expect_sign(")", "the greatest value")?;
        Ok(Expression::Between { value: Box::new(left), negated, from, to, place: self.since(start) })
    }

    fn relation(&mut self) -> Result<Expression> {
        let mut left = self.sum()?;
        loop {
            let operator = match &self.token().kind {
                Kind::Sign("<") => Op::Less,
                Kind::Sign("<=") => Op::LessOrEqual,
                Kind::Sign(">") => Op::Greater,
                Kind::Sign(">=") => Op::GreaterOrEqual,
                _ => return Ok(left),
            };
            self.skip();
            self.link()?;
            left = Expression::binary(left, operator, self.sum()?);
        }
    }

    pub(super) fn sum(&mut self) -> Result<Expression> {
        let mut left = self.product()?;
        loop {
            let operator = match &self.token().kind {
                Kind::Sign("+") => Op::Add,
                Kind::Sign("-") => Op::Subtract,
                _ => return Ok(left),
            };
            self.skip();
            self.link()?;
            left = Expression::binary(left, operator, self.product()?);
        }
    }

    fn product(&mut self) -> Result<Expression> {
        let mut left = self.text_test()?;
        loop {
            let operator = match &self.token().kind {
                Kind::Sign("*") => Op::Multiply,
                Kind::Sign("/") => Op::Divide,
                Kind::Sign("%") => Op::Modulo,
                _ => return Ok(left),
            };
            self.skip();
            self.link()?;
            left = Expression::binary(left, operator, self.text_test()?);
        }
    }

    fn text_test(&mut self) -> Result<Expression> {
        let left = self.signed()?;
        let operator = match &self.token().kind {
            Kind::Sign("=~") => Op::EqualNoCase,
            Kind::Sign("!~") => Op::NotEqualNoCase,
            Kind::Sign(":") => Op::Search,
            Kind::Word(word) if words::TEXT_OPERATORS.contains(&word.as_str()) => {
                let word = word.clone();
                return self.text_operator(&word, left);
            }
            Kind::Word(word) if word.starts_with('!') => {
                if matches!(word.as_str(), "!in" | "!in~" | "!between" | "!has_any" | "!has_all") {
                    return Ok(left);
                }
                let message = format!("there is no operator `{word}`");
                return Err(self.fault(self.here(), message, Some("write `not(…)` around the test")));
            }
            _ => return Ok(left),
        };
        self.skip();
        Ok(Expression::binary(left, operator, self.signed()?))
    }

    fn text_operator(&mut self, word: &str, left: Expression) -> Result<Expression> {
        let operator_place = self.here();
        self.skip();
        if word == "matches" {
            self.expect_word("regex", "`matches`")?;
            return Ok(Expression::binary(left, Op::MatchesRegex, self.signed()?));
        }
        let Some(operator) = operator(word) else {
            return Err(self.fault(operator_place, format!("there is no operator `{word}`"), None));
        };
        if self.is_sign("(") && matches!(self.ahead(1), Kind::Literal(_)) && *self.ahead(2) == Kind::Sign(",")
        {
            let help = match word {
                "has" | "has_cs" => "write `has_any (…)` for one of several terms, `has_all (…)` for all",
                _ => "write one test for each value, with `or` between",
            };
            return Err(self.fault(self.here(), format!("`{word}` takes one value"), Some(help)));
        }
        Ok(Expression::binary(left, operator, self.signed()?))
    }

    fn signed(&mut self) -> Result<Expression> {
        let start = self.start();
        let negative = match &self.token().kind {
            Kind::Sign("-") => true,
            Kind::Sign("+") => false,
            _ => return self.postfixed(),
        };
        self.skip();
        // Signs of signs are laid out in parentheses, and nest as deeply as those.
        let value = if matches!(self.token().kind, Kind::Sign("-" | "+")) {
            self.deeper(|parser| parser.deeper(|parser| parser.deeper(Self::signed)))?
        } else {
            self.deeper(Self::signed)?
        };
        let value = Box::new(value);
        Ok(Expression::Signed { negative, value, place: self.since(start) })
    }
}

/// The operator of a word; older spellings mean those of today.
fn operator(word: &str) -> Option<Op> {
    let today = match word {
        "containscs" => "contains_cs",
        "!containscs" | "notcontainscs" => "!contains_cs",
        "notcontains" => "!contains",
        "nothas" => "!has",
        other => other,
    };
    Op::ALL.iter().find(|operator| operator.as_str() == today).copied()
}
