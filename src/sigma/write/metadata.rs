//! What a rule says about itself, in Sigma's spelling.

use std::sync::Arc;

use super::tree::Header;
use crate::ir::Metadata;

/// The longest title, in characters.
const MAX_TITLE: usize = 256;
/// From which length on prose is put on several lines, one a sentence.
const LONG: usize = 240;

/// The header of a rule's document, without an id if the rule's own is none that Sigma takes.
pub(super) fn header(metadata: &Metadata) -> Header {
    Header {
        title: title(metadata),
        id: metadata.id.as_deref().filter(|id| is_uuid(id)).map(str::to_lowercase),
        name: metadata.name.clone(),
        related: metadata.related.clone(),
        taxonomy: metadata.taxonomy.clone(),
        status: metadata.status,
        description: metadata.description.as_deref().and_then(prose),
        license: metadata.license.clone(),
        references: metadata.references.clone(),
        author: metadata.author.clone().filter(|author| !author.trim().is_empty()),
        date: metadata.date.as_deref().and_then(date),
        modified: metadata.modified.as_deref().and_then(date),
        tags: tags(&metadata.tags),
        scope: metadata.scope.clone(),
        fields: metadata.fields.clone(),
        false_positives: metadata.false_positives.clone(),
        level: metadata.level,
    }
}

/// How the log is enabled.
pub(super) fn definition(metadata: &Metadata) -> Option<String> {
    metadata.custom.get("logsource.definition").and_then(|value| value.as_str()).map(str::to_owned)
}

fn title(metadata: &Metadata) -> String {
    let words: Vec<&str> = metadata.title.split_whitespace().collect();
    let title = words.join(" ");
    let title = match &metadata.name {
        Some(name) if title.is_empty() => name.clone(),
        None if title.is_empty() => "Untitled".to_owned(),
        _ => title,
    };
    if title.chars().count() <= MAX_TITLE {
        return title;
    }
    title.chars().take(MAX_TITLE - 1).chain(['…']).collect()
}

/// Prose without blanks at the ends of its lines; long prose with a line for each sentence.
fn prose(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    let text = match lines.as_slice() {
        [line] if line.chars().count() > LONG => line.replace(". ", ".\n"),
        lines => lines.join("\n"),
    };
    let is_block = text.contains('\n');
    (!text.is_empty()).then(|| if is_block { text + "\n" } else { text })
}

