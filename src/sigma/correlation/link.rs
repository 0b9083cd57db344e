//! The correlations of a run, each with the rules that it names, wherever they stand.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    ast::Correlation,
    part::Referred,
    resolve::{Resolved, resolve},
};
use crate::{
    diag::{Code, Diagnostic, did_you_mean},
    ir::{Pipeline, Stage},
    sigma::{
        link::{Index, Place},
        reading::{Document, Reading},
    },
};

/// How deep correlations may be of correlations.
const MAX_DEPTH: usize = 20;

/// How many tests the correlations of a run may amount to, with those of their rules.
const MAX_TESTS: usize = 2_000_000;

/// Makes rules of the correlations of a run, or breaks them with a reason. Rules that correlations are made of are not
/// asked for on their own, unless one of the correlations says `generate: true`.
pub(in crate::sigma) fn correlate(sources: &mut [&mut [Reading]]) {
    let (resolved, parts) = {
        let index = Index::of(sources.iter().map(|readings| &**readings).collect());
        let mut linker = Linker { index: &index, done: BTreeMap::new(), path: Vec::new(), tests: 0 };
        let places: Vec<Place> = index
            .readings()
            .filter(|(_, reading)| matches!(reading.document, Document::Correlation(_)))
            .map(|(place, _)| place)
            .collect();
        for place in &places {
            linker.resolve(*place);
        }
        let parts = linker.parts(&places);
        (linker.done, parts)
    };
    for (place, outcome) in resolved {
        let reading = &mut sources[place.source][place.document];
        match outcome {
            Ok(resolved) => reading.document = Document::Rule(Box::new(resolved.rule)),
            Err(faults) => faults.into_iter().for_each(|fault| reading.give_up(fault)),
        }
    }
    let metadata = |place: Place| Arc::clone(&sources[place.source][place.document].metadata);
    let parts: Vec<_> =
        parts.into_iter().map(|(part, whole)| (part, metadata(part), whole, metadata(whole))).collect();
    for (part, of_part, whole, of_whole) in parts {
        sources[part.source][part.document].part_of.push(of_whole);
        sources[whole.source][whole.document].parts.push(of_part);
    }
}

struct Linker<'a> {
    index: &'a Index<'a>,
    done: BTreeMap<Place, Result<Resolved, Vec<Diagnostic>>>,
    /// The correlations that are being resolved, each for the one before it.
    path: Vec<Place>,
    /// How many tests those that are resolved amount to.
    tests: usize,
}

