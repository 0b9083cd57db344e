//! Pages as text: HTML and Markdown by templates, JSON as it is.

use std::fmt::Write;

use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderError};
use serde::Serialize;

use crate::wrap::one_line;

use super::{Page, Site, field::FieldTables, highlight::escape, rule::Converted};

/// What the pages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A site.
    Html,
    /// Documents.
    Markdown,
    /// Data.
    Json,
}

impl Form {
    /// The extension of a page's file.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Markdown => "md",
            Self::Json => "json",
        }
    }
}

/// The built-in templates and assets, by file name; users' files of the same names take their place.
pub const TEMPLATES: &[(&str, &str)] = &[
    ("layout.hbs", include_str!("../../../templates/catalog/layout.hbs")),
    ("start.hbs", include_str!("../../../templates/catalog/start.hbs")),
    ("list.hbs", include_str!("../../../templates/catalog/list.hbs")),
    ("provider.hbs", include_str!("../../../templates/catalog/provider.hbs")),
    ("event.hbs", include_str!("../../../templates/catalog/event.hbs")),
    ("event_body.hbs", include_str!("../../../templates/catalog/event_body.hbs")),
    ("rule.hbs", include_str!("../../../templates/catalog/rule.hbs")),
    ("field.hbs", include_str!("../../../templates/catalog/field.hbs")),
    ("matrix.hbs", include_str!("../../../templates/catalog/matrix.hbs")),
    ("technique.hbs", include_str!("../../../templates/catalog/technique.hbs")),
    ("indicators.hbs", include_str!("../../../templates/catalog/indicators.hbs")),
    ("tests.hbs", include_str!("../../../templates/catalog/tests.hbs")),
    ("vendors.hbs", include_str!("../../../templates/catalog/vendors.hbs")),
    ("rule_item.hbs", include_str!("../../../templates/catalog/rule_item.hbs")),
    ("markdown/start.hbs", include_str!("../../../templates/catalog/markdown/start.hbs")),
    ("markdown/list.hbs", include_str!("../../../templates/catalog/markdown/list.hbs")),
    ("markdown/provider.hbs", include_str!("../../../templates/catalog/markdown/provider.hbs")),
    ("markdown/event.hbs", include_str!("../../../templates/catalog/markdown/event.hbs")),
    ("markdown/event_body.hbs", include_str!("../../../templates/catalog/markdown/event_body.hbs")),
    ("markdown/rule.hbs", include_str!("../../../templates/catalog/markdown/rule.hbs")),
    ("markdown/field.hbs", include_str!("../../../templates/catalog/markdown/field.hbs")),
    ("markdown/matrix.hbs", include_str!("../../../templates/catalog/markdown/matrix.hbs")),
    ("markdown/technique.hbs", include_str!("../../../templates/catalog/markdown/technique.hbs")),
    ("markdown/indicators.hbs", include_str!("../../../templates/catalog/markdown/indicators.hbs")),
    ("markdown/tests.hbs", include_str!("../../../templates/catalog/markdown/tests.hbs")),
    ("markdown/vendors.hbs", include_str!("../../../templates/catalog/markdown/vendors.hbs")),
    ("style.css", include_str!("../../../templates/catalog/style.css")),
    ("site.js", include_str!("../../../templates/catalog/site.js")),
    ("icon.svg", include_str!("../../../templates/catalog/icon.svg")),
];

/// Renders pages.
#[derive(Debug)]
pub struct Renderer {
    templates: Handlebars<'static>,
    form: Form,
    assets: Vec<(String, String)>,
}

/// What a template is given.
#[derive(Serialize)]
struct Whole<'a, T> {
    /// The way from the page to the root.
    root: String,
    title: String,
    is_events: bool,
    is_fields: bool,
    is_attack: bool,
    vendors: Vec<&'static str>,
    members: usize,
    page: &'a T,
}

impl Renderer {
    /// A renderer with users' files in the place of built-in ones of the same names.
    ///
    /// # Errors
    /// A template that cannot be parsed, and a file that takes no template's place.
    pub fn new(form: Form, users: &[(String, String)]) -> Result<Self, String> {
        let mut templates = Handlebars::new();
        templates.set_strict_mode(true);
        templates.set_prevent_indent(true);
        templates.register_helper("label", Box::new(label));
        templates.register_helper("code", Box::new(Shown(code)));
        templates.register_helper("fence", Box::new(Shown(fence)));
        templates.register_helper("address", Box::new(Shown(address)));
        match form {
            Form::Markdown => templates.register_escape_fn(markdown),
            Form::Html | Form::Json => templates.register_escape_fn(|text| {
                let mut out = String::with_capacity(text.len() + 8);
                escape(text, &mut out);
                out
            }),
        }
        for (name, _) in users {
            if !TEMPLATES.iter().any(|(known, _)| known == name) {
                let names: Vec<&str> = TEMPLATES.iter().map(|(name, _)| *name).collect();
                return Err(format!("`{name}` takes no template's place; they are {}", names.join(", ")));
            }
        }
        let mut assets = Vec::new();
        for (name, built_in) in TEMPLATES {
            let own = users.iter().find(|(own, _)| own == name).map(|(_, text)| text.as_str());
            let text = own.unwrap_or(built_in);
            match name.strip_suffix(".hbs") {
                Some(name) => templates
                    .register_template_string(name, text)
                    .map_err(|error| format!("the template `{name}.hbs` cannot be read: {error}"))?,
                None => assets.push((format!("assets/{name}"), text.to_owned())),
            }
        }
        Ok(Self { templates, form, assets })
    }

