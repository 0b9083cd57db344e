//! `rulec check --fix`: sets files right, before they are checked.

use super::{Job, report::Tally};
use crate::{
    cli::{
        args::InputArgs,
        load::{Loaded, load},
        output,
        run::{Plan, in_order},
        status::{Failure, say},
    },
    lint::{self, Fixed},
    sigma::Document,
};

/// Makes the fixes in all documents that are asked for. Standard input stays as it is.
pub(super) fn fix(input: &InputArgs, plan: Plan, job: &Job<'_>, tally: &mut Tally) -> Result<(), Failure> {
    let run = load(input, &job.read_options, plan)?;
    let work = |file: &Loaded| {
        let path = file.input.file()?.to_owned();
        let format = job.from.format(&file.source);
        let fixed = file.work(|readings| {
            let is_asked = |place: usize| {
                readings.get(place).is_none_or(|reading| !matches!(reading.document, Document::Aside))
            };
            lint::fixed(&file.source, format, &job.read_options, &job.options, &is_asked)
        });
        Some((path, fixed.ok()??))
    };
    in_order(&run.files, plan, work, |done| {
        let Some((file, Fixed { text, count })) = done else { return Ok(()) };
        match output::replace(&file, &text) {
            Ok(()) => tally.fixed += count,
            Err(error) => {
                tally.trouble = true;
                say(&format!("error: {}: cannot be written: {error}\n", file.display()));
            }
        }
        Ok(())
    })
}
