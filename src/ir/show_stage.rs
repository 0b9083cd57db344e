//! Stages and computed values for people.

use std::fmt::{self, Display, Formatter};

use super::{
    Aggregate, Condition, Constant, Expression, ExtractPart, Field, Origin, Pipeline, Show, SortKey, Stage,
    show::{INDENT, write_condition},
};

impl Display for Show<'_, Stage> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Stage::Filter(condition) => {
                writeln!(f, "filter")?;
                write_condition(condition, 1, f)
            }
            Stage::Extend(field, Expression::Join { fields, separator }) => {
                let names: Vec<_> = fields.iter().map(|field| &*field.name).collect();
                write!(f, "extend\n{INDENT}{field} joins {} with `{separator}`", names.join(", "))
            }
            Stage::Extend(field, Expression::Host(url)) => {
                write!(f, "extend\n{INDENT}{field} is the host of {url}")
            }
            Stage::Extend(field, Expression::XmlData { xml, name }) => {
                write!(f, "extend\n{INDENT}{field} is the element `{name}` of {xml}")
            }
            Stage::Extend(field, Expression::Choice { of, constants, then, otherwise }) => {
                let each = |value: &Expression| Stage::Extend(field.clone(), value.clone());
                let constants = constants.join(", ");
                write!(f, "where {of} is one of {constants}, {}; else ", Show(&each(then)))?;
                write!(f, "{}", Show(&each(otherwise)))
            }
            Stage::Extend(field, Expression::JsonMember { json, path }) => {
                write!(f, "extend\n{INDENT}{field} is the member `{path}` of {json}")
            }
            Stage::Extend(field, Expression::KeyValue { text, name }) => {
                write!(f, "extend\n{INDENT}{field} is the value of `{name}=` in {text}")
            }
            Stage::Extend(field, value) => write!(f, "extend\n{INDENT}{field} = {}", Show(value)),
            Stage::Project(project) => {
                f.write_str("keep")?;
                columns(&project.columns, f)
            }
            Stage::Drop(fields, _) => write!(f, "drop\n{INDENT}{}", names(fields)),
            Stage::Rename(renamed, _) => {
                f.write_str("rename")?;
                renamed.iter().try_for_each(|(new, old)| write!(f, "\n{INDENT}{old} to {new}"))
            }
            Stage::Summarize(summarize) => {
                f.write_str("summarize")?;
                aggregates(&summarize.aggregates, f)?;
                groups(&summarize.by, f)
            }
            Stage::Slide(slide) => {
                let length = Constant::Duration(slide.length);
                write!(f, "of the last {} until {}", Show(&length), slide.time)?;
                aggregates(&slide.aggregates, f)?;
                groups(&slide.by, f)
            }
            Stage::Chain(chain) => {
                let length = Constant::Duration(chain.length);
                write!(f, "rows in this order of {} within {} of {}", chain.kind, Show(&length), chain.time)?;
                chain.order.iter().try_for_each(|kind| write!(f, "\n{INDENT}{kind}"))?;
                groups(&chain.by, f)
            }
            Stage::Pick(pick) => {
                let which = if pick.is_greatest { "greatest" } else { "least" };
                write!(f, "keep the row with the {which} {} as {}", Show(&pick.of), pick.name)?;
                pick.columns.iter().try_for_each(|kept| columns(kept, f))?;
                aggregates(&pick.aggregates, f)?;
                groups(&pick.by, f)
            }
            Stage::Sort(keys, _) => {
                f.write_str("sort")?;
                keys.iter().try_for_each(|key| write!(f, "\n{INDENT}{}", Show(key)))
            }
            Stage::Limit(count, _) => write!(f, "take {count}"),
            Stage::Join(join) => {
                write!(f, "join {} on", join.kind.as_str())?;
                join.on.iter().try_for_each(|(left, right)| write!(f, " {left} = {right}"))?;
                nested(&join.right, f)
            }
            Stage::Union(others, _) => {
                f.write_str("and the rows of")?;
                others.iter().try_for_each(|other| nested(other, f))
            }
            Stage::Expand(expand) => {
                write!(f, "a row for each element of {} as {}", Show(&expand.list), expand.output)?;
                expand.index.iter().try_for_each(|index| write!(f, ", its position as {index}"))
            }
            Stage::Unread(unread) => write!(f, "not read: {} ({})", unread.operator, unread.reason),
            Stage::Extract(extract) => {
                write!(f, "parse {} as", Show(&extract.text))?;
                for part in &extract.parts {
                    match part {
                        ExtractPart::Skip => f.write_str(" *")?,
                        ExtractPart::Literal(text) => write!(f, " `{text}`")?,
                        ExtractPart::Column(field) => write!(f, " {field}")?,
                    }
                }
                f.write_str(if extract.only_matching { ", else drop the row" } else { "" })
            }
        }
    }
}

impl Display for Show<'_, Pipeline> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0.origin {
            Origin::LogSource(log_source) => write!(f, "log source {log_source}")?,
            Origin::Class { class, .. } => write!(f, "event class {class}")?,
            Origin::Table(table) => write!(f, "table {}", table.name)?,
            Origin::Dataset(dataset) => write!(f, "dataset {}", dataset.names.join(", "))?,
            Origin::External(table) => write!(f, "external rows {}", table.name)?,
            Origin::Unmapped => f.write_str("any events")?,
        }
        self.0.stages.iter().try_for_each(|stage| write!(f, "\n{}", Show(stage)))
    }
}

