//! Which of the documents that were read a run is about.

use std::sync::Arc;

use super::project::Select;
use crate::{ir::Metadata, sigma::Reading};

/// How many rules a run leaves out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// Those that are deprecated or unsupported, where nobody asked for such.
    deprecated: usize,
    /// Those that are otherwise than asked for.
    others: usize,
}

impl LeftOut {
    pub(super) fn is_none(self) -> bool {
        self == Self::default()
    }

    /// For the end of a summary; nothing if none is left out.
    pub(super) fn summary(self) -> String {
        let part = |count: usize, why: &str| match count {
            0 => String::new(),
            count => format!(", {count} left out{why}"),
        };
        part(self.others, "") + &part(self.deprecated, " as deprecated or unsupported")
    }
}

/// Sets the documents aside that are not asked for, and gives their metadata. Those of a file that the user named are not
/// left out for being deprecated, nor is what is too broken to tell what it is.
pub(super) fn set_aside(
    readings: &mut [Reading],
    select: &Select,
    is_named: bool,
    left_out: &mut LeftOut,
) -> Vec<Arc<Metadata>> {
    let mut aside = Vec::new();
    for reading in readings.iter_mut().filter(|reading| !reading.is_aside() && !is_unknown(reading)) {
        if !select.takes(&reading.metadata) {
            left_out.others += 1;
        } else if !is_named && select.leaves_old(&reading.metadata) {
            left_out.deprecated += 1;
        } else {
            continue;
        }
        reading.set_aside();
        aside.push(Arc::clone(&reading.metadata));
    }
    aside
}

/// Whether a document is so broken that nothing is known of it.
fn is_unknown(reading: &Reading) -> bool {
    reading.rule().is_none() && reading.metadata.title.is_empty() && reading.metadata.id.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diag::Source,
        ir::Status,
        sigma::{ReadOptions, read},
    };

    fn left(text: &str, select: &Select, is_named: bool) -> (Vec<Reading>, String) {
        let mut readings = read(&Source::new("a.yml", text), &ReadOptions::default());
        let mut left_out = LeftOut::default();
        set_aside(&mut readings, select, is_named, &mut left_out);
        (readings, left_out.summary())
    }

    fn rule(status: &str) -> String {
        format!(
            "title: T\nstatus: {status}\nlogsource: {{category: x}}\ndetection: {{a: {{b: c}}, condition: a}}\n"
        )
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let (readings, left_out) = left(&rule("deprecated"), &Select::default(), false);
        assert!(readings[0].is_aside());
        assert_eq!(left_out, ", 1 left out as deprecated or unsupported");
        let stable = Select { status: vec![Status::Stable], ..Select::default() };
        assert_eq!(left(&rule("test"), &stable, false).1, ", 1 left out");
        assert_eq!(left(&rule("stable"), &stable, false).1, "");
    }

    #[test]
    fn a_deprecated_rule_of_a_named_file_is_taken() {
        assert!(left(&rule("deprecated"), &Select::default(), true).0[0].rule().is_some());
    }

    #[test]
    fn what_tells_nothing_is_not_left_out() {
        let stable = Select { status: vec![Status::Stable], ..Select::default() };
        let (readings, left_out) = left("a: [\n", &stable, false);
        assert!(left_out.is_empty() && !readings[0].diagnostics.is_empty());
    }
}
