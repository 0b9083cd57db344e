//! `rulec catalog`: what rules look for, as a site.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use super::{
    args::{CatalogArgs, CatalogFormat},
    corpus::{Rules, gather},
    mappings,
    output::Folder,
    run::{Plan, contained, in_order},
    status::{Failure, Status, say},
};
use crate::{
    Options,
    catalog::{
        Telemetry,
        site::{Converted, FieldTables, Form, Page, Renderer, Site},
    },
    target::Target,
};

/// The list of the files of a run, so that a later one can take away those that are no more.
const MANIFEST: &str = "rulec-catalog.txt";

/// The largest template or asset, in bytes.
const MAX_TEMPLATE: u64 = 4 << 20;

pub(super) fn run(args: &CatalogArgs) -> Result<Status, Failure> {
    let started = Instant::now();
    let form = match args.format {
        CatalogFormat::Html => Form::Html,
        CatalogFormat::Markdown => Form::Markdown,
        CatalogFormat::Json => Form::Json,
    };
    let renderer =
        Renderer::new(form, &own_templates(args.templates.as_deref())?).map_err(Failure::Message)?;
    let mapping = mappings::table(&args.mapping.mappings)?;
    let telemetry = Telemetry::of(&mapping).map_err(|fault| Failure::Message(fault.to_string()))?;
    let plan = Plan { jobs: args.jobs.jobs, progress: !args.quiet };
    let rules = gather(&args.input, &args.placeholders, plan, args.quiet, &telemetry)?;
    let site = Site::new(&rules.corpus, &telemetry);
    let job = Job {
        tables: site.field_tables(),
        site: &site,
        rules: &rules,
        renderer: &renderer,
        root: &args.output,
        targets: args.targets(),
        options: Options { mapping: Some(&mapping), ..Options::default() },
    };
    let mut out = Output::create(&args.output)?;
    let pages = site.pages();
    in_order(&pages, plan, |page| job.page(page), |made| out.take(made?))?;
    for (path, text) in renderer.assets() {
        out.take(job.made(path.clone(), text.clone()))?;
    }
    for (path, text) in site.layers() {
        out.take(job.made(path, text))?;
    }
    if form == Form::Html {
        for (name, text) in site.search_scripts() {
            out.take(job.made(format!("search/{name}"), text))?;
        }
    }
    out.finish()?;
    if !args.quiet {
        say(&out.summary(&rules, started.elapsed().as_secs_f64()));
    }
    Ok(if rules.trouble { Status::Trouble } else { Status::Fine })
}

/// A user's templates and assets, by name.
fn own_templates(folder: Option<&Path>) -> Result<Vec<(String, String)>, Failure> {
    let Some(folder) = folder else { return Ok(Vec::new()) };
    let cannot = |what: &Path, why: &dyn std::fmt::Display| {
        Failure::Message(format!("cannot read the templates `{}`: {why}", what.display()))
    };
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| cannot(folder, &error))?;
        let path = entry.path();
        if !entry.file_type().is_file() {
            continue;
        }
        if entry.metadata().is_ok_and(|about| about.len() > MAX_TEMPLATE) {
            return Err(cannot(path, &"it is too large"));
        }
        let text = fs::read_to_string(path).map_err(|error| cannot(path, &error))?;
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/");
        found.push((name, text));
    }
    Ok(found)
}

/// A file of the site.
struct Made {
    path: String,
    /// Nothing where the same is there already.
    text: Option<String>,
}

struct Job<'a> {
    site: &'a Site<'a>,
    tables: FieldTables,
    rules: &'a Rules,
    renderer: &'a Renderer,
    root: &'a Path,
    targets: Vec<&'static Target>,
    options: Options<'a>,
}

impl Job<'_> {
    fn page(&self, page: &Page) -> Result<Made, Failure> {
        let rendered = match page {
            Page::Rule(member) => self.rule(*member, page),
            page => self.renderer.page(self.site, &self.tables, page, None),
        };
        let (path, text) = rendered.map_err(Failure::Message)?;
        Ok(self.made(path, text))
    }

    /// A rule is converted when its page is made, and its queries go when the page is written.
    fn rule(&self, member: usize, page: &Page) -> Result<(String, String), String> {
        let (source, reading) = self.rules.reading(member).ok_or("a rule has lost its file")?;
        let converted = reading
            .rule()
            .map(|rule| contained(|| crate::convert(rule, &self.targets, &self.options)).unwrap_or_default());
        let conversions = converted.unwrap_or_default();
        let converted =
            Converted { source, span: reading.span, rule: reading.rule(), conversions: &conversions };
        self.renderer.page(self.site, &self.tables, page, Some(&converted))
    }

    /// A file, with its text only if the one that is there has another.
    fn made(&self, path: String, text: String) -> Made {
        let file = self.root.join(&path);
        let is_file = fs::symlink_metadata(&file)
            .is_ok_and(|about| about.is_file() && about.len() == text.len() as u64);
        let is_same = is_file && fs::read(&file).is_ok_and(|there| there == text.as_bytes());
        Made { path, text: (!is_same).then_some(text) }
    }
}

/// The folder, and what has happened to it.
struct Output {
    folder: Folder,
    root: PathBuf,
    files: Vec<String>,
    written: usize,
    removed: usize,
}

impl Output {
    fn create(root: &Path) -> Result<Self, Failure> {
        let folder = Folder::create(root).map_err(|error| {
            Failure::Message(format!("cannot make the output folder `{}`: {error}", root.display()))
        })?;
        Ok(Self { folder, root: root.to_owned(), files: Vec::new(), written: 0, removed: 0 })
    }

    fn take(&mut self, made: Made) -> Result<(), Failure> {
        let result = match &made.text {
            Some(text) => self.folder.write_text(Path::new(&made.path), text),
            None => self.folder.keep(Path::new(&made.path)),
        };
        result.map_err(|error| Failure::Message(format!("cannot write `{}`: {error}", made.path)))?;
        self.written += usize::from(made.text.is_some());
        self.files.push(made.path);
        Ok(())
    }

    /// Takes away what an earlier run wrote and this one did not, and writes the list for the next one.
    fn finish(&mut self) -> Result<(), Failure> {
        let before = fs::read_to_string(self.root.join(MANIFEST)).unwrap_or_default();
        let now: std::collections::HashSet<&str> = self.files.iter().map(String::as_str).collect();
        for file in before.lines().filter(|file| !now.contains(file)) {
            let removed = self.folder.remove(Path::new(file));
            removed.map_err(|error| Failure::Message(format!("cannot remove `{file}`: {error}")))?;
            self.removed += 1;
        }
        self.files.sort();
        let list = self.files.join("\n") + "\n";
        if list != before {
            self.folder
                .write_text(Path::new(MANIFEST), &list)
                .map_err(|error| Failure::Message(format!("cannot write `{MANIFEST}`: {error}")))?;
        }
        Ok(())
    }

    fn summary(&self, rules: &Rules, seconds: f64) -> String {
        let failed =
            if rules.failed == 0 { String::new() } else { format!(" ({} could not be read)", rules.failed) };
        let removed = if self.removed == 0 { String::new() } else { format!(", {} removed", self.removed) };
        format!(
            "{} rules{failed}: {} files, {} written{removed} ({seconds:.2} s)\n",
            rules.corpus.len(),
            self.files.len(),
            self.written
        )
    }
}