/// `YYYY-MM-DD`; nothing if the text does not start with a date.
fn date(text: &str) -> Option<String> {
    let day = text.split(['T', ' ']).next()?;
    let mut parts = day.split(['-', '/']);
    let mut number = |range: std::ops::RangeInclusive<u16>| {
        parts.next().and_then(|part| part.parse::<u16>().ok()).filter(|number| range.contains(number))
    };
    let (year, month, day) = (number(1000..=9999)?, number(1..=12)?, number(1..=31)?);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A UUID that is the same for the same text: version 8 of RFC 9562, of a 128-bit FNV-1a hash.
pub(super) fn uuid_of(text: &str) -> String {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013B;
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let hash = text.bytes().fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    let version = (hash & !(0xF << 76)) | (0x8 << 76);
    let bits = (version & !(0x3 << 62)) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Tags as `namespace.name`; what names a technique, tactic, group, software or vulnerability gets its namespace, other
/// words are no tags of Sigma's and left out.
///
/// Sigma specification 2.1, "Sigma Tags".
fn tags(tags: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::with_capacity(tags.len());
    for tag in tags.iter().filter_map(|tag| sigma_tag(tag)) {
        if !found.contains(&tag) {
            found.push(tag);
        }
    }
    found
}

fn sigma_tag(tag: &str) -> Option<String> {
    const NAMESPACES: [&str; 7] = ["attack", "car", "cve", "d3fend", "detection", "stp", "tlp"];
    let lower = tag.trim().to_lowercase();
    let is_allowed = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if let Some((namespace, name)) = lower.split_once('.')
        && (NAMESPACES.contains(&namespace) || !is_technique(&lower))
    {
        return (is_allowed(&lower) && !namespace.is_empty() && !name.is_empty()).then_some(lower);
    }
    let is_numbered = |prefix: char| {
        lower
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.len() == 4 && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    if is_technique(&lower) || is_numbered('g') || is_numbered('s') {
        return Some(format!("attack.{lower}"));
    }
    if let Some(number) = lower.strip_prefix("cve-") {
        return is_allowed(number).then(|| format!("cve.{number}"));
    }
    tactic(&lower)
}

fn is_technique(lower: &str) -> bool {
    let (technique, sub) = lower.split_once('.').unwrap_or((lower, "000"));
    let digits = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    technique.strip_prefix('t').is_some_and(|number| digits(number, 4)) && digits(sub, 3)
}

/// The tag of a tactic of MITRE ATT&CK, however its words are joined.
fn tactic(lower: &str) -> Option<String> {
    const TACTICS: [&str; 16] = [
        "reconnaissance",
        "resource-development",
        "initial-access",
        "execution",
        "persistence",
        "privilege-escalation",
        "defense-evasion",
        "defense-impairment",
        "stealth",
        "credential-access",
        "discovery",
        "lateral-movement",
        "collection",
        "command-and-control",
        "exfiltration",
        "impact",
    ];
    let letters = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>();
    TACTICS.iter().find(|tactic| letters(tactic) == letters(lower)).map(|tactic| format!("attack.{tactic}"))
}

/// A title with what tells the rule from others of the same one.
pub(super) fn with_title_end(title: &str, end: &str) -> String {
    let end: String = end.chars().take(60).collect();
    let title: String = title.chars().take(MAX_TITLE - end.chars().count() - 3).collect();
    format!("{title} - {end}")
}

/// The document's header for a rule that a correlation refers to by name.
pub(super) fn referred(header: &Header, name: String, title_end: &str) -> Header {
    Header {
        title: with_title_end(&header.title, title_end),
        id: None,
        name: Some(name),
        related: Vec::new(),
        references: Vec::new(),
        fields: Vec::new(),
        false_positives: Vec::new(),
        level: Some(crate::ir::Level::Informational),
        ..header.clone()
    }
}

/// A shared text as an owned one.
pub(super) fn owned(text: &Arc<str>) -> String {
    text.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_get_their_namespace() {
        let given = [
            "T1059.001",
            "attack.T1003",
            "CredentialAccess",
            "Command And Control",
            "CVE-2021-44228",
            "Zinc",
            "S0002",
        ];
        let tags = tags(&given.map(str::to_owned));
        let expected = [
            "attack.t1059.001",
            "attack.t1003",
            "attack.credential-access",
            "attack.command-and-control",
            "cve.2021-44228",
            "attack.s0002",
        ];
        assert_eq!(tags, expected);
    }

    #[test]
    fn dates_have_one_form() {
        assert_eq!(date("2021/3/7").as_deref(), Some("2021-03-07"));
        assert_eq!(date("2024-01-05T10:00:00Z").as_deref(), Some("2024-01-05"));
        assert_eq!(date("last week"), None);
    }

    #[test]
    fn an_invented_id_is_a_uuid_and_the_same_every_time() {
        let id = uuid_of("a");
        assert!(is_uuid(&id) && id == uuid_of("a") && id != uuid_of("b"), "{id}");
        assert_eq!((&id[14..15], "89ab".contains(&id[19..20])), ("8", true));
    }

    #[test]
    fn titles_fit_and_long_prose_has_lines() {
        let metadata = Metadata { title: "a ".repeat(200), ..Metadata::default() };
        assert_eq!(title(&metadata).chars().count(), 256);
        let sentence = "A sentence of some length that goes on for a while. ".repeat(6);
        assert_eq!(prose(&sentence).unwrap().lines().count(), 6);
        assert_eq!(prose("One. Two."), Some("One. Two.".into()));
        assert_eq!(prose(" \n"), None);
    }

    #[test]
    fn what_only_looks_like_a_tag_is_none() {
        for text in ["attack.", ".t1059", "attack.a b", "S12345", "Sabcd", "G12", "cve-2021 44228"] {
            assert_eq!(sigma_tag(text), None, "{text}");
        }
        assert_eq!(sigma_tag("own.tag").as_deref(), Some("own.tag"));
        assert_eq!(sigma_tag("G0001").as_deref(), Some("attack.g0001"));
    }

    #[test]
    fn titles_with_an_end_are_no_longer_than_titles_may_be() {
        let title = with_title_end(&"é".repeat(300), "windows");
        assert_eq!((title.chars().count(), title.ends_with("é - windows")), (MAX_TITLE, true));
        assert_eq!(with_title_end("A", "b"), "A - b");
    }

    #[test]
    fn a_rule_that_a_correlation_refers_to_has_what_it_is_about_alone() {
        let header = Header {
            id: Some("1".into()),
            related: vec![crate::ir::Related { id: "2".into(), relation: crate::ir::Relation::Similar }],
            references: vec!["https://a.example".into()],
            fields: vec!["a".into()],
            false_positives: vec!["none".into()],
            author: Some("A".into()),
            ..Header::default()
        };
        let referred = referred(&header, "n".into(), "b");
        let expected = Header {
            title: " - b".into(),
            name: Some("n".into()),
            author: Some("A".into()),
            level: Some(crate::ir::Level::Informational),
            ..Header::default()
        };
        assert_eq!(referred, expected);
    }

    #[test]
    fn a_rule_without_a_title_has_its_name_or_none() {
        assert_eq!(title(&Metadata::default()), "Untitled");
        assert_eq!(title(&Metadata { name: Some("n".into()), ..Metadata::default() }), "n");
    }
}
