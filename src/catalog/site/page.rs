//! What the pages say, as plain data: the templates place it, and `--format json` is it.

use serde::Serialize;

use crate::catalog::Row;

/// A link to a page of the site: its path from the root, without the extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it is called.
    pub text: String,
    /// Where it is; none where there is no page.
    pub path: Option<String>,
}

/// A link out of the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// What it is called.
    pub title: String,
    /// Its address, of http or https; none where it is another text.
    pub url: Option<String>,
}

/// A rule in a list.
#[derive(Debug, Clone, Serialize)]
pub struct RuleItem {
    /// Its title, and its page.
    pub link: Link,
    /// Its severity.
    pub level: Option<&'static str>,
    /// The start of its description.
    pub description: String,
    /// Its file.
    pub file: String,
}

/// Rules of one vendor.
#[derive(Debug, Clone, Serialize)]
pub struct VendorRules {
    /// `sigma`, `kusto`.
    pub vendor: String,
    /// How many.
    pub count: usize,
    /// The first ones.
    pub first: Vec<RuleItem>,
    /// The others.
    pub more: Vec<RuleItem>,
}

/// A row of a table of indicators.
#[derive(Debug, Clone, Serialize)]
pub struct Indicator {
    /// The triple and its counts.
    #[serde(flatten)]
    pub row: Row,
    /// The field's page.
    pub field_path: Option<String>,
    /// How many rules of the corpus look for it, whatever the event.
    pub corpus: usize,
}

/// A field of an event.
#[derive(Debug, Clone, Serialize)]
pub struct FieldItem {
    /// The provider's name for it.
    pub name: String,
    /// Its type, where it is documented.
    pub ty: Option<String>,
    /// What it holds.
    pub description: String,
    /// How many rules test it.
    pub rules: usize,
    /// Its canonical name, where that is another, and its page.
    pub canonical: Option<Link>,
}

/// Events that rules need together.
#[derive(Debug, Clone, Serialize)]
pub struct PatternItem {
    /// `A AND B`.
    pub text: String,
    /// How many rules.
    pub count: usize,
    /// The rules.
    pub rules: Vec<Link>,
}

/// An event of another provider.
#[derive(Debug, Clone, Serialize)]
pub struct Bridge {
    /// Its name, and its page.
    pub link: Link,
    /// What it is called.
    pub title: String,
    /// How many rules read it.
    pub rules: usize,
}

/// An event.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    /// Its id, action type or operation, or `any`.
    pub id: String,
    /// Its place on its provider's page.
    pub anchor: String,
    /// Its page.
    pub path: String,
    /// Its provider, and its page.
    pub provider: Link,
    /// What it is called.
    pub title: String,
    /// What has happened.
    pub description: String,
    /// The event classes that it is of.
    pub classes: Vec<String>,
    /// How many rules read it.
    pub rules: usize,
    /// Its fields, those that rules test most first among those without documentation.
    pub fields: Vec<FieldItem>,
    /// The events that rules need with it.
    pub patterns: Vec<PatternItem>,
    /// How many patterns there are.
    pub all_patterns: usize,
    /// What is looked for most.
    pub indicators: Vec<Indicator>,
    /// How many indicators there are.
    pub all_indicators: usize,
    /// What is left out most.
    pub exclusions: Vec<Indicator>,
    /// How many exclusions there are.
    pub all_exclusions: usize,
    /// The rules.
    pub vendors: Vec<VendorRules>,
    /// Events of other providers that tell of the same.
    pub bridges: Vec<Bridge>,
    /// Pages about it.
    pub references: Vec<Reference>,
    /// Indicators by vendor, as a picture.
    pub plot: Option<String>,
}

/// An event in a list.
#[derive(Debug, Clone, Serialize)]
pub struct EventItem {
    /// Its id.
    pub id: String,
    /// Its place on the page.
    pub anchor: String,
    /// Its page.
    pub path: String,
    /// What it is called.
    pub title: String,
    /// How many rules read it.
    pub rules: usize,
    /// How many of each vendor.
    pub vendors: Vec<(String, usize)>,
}

/// A provider's page.
#[derive(Debug, Clone, Serialize)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// What it records.
    pub description: String,
    /// What its events' ids are: `ActionType`, `Event ID`.
    pub id_name: String,
    /// Its events.
    pub list: Vec<EventItem>,
    /// The same, in full.
    pub events: Vec<Event>,
}

/// A value of a field and kind in a rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleValue {
    /// The value.
    pub value: String,
    /// How many other rules look for the same.
    pub others: usize,
}

/// What a rule tests of one field in one way.
#[derive(Debug, Clone, Serialize)]
pub struct RuleTest {
    /// The field, and its page.
    pub field: Link,
    /// How.
    pub kind: &'static str,
    /// The values.
    pub values: Vec<RuleValue>,
}

/// A note on a conversion.
#[derive(Debug, Clone, Serialize)]
pub struct NoteItem {
    /// Its code.
    pub code: &'static str,
    /// What the query does: matches more, less, either, or the same.
    pub effect: String,
    /// What was changed.
    pub message: String,
    /// The line of the rule.
    pub line: Option<usize>,
}

/// A rule for a target.
#[derive(Debug, Clone, Serialize)]
pub struct ConversionItem {
    /// The target.
    pub target: &'static str,
    /// The product.
    pub product: &'static str,
    /// The language.
    pub language: &'static str,
    /// How it ended.
    pub fidelity: String,
    /// The query.
    pub query: Option<String>,
    /// The query with its parts marked.
    pub html: Option<String>,
    /// What was changed.
    pub notes: Vec<NoteItem>,
    /// Why there is no query.
    pub error: Option<String>,
}

