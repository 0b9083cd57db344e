//! Text forms: rulec's own templates, and those of users.

use std::{fmt::Write, sync::LazyLock};

use handlebars::{
    Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason, no_escape,
};
use serde::Serialize;

use super::{Parcel, Wrapped, clean, defect, facts::Facts};
use crate::diag::{Code, Diagnostic};

static BUILTIN: LazyLock<Handlebars<'static>> = LazyLock::new(|| {
    let mut templates = empty();
    for (name, text) in [
        ("saved-search.conf", include_str!("../../templates/saved-search.conf.hbs")),
        ("correlation-search.conf", include_str!("../../templates/correlation-search.conf.hbs")),
        ("report.md", include_str!("../../templates/report.md.hbs")),
    ] {
        templates.register_template_string(name, text).expect("invariant: a test parses every template");
    }
    templates
});

/// Nothing is escaped, and nothing optional: an unknown variable is an error. Helpers write a value so that it stays in
/// its place: `{{json x}}`, `{{yaml x}}`, `{{conf x}}`, `{{line x}}`.
fn empty() -> Handlebars<'static> {
    let mut templates = Handlebars::new();
    templates.register_escape_fn(no_escape);
    templates.set_strict_mode(true);
    templates.register_helper("json", Box::new(json_helper));
    // JSON is YAML, on one line.
    templates.register_helper("yaml", Box::new(json_helper));
    templates.register_helper("conf", Box::new(conf_helper));
    templates.register_helper("line", Box::new(line_helper));
    templates
}

/// One of rulec's own templates, filled.
pub(super) fn builtin(name: &str, data: &impl Serialize) -> Result<String, Diagnostic> {
    BUILTIN.render(name, data).map_err(|error| defect("a template does not render", &error))
}

/// Users' templates.
#[derive(Debug, Default)]
pub struct Templates {
    templates: Vec<Template>,
}

/// A user's template: an envelope of its own, or in the place of one of rulec's.
#[derive(Debug)]
pub struct Template {
    /// The envelope's name: the file's, up to the first dot.
    pub name: String,
    /// The extension of what it makes: what stands between the name and `.hbs`.
    pub extension: String,
    engine: Handlebars<'static>,
}

impl Templates {
    /// Parses templates, each a file's name (`ticket.md.hbs`) and text.
    ///
    /// # Errors
    /// A name without an extension before `.hbs`, or a text that is no template: with its line.
    pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Diagnostic> {
        let templates =
            files.into_iter().map(|(file, text)| Template::parse(file, text)).collect::<Result<_, _>>()?;
        Ok(Self { templates })
    }

    /// The template of this name.
    pub fn find(&self, name: &str) -> Option<&Template> {
        self.templates.iter().find(|template| template.name == name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.templates.iter()
    }
}

impl Template {
    fn parse(file: &str, text: &str) -> Result<Self, Diagnostic> {
        let wrong = |message: String| Diagnostic::without_span(Code::InvalidTemplate, message);
        let parts = file.strip_suffix(".hbs").and_then(|stem| stem.split_once('.'));
        let Some((name, extension)) =
            parts.filter(|(name, extension)| !name.is_empty() && !extension.is_empty())
        else {
            return Err(wrong(format!("`{file}` is no name of a template"))
                .help("it is named like `ticket.md.hbs`: the envelope's name, the extension of its files, and `.hbs`"));
        };
        let mut engine = empty();
        engine.register_template_string(name, text).map_err(|error| {
            let place = error.pos().map_or_else(String::new, |(line, column)| format!(":{line}:{column}"));
            wrong(format!("{file}{place}: {}", error.reason()))
        })?;
        Ok(Self { name: name.to_owned(), extension: extension.to_owned(), engine })
    }

    /// Places a query into the template.
    ///
    /// # Errors
    /// There is no query, or the template asks for what is not there: with its line.
    pub fn wrap(&self, parcel: Parcel<'_>) -> Result<Wrapped, Diagnostic> {
        let facts = Facts::of(parcel)?;
        let text = self.engine.render(&self.name, &facts).map_err(|error| {
            Diagnostic::without_span(Code::InvalidTemplate, format!("template `{}`: {error}", self.name))
                .help("`{{json this}}` shows all that there is")
        })?;
        Ok(facts.wrapped(text, None))
    }
}

fn json_helper(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = argument(helper)?;
    let mut text = String::new();
    for c in value.to_string().chars() {
        // Outside of ASCII JSON allows the escape of any character, and hidden ones are better seen.
        if clean::is_hidden(c) && !c.is_ascii() {
            write!(text, "\\u{:04x}", u32::from(c)).expect("invariant: a string takes any text");
        } else {
            text.push(c);
        }
    }
    Ok(out.write(&text)?)
}

fn conf_helper(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let text = plain(argument(helper)?);
    let value = super::conf::value(&text).map_err(|error| RenderErrorReason::Other(error.message))?;
    Ok(out.write(&value)?)
}

fn line_helper(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    Ok(out.write(&clean::line(&plain(argument(helper)?)))?)
}

fn argument<'h>(helper: &'h Helper<'_>) -> Result<&'h serde_json::Value, handlebars::RenderError> {
    let missing = || RenderErrorReason::ParamNotFoundForIndex("a helper", 0);
    Ok(helper.param(0).ok_or_else(missing)?.value())
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_named_after_its_envelope_and_extension() {
        let templates = Templates::parse([("ticket.md.hbs", "{{title}}")]).unwrap();
        let ticket = templates.find("ticket").unwrap();
        assert_eq!(ticket.extension, "md");
        for name in ["ticket.hbs", "ticket.md", ".md.hbs"] {
            assert_eq!(Templates::parse([(name, "")]).unwrap_err().code, Code::InvalidTemplate, "{name}");
        }
    }

    #[test]
    fn a_faulty_template_tells_its_line() {
        let error = Templates::parse([("a.md.hbs", "x\n{{#if}")]).unwrap_err();
        assert!(error.message.starts_with("a.md.hbs:2:"), "{}", error.message);
    }
}
