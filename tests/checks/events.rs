//! Events as users give them to `rulec test`.

use std::sync::OnceLock;

use rulec::{
    diag::Source,
    events::{self, Detector, Shape},
    ir::Rule,
    mapping::Mapping,
    sigma,
};

const RULES: &str = "title: Process
logsource: {category: process_creation, product: windows}
detection:
  sel: {Image|endswith: '\\a.exe', CommandLine|contains: [b, c]}
  filter: {ParentImage: null, ProcessId|gte: 7}
  condition: sel and not filter
---
title: Anything
logsource: {product: windows, service: security}
detection:
  sel: {EventID: [4624, 4688], IpAddress|cidr: '10.0.0.0/8'}
  words: [mimikatz]
  condition: sel or words
";

/// Events are read or refused with a place, and rules find them or not, whatever shape they are taken for.
pub fn check(data: &[u8]) {
    static PARSED: OnceLock<Vec<Rule>> = OnceLock::new();
    let Some(text) = super::text(data) else { return };
    let rules = PARSED.get_or_init(|| {
        let source = Source::new("rules.yml", RULES);
        let readings = sigma::read(&source, &sigma::ReadOptions::default());
        readings.into_iter().filter_map(rulec::sigma::Reading::into_rule).collect()
    });
    let (read, diagnostics) = events::read(text);
    let source = Source::new("events.json", text);
    super::assert_places(&diagnostics, &source);
    for rule in rules {
        let mut detector = Detector::new(rule, Mapping::builtin());
        let shapes = ["own", "windows", "defender", "sentinel", "ecs", "splunk_ta"].map(Shape::named);
        detector.prepare(shapes.into_iter().flatten());
        for event in read.iter().take(20) {
            let _ = detector.verdict(event, Shape::of(event));
            for shape in shapes.into_iter().flatten() {
                let _ = detector.verdict(event, shape);
            }
        }
    }
}
