//! Pictures as SVG, made of numbers and names alone; colours are the style sheet's.

use std::fmt::Write;

use super::highlight::escape;

const WIDTH: usize = 360;
const NAME: usize = 110;
const ROW: usize = 22;

/// Bars, longest first as given; `None` for fewer than two or nothing to show.
pub(super) fn bars(title: &str, rows: &[(String, usize)]) -> Option<String> {
    let most = rows.iter().map(|(_, count)| *count).max().filter(|most| *most > 0)?;
    if rows.len() < 2 {
        return None;
    }
    let text = |text: &str| {
        let mut out = String::new();
        escape(text, &mut out);
        out
    };
    let height = rows.len() * ROW;
    let mut svg = format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" aria-label=\"{}\">",
        text(&spoken(title, rows))
    );
    for (index, (name, count)) in rows.iter().enumerate() {
        let top = index * ROW;
        let length = (count * (WIDTH - NAME - 56) / most).max(usize::from(*count > 0) * 2);
        let short: String = name.chars().take(16).collect();
        let _ = write!(
            svg,
            "<text class=\"plot-name\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><rect class=\"bar bar-{}\" x=\"{NAME}\" y=\"{}\" width=\"{length}\" height=\"12\" rx=\"2\"/><text class=\"plot-count\" x=\"{}\" y=\"{}\">{count}</text>",
            NAME - 8,
            top + 15,
            text(&short),
            index % 6,
            top + 5,
            NAME + length + 6,
            top + 15,
        );
    }
    svg.push_str("</svg>");
    Some(svg)
}

/// The picture in words.
fn spoken(title: &str, rows: &[(String, usize)]) -> String {
    let each: Vec<String> = rows.iter().map(|(name, count)| format!("{name} {count}")).collect();
    format!("{title}: {}", each.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_lengths_in_proportion_and_are_told_in_words() {
        let svg = bars("Rules", &[("sigma".to_owned(), 10), ("<b>".to_owned(), 5)]).unwrap();
        assert!(svg.contains("width=\"194\"") && svg.contains("width=\"97\""), "{svg}");
        assert!(svg.contains("aria-label=\"Rules: sigma 10, &lt;b&gt; 5\"") && !svg.contains("<b>"), "{svg}");
        assert_eq!(bars("Rules", &[("sigma".to_owned(), 10)]), None);
    }
}
