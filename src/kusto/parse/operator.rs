//! Tabular operators.

use super::{Parser, Result};
use crate::kusto::{
    ast::{
        Aggregation, Call, Column, Expression, Join, Literal, MvApply, MvExpand, MvItem, Name, Operator,
        Parameter, Parse, ParsePart, Partition, Place, Query, RowSchema, Search, Source, Step,
    },
    lex::Kind,
};

impl Parser<'_> {
    /// The operator of a name, which has been taken.
    pub(super) fn operator(&mut self, name: &'static str, start: usize) -> Result<Operator> {
        match name {
            "as" => {
                let parameters = self.parameters(&["hint"])?;
                Ok(Operator::As(parameters, self.name("a name after `as`")?))
            }
            "assert-schema" => self.row_schema().map(Operator::AssertSchema),
            "consume" => self.parameters(&["decodeblocks"]).map(Operator::Consume),
            "count" => Ok(Operator::Count),
            "distinct" => {
                let parameters = self.parameters(&[])?;
                Ok(Operator::Distinct(parameters, self.separated(Self::column_or_star)?))
            }
            "evaluate" => self.evaluate(),
            "extend" => self.columns().map(Operator::Extend),
            "facet" => self.facet(),
            "find" => self.search(&["withsource", "datascope"]).map(Operator::Find),
            "fork" => self.fork(),
            "getschema" => Ok(Operator::GetSchema),
            "invoke" => self.plain_call().map(Operator::Invoke),
            "join" => self.join().map(Operator::Join),
            "lookup" => self.join().map(Operator::Lookup),
            "make-series" => self.make_series(),
            "mv-apply" | "mvapply" => self.mv_apply(),
            "mv-expand" | "mvexpand" => self.mv_expand(),
            "parse" => self.parse_operator(false),
            "parse-where" => self.parse_operator(true),
            "parse-kv" => self.parse_kv(),
            "partition" => self.partition(),
            "print" => self.columns().map(Operator::Print),
            "project" => self.optional_columns().map(Operator::Project),
            "project-away" => self.separated(Self::column_or_star).map(Operator::ProjectAway),
            "project-by-names" => self.separated(Self::expression).map(Operator::ProjectByNames),
            "project-keep" => self.separated(Self::column_or_star).map(Operator::ProjectKeep),
            "project-rename" => self.columns().map(Operator::ProjectRename),
            "project-reorder" => self.reorder(),
            "range" => self.range(),
            "reduce" => self.reduce(),
            "render" => self.render(),
            "sample" => self.expression().map(Operator::Sample),
            "sample-distinct" => {
                let count = self.expression()?;
                self.expect_word("of", "the number")?;
                Ok(Operator::SampleDistinct(count, self.expression()?))
            }
            "scan" => self.scan(),
            "search" => self.search(&["kind"]).map(Operator::Search),
            "serialize" => self.optional_columns().map(Operator::Serialize),
            "sort" | "order" => {
                let parameters = self.parameters(&[])?;
                self.expect_word("by", &format!("`{name}`"))?;
                Ok(Operator::Sort(parameters, self.separated(Self::ordered)?))
            }
            "summarize" => self.summarize().map(Operator::Summarize),
            "take" | "limit" => {
                self.parameters(&[])?;
                self.expression().map(Operator::Take)
            }
            "top" => {
                let parameters = self.parameters(&[])?;
                let count = self.expression()?;
                self.expect_word("by", "the number")?;
                Ok(Operator::Top(parameters, count, self.separated(Self::ordered)?))
            }
            "top-hitters" => {
                let count = self.expression()?;
                self.expect_word("of", "the number")?;
                let of = self.expression()?;
                let by = if self.take_word("by") { Some(self.expression()?) } else { None };
                Ok(Operator::TopHitters(count, of, by))
            }
            "top-nested" => self.top_nested(),
            "union" => self.union(),
            "where" | "filter" => {
                let parameters = self.parameters(&[])?;
                Ok(Operator::Where(parameters, self.expression()?))
            }
            graph => self.graph(graph, start),
        }
    }

    fn optional_columns(&mut self) -> Result<Vec<Column>> {
        if self.is_end() || matches!(self.token().kind, Kind::Sign("|" | ";" | ")" | "}")) {
            return Ok(Vec::new());
        }
        self.columns()
    }

    /// A column, a pattern of names, or `*`.
    fn column_or_star(&mut self) -> Result<Expression> {
        if let Some(pattern) = self.pattern() {
            return Ok(pattern);
        }
        self.expression()
    }

    fn plain_call(&mut self) -> Result<Call> {
        match self.primary()? {
            Expression::Call(call) => Ok(call),
            other => Err(self.fault(other.span(), "expected a call: `f(…)`", None)),
        }
    }

    fn evaluate(&mut self) -> Result<Operator> {
        let parameters = self.parameters(&[])?;
        let call = self.plain_call()?;
        let schema = if self.take_sign(":") { Some(self.row_schema()?) } else { None };
        Ok(Operator::Evaluate(parameters, call, schema))
    }

    fn facet(&mut self) -> Result<Operator> {
        self.expect_word("by", "`facet`")?;
        let by = self.separated(Self::expression)?;
        let with = if self.take_word("with") {
            self.expect_sign("(", "`with`")?;
            let steps = self.steps()?;
            self.expect_sign(")", "the operators")?;
            Some(Box::new(Query {
                source: Source::Expression(Expression::Star(Place::default())),
                operators: steps,
            }))
        } else {
            None
        };
        Ok(Operator::Facet(by, with))
    }

    /// Operators without a source: `where … | take 5`.
    fn steps(&mut self) -> Result<Vec<Step>> {
        self.deeper(|parser| {
            parser.take_sign("|");
            let mut steps = vec![parser.step()?];
            while parser.take_sign("|") {
                steps.push(parser.step()?);
            }
            Ok(steps)
        })
    }

    fn fork(&mut self) -> Result<Operator> {
        let mut branches = Vec::new();
        loop {
            let name = if *self.ahead(1) == Kind::Sign("=") {
                let name = self.name("a name")?;
                self.skip();
                Some(name)
            } else {
                None
            };
            if !self.take_sign("(") {
                break;
            }
            branches.push((name, self.steps()?));
            self.expect_sign(")", "the branch")?;
            self.take_sign(",");
        }
        Ok(Operator::Fork(branches))
    }

    fn join(&mut self) -> Result<Join> {
        let parameters = self.parameters(&["kind", "withsource"])?;
        let right = if self.is_sign("(") { self.parenthesized()? } else { self.postfixed()? };
        let on = if self.take_word("on") {
            // Conditions with `and` between mean what a comma means.
            let mut on = Vec::new();
            for condition in self.separated(Self::expression)? {
                match condition {
                    Expression::And(terms) => on.extend(terms),
                    other => on.push(other),
                }
            }
            on
        } else if self.take_word("where") {
            vec![self.expression()?]
        } else {
            return Err(self.expected("`on` and the columns that have to be equal"));
        };
        Ok(Join { parameters, right: Box::new(right), on })
    }

    fn mv_items(&mut self) -> Result<(Vec<Parameter>, Vec<MvItem>, Option<Expression>)> {
        let parameters = self.parameters(&["kind", "bagexpansion", "with_itemindex"])?;
        let items = self.separated(|parser| {
            let column = parser.column()?;
            let ty = if parser.take_word("to") {
                parser.expect_word("typeof", "`to`")?;
                parser.expect_sign("(", "`typeof`")?;
                let ty = parser.type_name()?;
                parser.expect_sign(")", "the type")?;
                Some(ty)
            } else {
                None
            };
            Ok(MvItem { column, ty })
        })?;
        let limit = if self.take_word("limit") { Some(self.expression()?) } else { None };
        Ok((parameters, items, limit))
    }

    fn mv_expand(&mut self) -> Result<Operator> {
        let (parameters, items, limit) = self.mv_items()?;
        Ok(Operator::MvExpand(MvExpand { parameters, items, limit }))
    }

    fn mv_apply(&mut self) -> Result<Operator> {
        let (parameters, items, limit) = self.mv_items()?;
        self.expect_word("on", "the arrays")?;
        self.expect_sign("(", "`on`")?;
        let on = self.steps()?;
        self.expect_sign(")", "the operators")?;
        Ok(Operator::MvApply(Box::new(MvApply { parameters, items, limit, on })))
    }

    fn parse_operator(&mut self, only_matching: bool) -> Result<Operator> {
        let parameters = self.parameters(&["kind", "flags"])?;
        let text = self.expression()?;
        self.expect_word("with", "the text")?;
        let mut pattern = Vec::new();
        loop {
            match &self.token().kind {
                Kind::Sign("*") => {
                    self.skip();
                    pattern.push(ParsePart::Any);
                }
                Kind::Literal(Literal::String(text) | Literal::Hidden(text)) => {
                    let text = text.clone();
                    self.skip();
                    pattern.push(ParsePart::Text(text));
                }
                Kind::Word(_) | Kind::Sign("[") => {
                    let name = self.name("a column")?;
                    let ty = if self.take_sign(":") { Some(self.type_name()?) } else { None };
                    pattern.push(ParsePart::Column(name, ty));
                }
                _ => break,
            }
        }
        if pattern.is_empty() {
            return Err(self.expected("a pattern of texts, columns and `*`"));
        }
        Ok(Operator::Parse(Parse { only_matching, parameters, text, pattern }))
    }

    fn parse_kv(&mut self) -> Result<Operator> {
        let text = self.expression()?;
        self.expect_word("as", "the text")?;
        let schema = self.row_schema()?;
        let mut parameters = Vec::new();
        if self.take_word("with") {
            self.expect_sign("(", "`with`")?;
            parameters = self.separated(|parser| {
                let name = parser.name("a property")?;
                parser.expect_sign("=", "the property")?;
                Ok(Parameter { name, value: parser.expression()? })
            })?;
            self.expect_sign(")", "the properties")?;
        }
        Ok(Operator::ParseKv(text, schema, parameters))
    }

    fn partition(&mut self) -> Result<Operator> {
        let parameters = self.parameters(&[])?;
        self.expect_word("by", "`partition`")?;
        let by = Expression::Name(self.name("a column")?);
        let in_braces = self.is_sign("{");
        let query = if in_braces {
            self.skip();
            let query = self.query()?;
            self.expect_sign("}", "the query")?;
            query
        } else {
            self.expect_sign("(", "the column")?;
            let operators = self.steps()?;
            self.expect_sign(")", "the operators")?;
            Query { source: Source::Expression(Expression::Star(Place::default())), operators }
        };
        Ok(Operator::Partition(Partition { parameters, by, query: Box::new(query), in_braces }))
    }

    fn reorder(&mut self) -> Result<Operator> {
        let columns = self.separated(|parser| match parser.pattern() {
            Some(value) => {
                let ascending = if parser.take_word("asc") || parser.take_word("granny-asc") {
                    Some(true)
                } else if parser.take_word("desc") || parser.take_word("granny-desc") {
                    Some(false)
                } else {
                    None
                };
                Ok(crate::kusto::ast::Ordered { value, ascending, nulls: None })
            }
            None => parser.ordered(),
        })?;
        Ok(Operator::ProjectReorder(columns))
    }

    fn range(&mut self) -> Result<Operator> {
        let column = self.name("a column after `range`")?;
        self.expect_word("from", "the column")?;
        let from = self.expression()?;
        self.expect_word("to", "the start")?;
        let to = self.expression()?;
        self.expect_word("step", "the end")?;
        Ok(Operator::Range { column, from, to, step: self.expression()? })
    }

    fn render(&mut self) -> Result<Operator> {
        const PROPERTIES: &[&str] = &[
            "kind",
            "title",
            "xcolumn",
            "ycolumns",
            "series",
            "legend",
            "xtitle",
            "ytitle",
            "xaxis",
            "yaxis",
            "accumulate",
            "anomalycolumns",
            "ymin",
            "ymax",
            "xmin",
            "xmax",
            "ysplit",
            "xsplit",
            "by",
        ];
        let chart = self.name("a chart after `render`")?;
        let mut parameters = self.parameters(PROPERTIES)?;
        if self.take_word("with") {
            self.expect_sign("(", "`with`")?;
            while !self.is_sign(")") {
                let name = self.name("a property")?;
                self.expect_sign("=", "the property")?;
                parameters.push(Parameter { name, value: self.render_value()? });
                if !self.take_sign(",") && !self.is_sign(")") && !matches!(self.token().kind, Kind::Word(_)) {
                    break;
                }
            }
            self.expect_sign(")", "the properties")?;
        } else if self.take_word("by") {
            let by = self.name("a column")?;
            parameters.push(Parameter { name: Name::from("by"), value: Expression::Name(by) });
        }
        Ok(Operator::Render(chart, parameters))
    }

    /// A property's value: one, or names with commas between, of which the next property's name is none.
    fn render_value(&mut self) -> Result<Expression> {
        let first = self.expression()?;
        let mut values = vec![first];
        while self.is_sign(",") && matches!(self.ahead(1), Kind::Word(_)) && *self.ahead(2) != Kind::Sign("=")
        {
            self.skip();
            values.push(self.expression()?);
        }
        if values.len() == 1 {
            return Ok(values.swap_remove(0));
        }
        Ok(Expression::call("", values))
    }

    fn search(&mut self, names: &[&str]) -> Result<Search> {
        let mut parameters = self.parameters(names)?;
        let mut tables = Vec::new();
        if self.is_word("in") && *self.ahead(1) == Kind::Sign("(") {
            self.skip();
            self.skip();
            tables = self.separated(Self::table)?;
            self.expect_sign(")", "the tables")?;
        }
        parameters.extend(self.parameters(names)?);
        self.take_word("where");
        let predicate = Box::new(self.expression()?);
        let project = if self.take_word("project") || self.take_word("project-smart") {
            Some(self.separated(Self::expression)?)
        } else {
            None
        };
        Ok(Search { parameters, tables, predicate, project })
    }

    fn summarize(&mut self) -> Result<Aggregation> {
        let parameters = self.parameters(&[])?;
        let aggregates = if self.is_word("by") { Vec::new() } else { self.columns()? };
        let by = if self.take_word("by") { Some(self.columns()?) } else { None };
        Ok(Aggregation { parameters, aggregates, by })
    }

    fn union(&mut self) -> Result<Operator> {
        let parameters = self.parameters(&["kind", "withsource", "isfuzzy"])?;
        Ok(Operator::Union(parameters, self.separated(Self::table)?))
    }

    /// A table, a pattern of tables, or a query in parentheses.
    fn table(&mut self) -> Result<Expression> {
        if let Some(pattern) = self.pattern() {
            return Ok(pattern);
        }
        if self.is_sign("(") { self.parenthesized() } else { self.postfixed() }
    }

    /// A graph operator as it is written, up to the next `|` or `;`.
    fn graph(&mut self, name: &'static str, start: usize) -> Result<Operator> {
        let from = start + name.len();
        if !self.recover() {
            return Err(self.expected("what closes a parenthesis"));
        }
        Ok(Operator::Graph(name, self.text[from..self.end().max(from)].trim().to_owned()))
    }
}

/// The columns of a `datatable` or `externaldata`, for [`super::primary`].
pub(super) fn width(schema: &RowSchema) -> usize {
    schema.columns.len().max(1)
}