    /// Style sheet and script of a site, by path; nothing for other forms.
    pub fn assets(&self) -> &[(String, String)] {
        if self.form == Form::Html { &self.assets } else { &[] }
    }

    /// A page's path and text. A rule's page needs the rule.
    ///
    /// # Errors
    /// A template that does not render.
    pub fn page(
        &self,
        site: &Site<'_>,
        tables: &FieldTables,
        page: &Page,
        converted: Option<&Converted<'_>>,
    ) -> Result<(String, String), String> {
        let path = site.path(page);
        let text = match page {
            Page::Start => self.render("start", site, &path, "Start", &site.start_page()),
            Page::Providers => self.render("list", site, &path, "Events", &site.providers_page()),
            Page::Fields => self.render("list", site, &path, "Fields", &site.fields_page()),
            Page::Rules(vendor) => {
                let list = site.rules_page(vendor);
                self.render("list", site, &path, &list.title, &list)
            }
            Page::Matrix => self.render("matrix", site, &path, "ATT&CK", &site.matrix_page()),
            Page::Provider(provider) => {
                self.render("provider", site, &path, provider, &site.provider_page(provider))
            }
            Page::Event(event) => {
                self.render("event", site, &path, &event.to_string(), &site.event_page(event))
            }
            Page::Field(field) => self.render("field", site, &path, field, &site.field_page(field, tables)),
            Page::Technique(id) => self.render("technique", site, &path, id, &site.technique_page(id)),
            Page::Rule(index) => match converted {
                Some(converted) => {
                    let rule = site.rule_page(*index, converted);
                    self.render("rule", site, &path, &rule.title, &rule)
                }
                None => Err("a rule's page needs the rule".to_owned()),
            },
        }?;
        Ok((format!("{path}.{}", self.form.extension()), text))
    }

    fn render<T: Serialize>(
        &self,
        template: &str,
        site: &Site<'_>,
        path: &str,
        title: &str,
        page: &T,
    ) -> Result<String, String> {
        if self.form == Form::Json {
            let text = serde_json::to_string_pretty(page).expect("invariant: pages are plain data");
            return Ok(text + "\n");
        }
        let whole = Whole {
            root: "../".repeat(path.matches('/').count()),
            title: title.to_owned(),
            is_events: path.starts_with("events/"),
            is_fields: path.starts_with("fields/"),
            is_attack: path.starts_with("attack/"),
            vendors: site.vendors().into_iter().collect(),
            members: site.corpus.len(),
            page,
        };
        let name =
            if self.form == Form::Markdown { format!("markdown/{template}") } else { template.to_owned() };
        self.templates
            .render(&name, &whole)
            .map_err(|error| format!("the template `{name}.hbs` does not render `{path}`: {error}"))
    }
}

/// `{{label "Exclusions of" id}}`: the words, one after the other.
fn label(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let words: Vec<&str> = helper.params().iter().filter_map(|word| word.value().as_str()).collect();
    out.write(&words.join(" ")).map_err(RenderError::from)
}

/// A helper of one text: `{{{code value}}}`.
struct Shown(fn(&str) -> String);

impl handlebars::HelperDef for Shown {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let text = helper.param(0).and_then(|text| text.value().as_str()).unwrap_or_default();
        out.write(&(self.0)(text)).map_err(RenderError::from)
    }
}

/// The text as code in a line or a cell of Markdown: nothing in it ends the code, the cell or the line.
pub fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let line = one_line(text).replace('|', "\\|");
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{line}{pad}{ticks}")
}

/// The text as a block of code in Markdown.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest.max(2) + 1);
    format!("{ticks}\n{}\n{ticks}", text.trim_end())
}

/// An address between `<` and `>`.
fn address(url: &str) -> String {
    url.replace('<', "%3C").replace('>', "%3E").replace('\\', "%5C")
}

/// The text for Markdown: what it gives a meaning escaped, on one line.
fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in one_line(text).chars() {
        if "\\`*_{}[]<>#|&!~$".contains(c) {
            out.push('\\');
        }
        let _ = write!(out, "{c}");
    }
    out
}
