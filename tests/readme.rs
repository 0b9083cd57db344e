//! The queries that the README shows are the queries that rulec writes.

mod support;

use rulec::Options;

/// Blocks of the form `<!-- RULE TARGET -->`, a fence, the query, a fence.
fn examples(text: &str) -> Vec<(&str, &str, &str)> {
    text.split("<!-- rules/")
        .skip(1)
        .map(|rest| {
            let (head, block) = rest.split_once(" -->\n```").expect("a fence after the comment");
            let (rule, target) = head.split_once(' ').expect("a rule and a target");
            let (_, body) = block.split_once('\n').expect("an info string");
            (rule, target, body.split("\n```").next().expect("a closing fence"))
        })
        .collect()
}

#[test]
fn the_readme_shows_real_queries() {
    let readme = std::fs::read_to_string(support::root().join("README.md")).expect("a README");
    let examples = examples(&readme);
    assert_eq!(examples.len(), 5, "one example a target");
    for (rule, target, shown) in examples {
        let text =
            std::fs::read_to_string(support::root().join("rules").join(rule)).expect("a readable rule");
        let conversions = support::convert_text(&text, &Options::default());
        let conversion = conversions.iter().find(|conversion| conversion.target.name == target);
        let query = conversion.and_then(|conversion| conversion.query.as_deref()).expect("a query");
        assert_eq!(shown, query, "README.md, {target}");
    }
}
