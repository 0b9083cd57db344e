//! Times that the source's portal puts into a query, for languages whose portals do not.

use std::convert::Infallible;

use crate::{
    diag::{Code, Effect, Note},
    ir::{Constant, Duration, Expression, Field, Function, Pipeline, Rename, Rule, Stage, renamed},
};

/// The rule with the range that Sentinel's portal usually has, the last day, in place of its `{{StartTimeISO}}` and
/// `{{EndTimeISO}}`.
pub(super) fn with_fixed_times(rule: &Rule, notes: &mut Vec<Note>) -> Option<Rule> {
    let mut fixed = Fixed { found: false };
    let stages: Vec<Stage> = match renamed(&rule.stages, &mut fixed) {
        Ok(stages) => stages,
        Err(never) => match never {},
    };
    if !fixed.found {
        return None;
    }
    let message = "the time range that the portal sets is taken as the last day: `{{StartTimeISO}}` as a day ago, `{{EndTimeISO}}` as now";
    notes.push(Note::whole_rule(Code::TimeRange, Effect::None, message));
    Some(Rule { stages, ..rule.clone() })
}

struct Fixed {
    found: bool,
}

impl Rename for Fixed {
    type Error = Infallible;

    fn field(&mut self, field: &Field) -> Result<Field, Infallible> {
        Ok(field.clone())
    }

    fn value(&mut self, value: &Expression) -> Option<Expression> {
        let Expression::Constant(Constant::Timestamp(text)) = value else { return None };
        let time = match text.trim_start_matches('{').trim_end_matches('}') {
            "StartTimeISO" => {
                let day = Expression::Constant(Constant::Duration(Duration(Duration::DAY)));
                Expression::Call(Function::Ago, vec![day])
            }
            "EndTimeISO" => Expression::Call(Function::Now, Vec::new()),
            _ => return None,
        };
        self.found = true;
        Some(time)
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Pipeline, Infallible> {
        Ok(Pipeline { stages: renamed(&pipeline.stages, self)?, ..pipeline.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Source,
        read::{Format, read},
        sigma::ReadOptions,
    };

    #[test]
    fn times_of_the_portal_become_the_last_day() {
        let text = "let from = todatetime('{{StartTimeISO}}'); let to = todatetime('{{EndTimeISO}}'); T | summarize n = countif(TimeGenerated > from - 7d and TimeGenerated < to) by a | where n > 3";
        let source = Source::new("a.kql", text);
        let format = Format::of_kusto(source.name(), source.text()).unwrap();
        let rule = read(&source, format, &ReadOptions::default()).remove(0).into_rule().unwrap();
        let mut notes = Vec::new();
        let fixed = with_fixed_times(&rule, &mut notes).unwrap();
        let shown = crate::ir::Show(&fixed).to_string();
        assert!(shown.contains("ago(1d)") && shown.contains("now()"), "{shown}");
        assert_eq!(notes.len(), 1);
        assert!(with_fixed_times(&fixed, &mut notes).is_none());
    }
}
