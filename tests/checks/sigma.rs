//! Sigma rules, from their text to every target.

use rulec::{Options, diag::Source, sigma};

/// A rule converts or is refused with a place, for every target, with and without the mapping table.
pub fn check(data: &[u8]) {
    let Some(text) = super::text(data) else { return };
    let source = Source::new("fuzz.yml", text);
    let mut readings = sigma::read(&source, &sigma::ReadOptions::default());
    sigma::link(&mut [&mut readings]);
    for reading in readings {
        super::assert_reading(&reading, &source);
        let Some(rule) = reading.rule() else { continue };
        for conversion in rulec::convert(rule, &super::targets(), &Options::default()) {
            super::assert_conversion(&conversion, &source);
        }
        let as_written = Options { mapping: None, ..Options::default() };
        for conversion in rulec::convert(rule, &super::languages(), &as_written) {
            super::assert_conversion(&conversion, &source);
            super::assert_means_the_same(rule, &conversion);
        }
    }
}
