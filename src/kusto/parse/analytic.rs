//! Operators of analysis: series, patterns, steps, nested tops.

use super::{Parser, Result};
use crate::kusto::ast::{MakeSeries, Operator, Scan, ScanStep, TopNested};

impl Parser<'_> {
    pub(super) fn make_series(&mut self) -> Result<Operator> {
        let parameters = self.parameters(&["kind"])?;
        let aggregates = self.separated(|parser| {
            let column = parser.column()?;
            let default = if parser.take_word("default") {
                parser.expect_sign("=", "`default`")?;
                Some(parser.expression()?)
            } else {
                None
            };
            Ok((column, default))
        })?;
        self.expect_word("on", "the series")?;
        let on = self.sum()?;
        let mut series = MakeSeries {
            parameters,
            aggregates,
            on,
            from: None,
            to: None,
            in_range: None,
            step: None,
            by: Vec::new(),
        };
        if self.take_word("in") {
            self.expect_word("range", "`in`")?;
            self.expect_sign("(", "`range`")?;
            let from = self.expression()?;
            self.expect_sign(",", "the start")?;
            let to = self.expression()?;
            self.expect_sign(",", "the end")?;
            let step = self.expression()?;
            self.expect_sign(")", "the step")?;
            series.in_range = Some((from, to, step));
        }
        if self.take_word("from") {
            series.from = Some(self.expression()?);
        }
        if self.take_word("to") {
            series.to = Some(self.expression()?);
        }
        if self.take_word("step") {
            series.step = Some(self.expression()?);
        }
        if self.take_word("by") {
            series.by = self.columns()?;
        }
        Ok(Operator::MakeSeries(Box::new(series)))
    }

    pub(super) fn reduce(&mut self) -> Result<Operator> {
        let parameters = self.parameters(&["kind"])?;
        self.expect_word("by", "`reduce`")?;
        let by = self.expression()?;
        let with =
            if self.take_word("with") { self.parameters(&["threshold", "characters"])? } else { Vec::new() };
        Ok(Operator::Reduce(parameters, by, with))
    }

    pub(super) fn scan(&mut self) -> Result<Operator> {
        let parameters = self.parameters(&["with_match_id"])?;
        let mut scan = Scan {
            parameters,
            order: Vec::new(),
            partition: Vec::new(),
            declared: Vec::new(),
            steps: Vec::new(),
        };
        if self.take_word("order") {
            self.expect_word("by", "`order`")?;
            scan.order = self.separated(Self::ordered)?;
        }
        if self.take_word("partition") {
            self.expect_word("by", "`partition`")?;
            scan.partition = self.separated(Self::expression)?;
        }
        if self.take_word("declare") {
            self.expect_sign("(", "`declare`")?;
            scan.declared = self.separated(Self::function_parameter)?;
            self.expect_sign(")", "the declarations")?;
        }
        self.expect_word("with", "`scan`")?;
        self.expect_sign("(", "`with`")?;
        while self.take_word("step") {
            scan.steps.push(self.scan_step()?);
            while self.take_sign(";") {}
        }
        self.expect_sign(")", "the steps")?;
        Ok(Operator::Scan(Box::new(scan)))
    }

    fn scan_step(&mut self) -> Result<ScanStep> {
        let name = self.name("a step's name")?;
        let is_optional = self.take_word("optional");
        let output = if self.is_word("output") {
            self.skip();
            self.expect_sign("=", "`output`")?;
            Some(self.name("`all`, `last` or `none`")?)
        } else {
            None
        };
        self.expect_sign(":", "the step's name")?;
        let condition = self.expression()?;
        let assignments = if self.take_sign("=>") { self.columns()? } else { Vec::new() };
        Ok(ScanStep { name, is_optional, output, condition, assignments })
    }

    pub(super) fn top_nested(&mut self) -> Result<Operator> {
        let mut levels = vec![self.top_nested_level()?];
        while self.take_sign(",") {
            self.operator_name(&["top-nested"]);
            levels.push(self.top_nested_level()?);
        }
        Ok(Operator::TopNested(levels))
    }

    fn top_nested_level(&mut self) -> Result<TopNested> {
        let count = if self.is_word("of") { None } else { Some(self.expression()?) };
        self.expect_word("of", "`top-nested`")?;
        let of = self.column()?;
        let others = if self.take_word("with") {
            self.expect_word("others", "`with`")?;
            self.expect_sign("=", "`others`")?;
            Some(self.expression()?)
        } else {
            None
        };
        self.expect_word("by", "the column")?;
        let by = self.column()?;
        let ascending = if self.take_word("asc") {
            Some(true)
        } else if self.take_word("desc") {
            Some(false)
        } else {
            None
        };
        Ok(TopNested { count, of, others, by, ascending })
    }
}