/// A technique of ATT&CK in a rule.
#[derive(Debug, Clone, Serialize)]
pub struct TechniqueItem {
    /// `T1059.001`, and its page.
    pub link: Link,
    /// What it is called.
    pub name: String,
}

/// A rule's page.
#[derive(Debug, Clone, Serialize)]
pub struct Rule {
    /// Its title.
    pub title: String,
    /// Its language.
    pub vendor: String,
    /// Its id.
    pub id: Option<String>,
    /// Its maturity.
    pub status: Option<String>,
    /// Its severity.
    pub level: Option<&'static str>,
    /// Who wrote it.
    pub author: Option<String>,
    /// When it was written.
    pub date: Option<String>,
    /// When it was last changed.
    pub modified: Option<String>,
    /// Its file.
    pub file: String,
    /// What it is about.
    pub description: Option<String>,
    /// Where there is more.
    pub references: Vec<Reference>,
    /// Known benign causes.
    pub false_positives: Vec<String>,
    /// Tags that are not ATT&CK's.
    pub tags: Vec<String>,
    /// Tactics of ATT&CK.
    pub tactics: Vec<String>,
    /// Techniques of ATT&CK.
    pub techniques: Vec<TechniqueItem>,
    /// The events that it reads.
    pub events: Vec<Bridge>,
    /// Those of other providers that tell of the same.
    pub bridges: Vec<Bridge>,
    /// The events that it needs together.
    pub patterns: Vec<String>,
    /// The fields by which it groups and joins.
    pub keys: Vec<Link>,
    /// Its text.
    pub source: String,
    /// Its text with its parts marked.
    pub source_html: String,
    /// Its stages, each by name, in words.
    pub stages: Vec<(String, String)>,
    /// What it looks for.
    pub indicators: Vec<RuleTest>,
    /// What it leaves out.
    pub exclusions: Vec<RuleTest>,
    /// Tests of values that it computes.
    pub computed: Vec<RuleTest>,
    /// Why its end could not be read.
    pub unread: Option<String>,
    /// The other rules that are the same one.
    pub twins: Vec<Link>,
    /// What it is for each target.
    pub conversions: Vec<ConversionItem>,
}

/// A field in one event class.
#[derive(Debug, Clone, Serialize)]
pub struct MappingRow {
    /// The class.
    pub class: String,
    /// What it is called.
    pub title: String,
    /// By schema: the column, or why there is none.
    pub cells: Vec<(String, String)>,
}

/// A field's page.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// How many rules test it.
    pub rules: usize,
    /// What it is called elsewhere.
    pub mapping: Vec<MappingRow>,
    /// The events in which it is tested.
    pub events: Vec<Bridge>,
    /// What is looked for most.
    pub values: Vec<Indicator>,
    /// How many there are.
    pub all_values: usize,
    /// What is left out most.
    pub exclusions: Vec<Indicator>,
    /// How many rules by kind, as a picture.
    pub plot: Option<String>,
}

/// A technique in the matrix.
#[derive(Debug, Clone, Serialize)]
pub struct MatrixCell {
    /// `T1059`.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Its page, where a rule names it.
    pub path: Option<String>,
    /// How many rules name it or a sub-technique.
    pub rules: usize,
    /// How many of each vendor.
    pub vendors: Vec<(String, usize)>,
    /// 0 for none to 4 for many.
    pub heat: u8,
}

/// A tactic in the matrix.
#[derive(Debug, Clone, Serialize)]
pub struct MatrixColumn {
    /// Its name.
    pub name: &'static str,
    /// How many of its techniques have a rule.
    pub covered: usize,
    /// How many there are.
    pub all: usize,
    /// Its techniques.
    pub cells: Vec<MatrixCell>,
}

/// The matrix.
#[derive(Debug, Clone, Serialize)]
pub struct Matrix {
    /// The version of ATT&CK.
    pub version: &'static str,
    /// The vendors, each with its layer's file.
    pub layers: Vec<(String, String)>,
    /// Its tactics.
    pub columns: Vec<MatrixColumn>,
    /// Techniques that only rules of one vendor name, by vendor.
    pub only: Vec<(String, usize)>,
    /// Coverage by vendor, as a picture.
    pub plot: Option<String>,
}

/// A technique's page.
#[derive(Debug, Clone, Serialize)]
pub struct Technique {
    /// `T1059`.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Its page at MITRE.
    pub url: String,
    /// Its tactics.
    pub tactics: Vec<&'static str>,
    /// Its sub-techniques with their rules, itself first.
    pub parts: Vec<TechniquePart>,
}

/// A technique or sub-technique and its rules.
#[derive(Debug, Clone, Serialize)]
pub struct TechniquePart {
    /// `T1059.001`.
    pub id: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// The rules that name it.
    pub vendors: Vec<VendorRules>,
}

/// A list of pages.
#[derive(Debug, Clone, Serialize)]
pub struct List {
    /// What they are.
    pub title: String,
    /// In a sentence.
    pub description: String,
    /// The headings of its columns.
    pub headings: Vec<String>,
    /// Each with what stands in its columns.
    pub rows: Vec<(Link, Vec<String>)>,
}

/// The start page.
#[derive(Debug, Clone, Serialize)]
pub struct Start {
    /// Numbers, each with what it counts and where to read on.
    pub numbers: Vec<(usize, Link)>,
    /// The providers, those of most rules first.
    pub providers: Vec<EventItem>,
    /// What is looked for most, by rules of several vendors.
    pub shared: Vec<Indicator>,
    /// Rules by vendor, as a picture.
    pub plot: Option<String>,
    /// How many rules could not be read.
    pub unread: usize,
}