fn nested(pipeline: &Pipeline, f: &mut Formatter<'_>) -> fmt::Result {
    Show(pipeline).to_string().lines().try_for_each(|line| write!(f, "\n{INDENT}{line}"))
}

fn names(fields: &[Field]) -> String {
    fields.iter().map(|field| &*field.name).collect::<Vec<_>>().join(", ")
}

fn columns(columns: &[(Field, Expression)], f: &mut Formatter<'_>) -> fmt::Result {
    columns.iter().try_for_each(|(name, value)| match value {
        Expression::Field(field) if field == name => write!(f, "\n{INDENT}{name}"),
        value => write!(f, "\n{INDENT}{name} = {}", Show(value)),
    })
}

fn aggregates(aggregates: &[(Field, Aggregate)], f: &mut Formatter<'_>) -> fmt::Result {
    aggregates.iter().try_for_each(|(name, aggregate)| {
        write!(f, "\n{INDENT}{name} = {}", call(aggregate.function.name(), &aggregate.arguments))?;
        if aggregate.filter == Condition::Always {
            return Ok(());
        }
        write!(f, " where {}", inline(&aggregate.filter))
    })
}

fn groups(by: &[(Field, Expression)], f: &mut Formatter<'_>) -> fmt::Result {
    if by.is_empty() {
        return Ok(());
    }
    f.write_str("\nby")?;
    columns(by, f)
}

fn call(name: &str, arguments: &[Expression]) -> String {
    let arguments: Vec<String> = arguments.iter().map(|argument| Show(argument).to_string()).collect();
    format!("{name}({})", arguments.join(", "))
}

/// A condition on one line.
fn inline(condition: &Condition) -> String {
    let junction = |terms: &[Condition], word: &str| {
        let terms: Vec<String> = terms.iter().map(inline).collect();
        format!("({})", terms.join(word))
    };
    match condition {
        Condition::Always => "always".to_owned(),
        Condition::Never => "never".to_owned(),
        Condition::All(terms) => junction(terms, " and "),
        Condition::Any(terms) => junction(terms, " or "),
        Condition::Not(inner) => format!("not {}", inline(inner)),
        Condition::Is(predicate) => Show(predicate).to_string(),
    }
}

impl Display for Show<'_, SortKey> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let direction = if self.0.ascending { "ascending" } else { "descending" };
        let nulls = if self.0.nulls_first { ", missing first" } else { "" };
        write!(f, "{} {direction}{nulls}", Show(&self.0.value))
    }
}

impl Display for Show<'_, Expression> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expression::Field(field) => write!(f, "{field}"),
            Expression::Constant(constant) => write!(f, "{}", Show(constant)),
            Expression::Call(function, arguments) => f.write_str(&call(function.name(), arguments)),
            Expression::Case(cases, otherwise) => {
                for (condition, value) in cases {
                    write!(f, "{} if {}, else ", Show(value), inline(condition))?;
                }
                write!(f, "{}", Show(&**otherwise))
            }
            Expression::Holds(condition) => f.write_str(&inline(condition)),
            Expression::Member(of, name) => write!(f, "{}.{name}", Show(&**of)),
            Expression::Element(of, index) => write!(f, "{}[{index}]", Show(&**of)),
            Expression::Join { fields, separator } => {
                write!(f, "{} joined with `{separator}`", names(fields))
            }
            Expression::XmlData { xml, name } => write!(f, "the element `{name}` of {xml}"),
            Expression::JsonMember { json, path } => write!(f, "the member `{path}` of {json}"),
            Expression::KeyValue { text, name } => write!(f, "the value of `{name}=` in {text}"),
            Expression::Choice { of, constants, then, otherwise } => {
                let constants = constants.join(", ");
                write!(f, "{} if {of} is one of {constants}, else {}", Show(&**then), Show(&**otherwise))
            }
            Expression::Host(url) => write!(f, "the host of {url}"),
        }
    }
}

impl Display for Show<'_, Constant> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Constant::Null => f.write_str("nothing"),
            Constant::Text(text) => write!(f, "`{text}`"),
            Constant::Number(number) => write!(f, "{number}"),
            Constant::Boolean(boolean) => write!(f, "{boolean}"),
            Constant::Duration(duration) => match duration.whole() {
                Some((count, unit)) => write!(f, "{count}{unit}"),
                None => write!(f, "{}s", duration.seconds()),
            },
            Constant::Timestamp(time) => f.write_str(time),
            Constant::List(values) => {
                let values: Vec<String> = values.iter().map(|value| Show(value).to_string()).collect();
                write!(f, "[{}]", values.join(", "))
            }
            Constant::Object(members) => {
                let members: Vec<String> =
                    members.iter().map(|(name, value)| format!("{name}: {}", Show(value))).collect();
                write!(f, "{{{}}}", members.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_shown_in_order() {
        let expression = Expression::Join {
            fields: vec![Field::new("Key"), Field::new("Name")],
            separator: "\\".to_owned(),
        };
        let extend = Stage::Extend(Field::new("Path"), expression);
        assert_eq!(Show(&extend).to_string(), "extend\n  Path joins Key, Name with `\\`");
        assert_eq!(Show(&Stage::Filter(Condition::Always)).to_string(), "filter\n  always");
    }
}
