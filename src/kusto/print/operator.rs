//! Queries and their tabular operators.

use super::{
    Printer,
    expression::Precedence,
    layout::Doc,
    list::{below, column_span, direction},
    name, name_apart, word,
};
use crate::kusto::ast::{
    Aggregation, Column, Expression, Join, MakeSeries, MvApply, MvExpand, MvItem, Operator, Ordered,
    Parameter, Parse, Partition, Query, Scan, ScanStep, Search, Source, Step, TopNested,
};

impl Printer<'_> {
    /// A source, and below it its operators.
    pub(super) fn query(&mut self, query: &Query) -> Doc {
        let mut all = vec![self.source(&query.source)];
        for step in &query.operators {
            all.push(Doc::Break);
            all.push(self.comments.before(step.place.0));
            all.push(Doc::text("| "));
            all.push(self.step(step));
        }
        all.into()
    }

    fn source(&mut self, source: &Source) -> Doc {
        match source {
            Source::Expression(expression) => {
                let before = match expression {
                    Expression::Query(query) => self.comments.before_parenthesis(query.span()),
                    other => self.comments.before(other.span()),
                };
                Doc::from([before, self.expression(expression)])
            }
            Source::Operator(step) => Doc::from([self.comments.before(step.place.0), self.step(step)]),
        }
    }

    fn step(&mut self, step: &Step) -> Doc {
        if let Operator::Graph(word, text) = &step.operator {
            self.comments.skip_within(step.place);
            return Doc::text(format!("{word} {text}"));
        }
        self.operator(&step.operator)
    }

    /// Operators without a source, on lines of their own between brackets.
    fn steps(&mut self, open: impl Into<Doc>, steps: &[Step], close: &str) -> Doc {
        let mut lines = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            lines.push(Doc::Break);
            lines.push(self.comments.before(step.place.0));
            lines.push(Doc::text(if index > 0 { "| " } else { "" }));
            lines.push(self.step(step));
        }
        lines.extend(steps.last().map(|last| self.comments.before_end(last.place.0)));
        Doc::from([open.into(), Doc::indented(lines), Doc::Break, Doc::text(close)])
    }

    fn operator(&mut self, operator: &Operator) -> Doc {
        match operator {
            Operator::As(parameters, it) => {
                let parameters = self.parameters(parameters);
                Doc::from([Doc::text("as"), parameters, Doc::text(format!(" {}", name(&it.text)))])
            }
            Operator::AssertSchema(schema) => Doc::from([Doc::text("assert-schema "), self.schema(schema)]),
            Operator::Consume(parameters) => Doc::from([Doc::text("consume"), self.parameters(parameters)]),
            Operator::Count => Doc::text("count"),
            Operator::Distinct(parameters, columns) => {
                let head = Doc::from([Doc::text("distinct"), self.parameters(parameters)]);
                let items = self.expressions(columns);
                below(head, columns.len(), items)
            }
            Operator::Evaluate(parameters, call, schema) => {
                let mut all =
                    vec![Doc::text("evaluate"), self.parameters(parameters), Doc::text(" "), self.call(call)];
                if let Some(schema) = schema {
                    all.extend([Doc::text(" : "), self.schema(schema)]);
                }
                all.into()
            }
            Operator::Extend(columns) => self.extend(columns),
            Operator::Facet(by, with) => self.facet(by, with.as_deref()),
            Operator::Find(search) => self.search("find", search),
            Operator::Fork(branches) => {
                let mut lines = Vec::new();
                for (branch, steps) in branches {
                    let branch =
                        branch.as_ref().map_or(String::new(), |it| format!("{} = ", name_apart(&it.text)));
                    lines.extend([Doc::Break, self.steps(format!("{branch}("), steps, ")")]);
                }
                Doc::from([Doc::text("fork"), Doc::indented(lines)])
            }
            Operator::GetSchema => Doc::text("getschema"),
            Operator::Graph(word, text) => Doc::text(format!("{word} {text}")),
            Operator::Invoke(call) => Doc::from([Doc::text("invoke "), self.call(call)]),
            Operator::Join(join) => self.join("join", join),
            Operator::Lookup(join) => self.join("lookup", join),
            Operator::MakeSeries(series) => self.make_series(series),
            Operator::MvApply(apply) => self.mv_apply(apply),
            Operator::MvExpand(expand) => self.mv_expand(expand),
            Operator::Parse(parse) => self.parse(parse),
            Operator::ParseKv(text, schema, parameters) => {
                let text = self.expression(text);
                let schema = self.schema(schema);
                let with = self.with(" with (", parameters);
                Doc::from([Doc::text("parse-kv "), text, Doc::text(" as "), schema, with])
            }
            Operator::Partition(partition) => self.partition(partition),
            other => self.short_operator(other),
        }
    }

    /// Operators that are a word and lists.
    fn short_operator(&mut self, operator: &Operator) -> Doc {
        match operator {
            Operator::Print(columns) => self.with_columns("print", columns),
            Operator::Project(columns) => self.with_columns("project", columns),
            Operator::ProjectAway(columns) => self.with_names("project-away", columns),
            Operator::ProjectByNames(columns) => self.with_names("project-by-names", columns),
            Operator::ProjectKeep(columns) => self.with_names("project-keep", columns),
            Operator::ProjectRename(columns) => self.with_columns("project-rename", columns),
            Operator::ProjectReorder(columns) => self.with_orders("project-reorder", columns),
            Operator::Range { column, from, to, step } => {
                let [from, to, step] = [from, to, step].map(|it| self.expression(it));
                let head = Doc::text(format!("range {} from ", name_apart(&column.text)));
                Doc::from([head, from, Doc::text(" to "), to, Doc::text(" step "), step])
            }
            Operator::Reduce(parameters, by, with) => {
                let head = Doc::from([Doc::text("reduce"), self.parameters(parameters), Doc::text(" by ")]);
                let by = self.expression(by);
                let with: Vec<Doc> = with.iter().map(|it| self.parameter(it)).collect();
                let word = Doc::text(if with.is_empty() { "" } else { " with " });
                Doc::from([head, by, word, Doc::joined(with, &Doc::text(", "))])
            }
            Operator::Render(chart, parameters) => self.render(&chart.text, parameters),
            Operator::Sample(count) => Doc::from([Doc::text("sample "), self.expression(count)]),
            Operator::SampleDistinct(count, of) => Doc::from([
                Doc::text("sample-distinct "),
                self.expression(count),
                Doc::text(" of "),
                self.expression(of),
            ]),
            Operator::Scan(scan) => self.scan(scan),
            Operator::Search(search) => self.search("search", search),
            Operator::Serialize(columns) => self.with_columns("serialize", columns),
            Operator::Sort(parameters, by) => {
                let head = Doc::from([Doc::text("sort"), self.parameters(parameters), Doc::text(" by")]);
                self.with_orders(head, by)
            }
            Operator::Summarize(aggregation) => self.summarize(aggregation),
            Operator::Take(count) => Doc::from([Doc::text("take "), self.expression(count)]),
            Operator::Top(parameters, count, by) => {
                let head = Doc::from([Doc::text("top"), self.parameters(parameters), Doc::text(" ")]);
                let count = self.expression(count);
                self.with_orders([head, count, Doc::text(" by")], by)
            }
            Operator::TopHitters(count, of, by) => {
                let mut all = vec![
                    Doc::text("top-hitters "),
                    self.expression(count),
                    Doc::text(" of "),
                    self.expression(of),
                ];
                if let Some(by) = by {
                    all.extend([Doc::text(" by "), self.expression(by)]);
                }
                all.into()
            }
            Operator::TopNested(levels) => {
                let items = self.items(levels, |it| column_span(&it.of), Self::top_nested);
                Doc::group(Doc::indented(items))
            }
            Operator::Union(parameters, tables) => {
                let head = Doc::from([Doc::text("union"), self.parameters(parameters)]);
                let items = self.tables(tables);
                below(head, tables.len(), items)
            }
            Operator::Where(parameters, predicate) => {
                let head = Doc::from([Doc::text("where"), self.parameters(parameters), Doc::text(" ")]);
                Doc::from([head, self.clause(predicate)])
            }
            _ => Doc::Nothing,
        }
    }

    fn with_columns(&mut self, word: &str, columns: &[Column]) -> Doc {
        let items = self.columns(columns);
        below(word, columns.len(), items)
    }

    fn with_names(&mut self, word: &str, columns: &[Expression]) -> Doc {
        let items = self.expressions(columns);
        below(word, columns.len(), items)
    }

    fn with_orders(&mut self, head: impl Into<Doc>, by: &[Ordered]) -> Doc {
        let items = self.items(by, |it| it.value.span(), Self::ordered);
        below(head, by.len(), items)
    }

    /// Several columns stand one a line also where they are short: each is a step of a calculation.
    fn extend(&mut self, columns: &[Column]) -> Doc {
        let items = self.items(columns, column_span, Self::extension);
        if columns.len() < 2 {
            return below("extend", columns.len(), items);
        }
        Doc::group([Doc::text("extend"), Doc::indented([Doc::Break, items])])
    }

    fn facet(&mut self, by: &[Expression], with: Option<&Query>) -> Doc {
        let items = self.expressions(by);
        let by = below("facet by", by.len(), items);
        match with {
            None => by,
            Some(with) => Doc::from([by, self.steps(" with (", &with.operators, ")")]),
        }
    }

    fn join(&mut self, word: &str, join: &Join) -> Doc {
        let head = Doc::from([Doc::text(word), self.parameters(&join.parameters), Doc::text(" ")]);
        let right = self.primary(&join.right);
        if join.on.is_empty() {
            return Doc::from([head, right]);
        }
        let items = self.expressions(&join.on);
        let on = below(" on", join.on.len(), items);
        Doc::from([head, right, on])
    }

    fn tables(&mut self, tables: &[Expression]) -> Doc {
        let mut printed = Vec::new();
        for table in tables {
            let before = match table {
                Expression::Query(query) => self.comments.before_parenthesis(query.span()),
                other => self.comments.before(other.span()),
            };
            printed.push(Doc::from([before, self.primary(table)]));
        }
        Doc::listed(printed)
    }

    fn make_series(&mut self, series: &MakeSeries) -> Doc {
        let head = Doc::from([Doc::text("make-series"), self.parameters(&series.parameters)]);
        let aggregates = self.items(&series.aggregates, |(column, _)| column_span(column), Self::series);
        let mut axis = vec![self.comments.before(series.on.span()), Doc::text("on ")];
        // The axis ends where a comparison would start.
        axis.push(self.operand(&series.on, Precedence::Sum));
        if let Some((from, to, step)) = &series.in_range {
            let bounds = [from, to, step].map(|it| self.expression(it));
            axis.push(Doc::enclosed(" in range(", Doc::listed(bounds), ")"));
        }
        for (word, value) in [(" from ", &series.from), (" to ", &series.to), (" step ", &series.step)] {
            if let Some(value) = value {
                axis.extend([Doc::text(word), self.expression(value)]);
            }
        }
        let mut lines = vec![Doc::Line(" "), aggregates, Doc::Line(" "), axis.into()];
        if !series.by.is_empty() {
            lines.extend([Doc::Line(" "), self.by(&series.by)]);
        }
        Doc::group([head, Doc::indented(lines)])
    }

    fn series(&mut self, (column, default): &(Column, Option<Expression>)) -> Doc {
        let column = self.column(column);
        match default {
            None => column,
            Some(default) => Doc::from([column, Doc::text(" default="), self.expression(default)]),
        }
    }

    fn mv_items(&mut self, items: &[MvItem], limit: Option<&Expression>) -> (usize, Doc) {
        let printed = self.items(items, |it| column_span(&it.column), Self::mv_item);
        let limit =
            limit.map_or(Doc::Nothing, |limit| Doc::from([Doc::text(" limit "), self.expression(limit)]));
        (items.len(), Doc::from([printed, limit]))
    }

    fn mv_item(&mut self, item: &MvItem) -> Doc {
        let column = self.column(&item.column);
        let ty = item.ty.as_ref().map_or(String::new(), |ty| format!(" to typeof({})", word(&ty.text)));
        Doc::from([column, Doc::text(ty)])
    }

    fn mv_expand(&mut self, expand: &MvExpand) -> Doc {
        let head = Doc::from([Doc::text("mv-expand"), self.parameters(&expand.parameters)]);
        let (count, items) = self.mv_items(&expand.items, expand.limit.as_ref());
        below(head, count, items)
    }

    fn mv_apply(&mut self, apply: &MvApply) -> Doc {
        let head = Doc::from([Doc::text("mv-apply"), self.parameters(&apply.parameters)]);
        let (count, items) = self.mv_items(&apply.items, apply.limit.as_ref());
        let head = below(head, count, items);
        self.steps([head, Doc::text(" on (")], &apply.on, ")")
    }

    fn parse(&mut self, parse: &Parse) -> Doc {
        let word = Doc::text(if parse.only_matching { "parse-where" } else { "parse" });
        let head = Doc::from([word, self.parameters(&parse.parameters), Doc::text(" ")]);
        let text = self.expression(&parse.text);
        let parts = parse.pattern.iter().flat_map(|part| [Doc::Line(" "), Self::parse_part(part)]);
        Doc::group([head, text, Doc::text(" with"), Doc::indented(parts.collect::<Vec<_>>())])
    }

    fn partition(&mut self, partition: &Partition) -> Doc {
        let head =
            Doc::from([Doc::text("partition"), self.parameters(&partition.parameters), Doc::text(" by ")]);
        let head = Doc::from([head, self.expression(&partition.by)]);
        if !partition.in_braces {
            return self.steps([head, Doc::text(" (")], &partition.query.operators, ")");
        }
        let query = self.enclosed_query(&partition.query);
        Doc::from([head, Doc::text(" {"), Doc::indented([Doc::Break, query]), Doc::Break, Doc::text("}")])
    }

    /// Properties in parentheses; the older form with `by` has them without.
    fn render(&mut self, chart: &str, parameters: &[Parameter]) -> Doc {
        let head = Doc::text(format!("render {}", word(chart)));
        let (by, others): (Vec<&Parameter>, Vec<&Parameter>) =
            parameters.iter().partition(|it| it.name.text == "by");
        let Some(Expression::Name(by)) = by.first().map(|it| &it.value) else {
            return Doc::from([head, self.with(" with (", parameters)]);
        };
        let others = others.into_iter().map(|it| Doc::from([Doc::text(" "), self.property(it)])).collect();
        Doc::from([head, Doc::Several(others), Doc::text(format!(" by {}", name(&by.text)))])
    }

    fn with(&mut self, open: &str, parameters: &[Parameter]) -> Doc {
        if parameters.is_empty() {
            return Doc::Nothing;
        }
        let properties = self.enclosed_items(parameters, |it| it.name.place.0, Self::property);
        Doc::enclosed(open, properties, ")")
    }

    /// A property, of which `ycolumns=a, b` has several values.
    fn property(&mut self, property: &Parameter) -> Doc {
        let name = Doc::text(format!("{}=", word(&property.name.text)));
        match &property.value {
            Expression::Call(call) if call.function.text.is_empty() => {
                let values: Vec<Doc> = call.arguments.iter().map(|it| self.argument(it)).collect();
                Doc::from([name, Doc::joined(values, &Doc::text(", "))])
            }
            Expression::Name(_) => self.parameter(property),
            other => Doc::from([name, self.expression(other)]),
        }
    }

    fn scan(&mut self, scan: &Scan) -> Doc {
        let mut head = vec![Doc::text("scan"), self.parameters(&scan.parameters)];
        if !scan.order.is_empty() {
            head.push(self.with_orders(" order by", &scan.order));
        }
        if !scan.partition.is_empty() {
            head.push(self.with_names(" partition by", &scan.partition));
        }
        if !scan.declared.is_empty() {
            head.extend([Doc::text(" declare "), self.function_parameters(&scan.declared)]);
        }
        head.push(Doc::text(" with ("));
        let mut lines = Vec::new();
        for step in &scan.steps {
            lines.extend([
                Doc::Break,
                self.comments.before(step.name.place.0),
                self.scan_step(step),
                Doc::text(";"),
            ]);
        }
        let end = |step: &ScanStep| step.assignments.last().map_or(step.condition.span(), column_span);
        lines.extend(scan.steps.last().map(|last| self.comments.before_end(end(last))));
        head.extend([Doc::indented(lines), Doc::Break, Doc::text(")")]);
        head.into()
    }

    fn scan_step(&mut self, step: &ScanStep) -> Doc {
        let optional = if step.is_optional { " optional" } else { "" };
        let output = step.output.as_ref().map_or(String::new(), |it| format!(" output={}", word(&it.text)));
        let head = Doc::text(format!("step {}{optional}{output}: ", name(&step.name.text)));
        let condition = self.expression(&step.condition);
        if step.assignments.is_empty() {
            return Doc::from([head, condition]);
        }
        let assignments = self.columns(&step.assignments);
        let assignments = Doc::group(Doc::indented([Doc::Line(" "), assignments]));
        Doc::from([head, condition, Doc::text(" =>"), assignments])
    }

    fn search(&mut self, word: &str, search: &Search) -> Doc {
        let mut all = vec![Doc::text(word), self.parameters(&search.parameters)];
        if !search.tables.is_empty() {
            let tables = self.tables(&search.tables);
            all.push(Doc::enclosed(" in (", tables, ")"));
        }
        let is_text = matches!(&*search.predicate, Expression::Literal(..));
        all.push(Doc::text(if word == "find" && !is_text { " where " } else { " " }));
        all.push(self.expression(&search.predicate));
        if let Some(columns) = &search.project {
            all.push(self.with_names(" project", columns));
        }
        all.into()
    }

    fn summarize(&mut self, aggregation: &Aggregation) -> Doc {
        let head = Doc::from([Doc::text("summarize"), self.parameters(&aggregation.parameters)]);
        let aggregates = self.columns(&aggregation.aggregates);
        let count = aggregation.aggregates.len();
        let Some(by) = &aggregation.by else { return below(head, count, aggregates) };
        if count == 0 {
            let keys = self.columns(by);
            return below([head, Doc::text(" by")], by.len(), keys);
        }
        let by = self.by(by);
        Doc::group([head, Doc::indented([Doc::Line(" "), aggregates, Doc::Line(" "), by])])
    }

    /// `by` and its keys, on a line of their own or not.
    fn by(&mut self, by: &[Column]) -> Doc {
        let before = by.first().map_or(Doc::Nothing, |first| self.comments.before(column_span(first)));
        let keys = self.columns(by);
        Doc::from([before, below("by", by.len(), keys)])
    }

    fn top_nested(&mut self, level: &TopNested) -> Doc {
        let mut all = vec![Doc::text("top-nested ")];
        if let Some(count) = &level.count {
            all.extend([self.expression(count), Doc::text(" ")]);
        }
        all.extend([Doc::text("of "), self.column(&level.of)]);
        if let Some(others) = &level.others {
            all.extend([Doc::text(" with others="), self.expression(others)]);
        }
        all.extend([Doc::text(" by "), self.column(&level.by), Doc::text(direction(level.ascending))]);
        all.into()
    }
}
