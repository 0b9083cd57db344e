//! The largest part of a query that a target can say, where the user asks for it.

use super::{Conversion, Options, conclude, whole};
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{Condition, JoinKind, Rule, Stage},
    target::Target,
};

/// The conversion of the largest part of a rule, up to a stage, that tests something; `None` if there is none.
pub(super) fn largest(
    rule: &Rule,
    target: &'static Target,
    why: &Diagnostic,
    options: &Options<'_>,
) -> Option<Conversion> {
    for count in (1..rule.stages.len()).rev() {
        let (kept, rest) = rule.stages.split_at(count);
        if !kept.iter().any(is_test) {
            break;
        }
        let part = Rule { stages: kept.to_vec(), ..rule.clone() };
        let conversion = whole(&part, None, &[target], options).pop()?;
        let Conversion { query: Some(query), local: Some(local), schema, .. } = conversion else { continue };
        let mut notes = vec![left_out(rest, why, rule.span)];
        notes.extend(conversion.notes);
        return Some(conclude(target, Ok((query, local)), notes, options.policy).in_schema(schema));
    }
    None
}

fn is_test(stage: &Stage) -> bool {
    stage.condition().is_some_and(|condition| *condition != Condition::Always)
}

fn left_out(rest: &[Stage], why: &Diagnostic, rule: Span) -> Note {
    let mut names: Vec<String> = rest.iter().map(|stage| format!("`{}`", stage.name())).collect();
    names.dedup();
    let effect = rest.iter().map(effect).fold(Effect::None, together);
    let span = rest.iter().filter_map(Stage::span).reduce(Span::to).unwrap_or(rule);
    Note::new(Code::PartLeftOut, effect, span, format!("left out is {}: {}", names.join(", "), why.message))
}

/// What a query without the stage matches, beside one with it.
fn effect(stage: &Stage) -> Effect {
    match stage {
        Stage::Extend(..) | Stage::Project(_) | Stage::Drop(..) | Stage::Rename(..) | Stage::Sort(..) => {
            Effect::None
        }
        Stage::Union(..) => Effect::Less,
        Stage::Join(join) => match join.kind {
            JoinKind::LeftOuter => Effect::None,
            JoinKind::Inner | JoinKind::InnerUnique | JoinKind::LeftSemi | JoinKind::LeftAnti => Effect::More,
            // Rows of the right side come from it.
            JoinKind::RightOuter | JoinKind::FullOuter | JoinKind::RightSemi | JoinKind::RightAnti => {
                Effect::Either
            }
        },
        Stage::Extract(extract) if !extract.only_matching => Effect::None,
        Stage::Unread(unread) if unread.adds_rows => Effect::Either,
        Stage::Filter(_)
        | Stage::Summarize(_)
        | Stage::Slide(_)
        | Stage::Chain(_)
        | Stage::Pick(_)
        | Stage::Limit(..)
        | Stage::Expand(_)
        | Stage::Extract(_)
        | Stage::Unread(_) => Effect::More,
    }
}

fn together(one: Effect, other: Effect) -> Effect {
    match (one, other) {
        (Effect::None, other) | (other, Effect::None) => other,
        (one, other) if one == other => one,
        _ => Effect::Either,
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Options, convert,
        diag::{Effect, Fidelity, Policy, Source},
        read::{Format, read},
        sigma::ReadOptions,
        target,
    };

    /// The query, the fidelity and the message of the first note for Lucene.
    fn part(query: &str, policy: Policy) -> (Option<String>, Fidelity, String, Effect) {
        let source = Source::new("a.kql", query);
        let format = Format::of_kusto(source.name(), source.text()).unwrap();
        let options = ReadOptions { partial: true, ..ReadOptions::default() };
        let rule = read(&source, format, &options).remove(0).into_rule().unwrap();
        let options = Options { partial: true, policy, ..Options::default() };
        let lucene = target::find("lucene").unwrap();
        let conversion = convert(&rule, &[lucene], &options).remove(0);
        let note = conversion.notes.first().unwrap();
        (conversion.query, conversion.fidelity, note.message.clone(), note.effect)
    }

    #[test]
    fn the_filters_before_a_join_are_a_query_that_matches_more() {
        let text =
            "DeviceProcessEvents | where FileName =~ 'a.exe' | join kind=inner (DeviceInfo) on DeviceId";
        let (query, fidelity, message, effect) = part(text, Policy::NoNarrowing);
        assert!(query.unwrap().contains("process.name"));
        assert_eq!((fidelity, effect), (Fidelity::Approximate, Effect::More));
        assert!(message.starts_with("left out is `join`: "), "{message}");
    }

    #[test]
    fn what_is_not_read_is_left_out_with_its_reason() {
        let text = "DeviceProcessEvents | where FileName =~ 'a.exe' | reduce by FileName | take 5";
        let (query, _, message, _) = part(text, Policy::NoNarrowing);
        assert!(query.is_some());
        assert!(message.starts_with("left out is `reduce`: "), "{message}");
    }

    #[test]
    fn a_part_without_rows_that_the_rest_adds_may_miss_events() {
        let text = "DeviceProcessEvents | where FileName =~ 'a.exe' | union DeviceInfo";
        let (query, ..) = part(text, Policy::NoNarrowing);
        assert_eq!(query, None);
        let (query, _, _, effect) = part(text, Policy::AllowNarrowing);
        assert!(query.is_some());
        assert_eq!(effect, Effect::Less);
    }
}
