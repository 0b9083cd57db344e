//! ATT&CK: the matrix with its gaps, a page for each technique, and layers for the Navigator.

use serde_json::{Value, json};

use super::{
    Site,
    page::{self, MatrixCell, MatrixColumn, TechniquePart},
    parent_of, plot,
};
use crate::{
    attack::{self, Matrix, State, tactics, techniques_of},
    catalog::Rules,
};

/// How many rules of each vendor a technique's page shows unfolded.
const FIRST: usize = 20;

impl Site<'_> {
    /// The rules that name a technique or one of its sub-techniques.
    fn rules_of_technique(&self, id: &str) -> Rules {
        let of = |known: &&'static str| *known == id || parent_of(known) == id;
        let rules = self.techniques.iter().filter(|(known, _)| of(known)).map(|(_, rules)| rules);
        rules.flatten().copied().collect()
    }

    pub(super) fn matrix_page(&self) -> page::Matrix {
        let mut columns = Vec::new();
        for tactic in
            tactics().iter().filter(|it| it.matrix == Matrix::Enterprise && it.state == State::Current)
        {
            let mut cells: Vec<MatrixCell> = techniques_of(tactic)
                .filter(|technique| !technique.is_sub())
                .map(|technique| {
                    let rules = self.rules_of_technique(technique.id);
                    MatrixCell {
                        id: technique.id,
                        name: technique.name,
                        path: (!rules.is_empty()).then(|| format!("attack/{}", technique.id)),
                        rules: rules.len(),
                        vendors: self.by_vendor(&rules),
                        heat: heat(rules.len()),
                    }
                })
                .collect();
            cells.sort_by(|a, b| b.rules.cmp(&a.rules).then_with(|| a.name.cmp(b.name)));
            let covered = cells.iter().filter(|cell| cell.rules > 0).count();
            columns.push(MatrixColumn { name: tactic.name, covered, all: cells.len(), cells });
        }
        let parents = attack::techniques().iter().filter(|it| !it.is_sub() && it.state == State::Current);
        let mut covered: Vec<(String, usize)> = Vec::new();
        let mut only: Vec<(String, usize)> = Vec::new();
        for technique in parents {
            let vendors = self.by_vendor(&self.rules_of_technique(technique.id));
            if let [(vendor, _)] = vendors.as_slice() {
                add(&mut only, vendor);
            }
            for (vendor, _) in &vendors {
                add(&mut covered, vendor);
            }
        }
        let layers = self.vendors().into_iter().map(|vendor| (vendor.to_owned(), layer_file(vendor)));
        page::Matrix {
            version: attack::VERSION,
            layers: layers.chain([("all".to_owned(), layer_file("all"))]).collect(),
            columns,
            only,
            plot: plot::bars("Techniques with a rule, by vendor", &covered),
        }
    }

    pub(super) fn technique_page(&self, id: &'static str) -> page::Technique {
        let technique = attack::technique(id).expect("invariant: only known techniques have pages");
        let parts = self.techniques.iter().filter(|(known, _)| parent_of(known) == id);
        let parts = parts.filter_map(|(known, rules)| {
            let part = attack::technique(known)?;
            Some(TechniquePart { id: part.id, name: part.name, vendors: self.vendor_rules(rules, FIRST) })
        });
        let tactics =
            technique.tactics.iter().filter_map(|slug| attack::tactic(slug)).map(|tactic| tactic.name);
        page::Technique {
            id: technique.id,
            name: technique.name,
            url: technique.url(),
            tactics: tactics.collect(),
            parts: parts.collect(),
        }
    }

    /// Layers for the ATT&CK Navigator by file: of each vendor, and of all rules.
    pub fn layers(&self) -> Vec<(String, String)> {
        let vendors = self.vendors().into_iter().map(Some).chain([None]);
        vendors.map(|vendor| (layer_file(vendor.unwrap_or("all")), self.layer(vendor))).collect()
    }

    /// A layer in the Navigator's format 4.5: a technique's score is the number of rules that name it.
    fn layer(&self, vendor: Option<&'static str>) -> String {
        let is_one =
            |rule: &&usize| vendor.is_none_or(|vendor| self.corpus.members()[**rule].vendor == vendor);
        let mut most = 0;
        let mut techniques: Vec<Value> = Vec::new();
        for (id, rules) in &self.techniques {
            let score = rules.iter().filter(is_one).count();
            if score > 0 {
                most = most.max(score);
                techniques
                    .push(json!({ "techniqueID": id, "score": score, "comment": format!("{score} rules") }));
            }
        }
        let name = vendor.map_or_else(|| "All rules".to_owned(), |vendor| format!("Rules: {vendor}"));
        let version = attack::VERSION.split('.').next().unwrap_or(attack::VERSION);
        let layer = json!({
            "name": name,
            "versions": { "attack": version, "navigator": "5.1.0", "layer": "4.5" },
            "domain": "enterprise-attack",
            "description": "How many rules name each technique.",
            "sorting": 3,
            "hideDisabled": false,
            "techniques": techniques,
            "gradient": { "colors": ["#e8f0fe", "#1a56b0"], "minValue": 0, "maxValue": most },
        });
        serde_json::to_string_pretty(&layer).expect("invariant: plain data is JSON") + "\n"
    }
}

fn add(counts: &mut Vec<(String, usize)>, vendor: &str) {
    match counts.iter_mut().find(|(name, _)| name == vendor) {
        Some((_, count)) => *count += 1,
        None => counts.push((vendor.to_owned(), 1)),
    }
}

fn layer_file(vendor: &str) -> String {
    format!("attack/navigator-{vendor}.json")
}

fn heat(rules: usize) -> u8 {
    match rules {
        0 => 0,
        1..=2 => 1,
        3..=9 => 2,
        10..=39 => 3,
        _ => 4,
    }
}
