//! Many files: in parallel, results in input order, a progress bar where a run takes long.

use std::{
    io::{self, IsTerminal},
    num::NonZeroUsize,
    panic::{self, AssertUnwindSafe},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use rayon::{ThreadPoolBuilder, prelude::*};

use super::status::Failure;
use crate::diag::{Code, Diagnostic};

/// How many files each thread gets between two writes of results: large enough to keep threads busy, small
/// enough that the results waiting to be written stay small.
const FILES_PER_THREAD: usize = 64;

/// Conditions nest, and so do calls: worker threads get what the main thread has.
const STACK_BYTES: usize = 8 << 20;

/// Runs shorter than this show no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a run is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// The number of threads; by default as many as there are processors.
    pub(super) jobs: Option<NonZeroUsize>,
    /// Whether a progress bar may appear, if standard error is a terminal.
    pub(super) progress: bool,
}

/// Calls `work` on every input, in parallel, and `finish` on every result, in the order of the inputs.
///
/// # Errors
/// The first failure of `finish`; and if no threads can be had.
pub(super) fn in_order<'i, I: Sync, T: Send>(
    inputs: &'i [I],
    plan: Plan,
    work: impl Fn(&'i I) -> T + Sync,
    mut finish: impl FnMut(T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let sequential = plan.jobs.is_some_and(|jobs| jobs.get() == 1);
    if inputs.len() < 2 || sequential {
        let mut progress = Progress::new(inputs.len(), plan.progress);
        return inputs.iter().try_for_each(|input| {
            progress.aside(|| finish(work(input)))?;
            progress.advance(1);
            Ok(())
        });
    }
    let pool = ThreadPoolBuilder::new()
        .num_threads(plan.jobs.map_or(0, NonZeroUsize::get))
        .stack_size(STACK_BYTES)
        .build()
        .map_err(|error| Failure::Message(format!("cannot start threads: {error}")))?;
    let mut progress = Progress::new(inputs.len(), plan.progress);
    for chunk in inputs.chunks(FILES_PER_THREAD * pool.current_num_threads()) {
        let results: Vec<T> = pool.install(|| chunk.par_iter().map(&work).collect());
        progress.aside(|| results.into_iter().try_for_each(&mut finish))?;
        progress.advance(chunk.len());
    }
    Ok(())
}

/// Does work on one file, and turns a panic, always a defect of rulec's, into a diagnostic: the other files
/// convert all the same.
pub(super) fn contained<T>(work: impl FnOnce() -> T) -> Result<T, Diagnostic> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        Diagnostic::without_span(Code::Internal, "a defect in rulec stopped the work on this file")
            .help("please report it, with the file if possible")
    })
}

/// A bar that appears once a run has lasted for a while.
struct Progress {
    started: Instant,
    total: usize,
    done: usize,
    wanted: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    fn new(total: usize, wanted: bool) -> Self {
        let wanted = wanted && io::stderr().is_terminal();
        Self { started: Instant::now(), total, done: 0, wanted, bar: None }
    }

    /// Takes the bar away while something else is written.
    fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    fn advance(&mut self, files: usize) {
        self.done += files;
        if !self.wanted || self.started.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{bar:40} {pos}/{len} files, {eta} left");
            ProgressBar::new(self.total as u64).with_style(style.expect("invariant: the template is valid"))
        });
        bar.set_position(self.done as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_diagnostic() {
        assert_eq!(contained(|| 1), Ok(1));
        let defect = contained(|| [1][std::hint::black_box(1)]).unwrap_err();
        assert_eq!(defect.code, Code::Internal);
    }
}
