//! Files of the mapping table, which users write.

use std::sync::OnceLock;

use rulec::{Options, diag::Source, ir::Rule, mapping::Mapping, sigma};

const RULES: &str = "title: Process
logsource: {category: process_creation, product: windows}
detection:
  sel: {Image|endswith: '\\a.exe', CommandLine|contains: [b, c], User: 'x\\y'}
  filter: {ParentImage: null}
  condition: sel and not filter
---
title: Cloud
logsource: {product: aws, service: cloudtrail}
detection:
  sel: {eventSource: a, eventName: [b, c]}
  condition: sel
";

/// A file is faulty or not, and rules convert with it or fail; as a class of its own and over the built-in one.
pub fn check(data: &[u8]) {
    static PARSED: OnceLock<Vec<Rule>> = OnceLock::new();
    let Some(text) = super::text(data) else { return };
    let source = Source::new("rules.yml", RULES);
    let rules = PARSED.get_or_init(|| {
        let readings = sigma::read(&source, &sigma::ReadOptions::default());
        readings.into_iter().filter_map(rulec::sigma::Reading::into_rule).collect()
    });
    for name in ["process_creation.yml", "logsources.yml", "schemas/ecs.yml", "schemas/ecs/process.yml"] {
        let mapping = Mapping::with_overlays([(name, text)]);
        for rule in rules {
            let options = Options { mapping: Some(&mapping), ..Options::default() };
            for conversion in rulec::convert(rule, &super::languages(), &options) {
                assert_ne!(conversion.query.is_some(), conversion.error.is_some());
            }
        }
    }
    for name in ["fuzz.yml", "events/fuzz.yml", "events/fuzz/provider.yml"] {
        drop(Mapping::from_parts([(name, text)]).check());
    }
}