impl<'a> Linker<'a> {
    fn correlation(&self, place: Place) -> Option<&'a Correlation> {
        match &self.index.reading(place).document {
            Document::Correlation(correlation) => Some(correlation),
            _ => None,
        }
    }

    /// Resolves a correlation, after those that it is of.
    fn resolve(&mut self, place: Place) {
        let Some(correlation) = self.correlation(place) else { return };
        if self.done.contains_key(&place) {
            return;
        }
        self.path.push(place);
        let mut faults: HashMap<&str, Diagnostic> = HashMap::new();
        let mut seen: HashMap<Place, &str> = HashMap::new();
        for word in &correlation.rules {
            let found = self.find(&word.text).and_then(|found| self.check(found, &word.text, &mut seen));
            match found {
                Err(fault) => drop(faults.insert(&word.text, fault)),
                Ok(found) => {
                    self.resolve(found);
                    let is_broken = self.done.get(&found).is_some_and(Result::is_err);
                    if is_broken {
                        let message = format!("the correlation `{}` has errors", word.text);
                        faults.insert(&word.text, fault(Code::InvalidCorrelation, message));
                    }
                }
            }
        }
        let resolved = resolve(correlation, |name| match faults.remove(name) {
            Some(fault) => Err(fault),
            None => self.referred(place, name),
        });
        let resolved = resolved.and_then(|resolved| {
            self.tests += tests(&resolved.rule.stages);
            if self.tests <= MAX_TESTS {
                return Ok(resolved);
            }
            let message = format!("the correlations of this run amount to more than {MAX_TESTS} tests");
            Err(vec![Diagnostic::new(Code::InvalidCorrelation, correlation.kind_span, message)])
        });
        self.path.pop();
        self.done.insert(place, resolved);
    }

    /// The one document that an id or a name refers to.
    fn find(&self, name: &str) -> Result<Place, Diagnostic> {
        match self.index.find(name) {
            [only] => Ok(*only),
            [] => Err(self.unknown(name)),
            several => {
                let titles: Vec<String> = several
                    .iter()
                    .take(3)
                    .map(|place| format!("`{}`", self.index.reading(*place).metadata.title))
                    .collect();
                let message = format!("{} rules are called `{name}`", several.len());
                let help = format!("give each a name of its own: {}", titles.join(", "));
                Err(fault(Code::AmbiguousReference, message).help(help))
            }
        }
    }

    fn unknown(&self, name: &str) -> Diagnostic {
        let is_called = |reading: &Reading| {
            reading.metadata.id.as_deref() == Some(name) || reading.metadata.name.as_deref() == Some(name)
        };
        if self.index.readings().any(|(_, reading)| is_called(reading)) {
            let message = format!("the rule `{name}` has errors, or is none that can be counted");
            return fault(Code::UnknownReference, message);
        }
        let unknown =
            fault(Code::UnknownReference, format!("no rule of this run has the id or name `{name}`"));
        let mut known: Vec<&str> = self.index.references().collect();
        known.sort_unstable();
        match did_you_mean(name, known) {
            Some(near) => unknown.help(format!("did you mean `{near}`?")),
            None => unknown.help("pass the file or folder with the rule as well"),
        }
    }

    /// Refuses what leads back, or is named already.
    fn check<'w>(
        &self,
        found: Place,
        name: &'w str,
        seen: &mut HashMap<Place, &'w str>,
    ) -> Result<Place, Diagnostic> {
        if self.path.contains(&found) {
            let message = format!("`{name}` leads back to this correlation");
            return Err(fault(Code::ReferenceCycle, message));
        }
        if self.path.len() >= MAX_DEPTH {
            let message = format!("correlations of correlations are deeper than {MAX_DEPTH}");
            return Err(fault(Code::InvalidCorrelation, message));
        }
        match seen.insert(found, name) {
            Some(before) if before != name => {
                let message = format!("`{name}` and `{before}` are the same rule");
                Err(fault(Code::InvalidCorrelation, message))
            }
            _ => Ok(found),
        }
    }

    fn referred(&self, from: Place, name: &str) -> Result<Referred<'_>, Diagnostic> {
        let place = self.find(name)?;
        let is_elsewhere = place.source != from.source;
        if let Some(Ok(resolved)) = self.done.get(&place) {
            return Ok(Referred { rule: &resolved.rule, columns: Some(&resolved.columns), is_elsewhere });
        }
        match &self.index.reading(place).document {
            Document::Rule(rule) => Ok(Referred { rule, columns: None, is_elsewhere }),
            _ => Err(self.unknown(name)),
        }
    }

    /// The documents that correlations are made of, each with the correlation; without those that one of them asks for.
    fn parts(&self, places: &[Place]) -> Vec<(Place, Place)> {
        let (mut parts, mut generated) = (Vec::new(), BTreeSet::new());
        for place in places {
            let Some(correlation) = self.correlation(*place).filter(|_| self.done[place].is_ok()) else {
                continue;
            };
            let named: BTreeSet<Place> =
                correlation.rules.iter().filter_map(|word| self.find(&word.text).ok()).collect();
            if correlation.generate {
                generated.extend(named);
            } else {
                parts.extend(named.into_iter().map(|part| (part, *place)));
            }
        }
        parts.retain(|(part, _)| !generated.contains(part));
        parts
    }
}

fn fault(code: Code, message: String) -> Diagnostic {
    Diagnostic::without_span(code, message)
}

fn tests(stages: &[Stage]) -> usize {
    let in_stage = |stage: &Stage| match stage {
        Stage::Filter(condition) => condition.predicates().len(),
        Stage::Union(others, _) => others.iter().map(|Pipeline { stages, .. }| tests(stages)).sum(),
        _ => 1,
    };
    stages.iter().map(in_stage).sum()
}
