//! Legs: the tables and logs that a rule reads, one for each place where it names one, and which of their events its
//! tests leave.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use super::{
    event::Event,
    telemetry::{Telemetry, is_windows_log, provider_of_channel, provider_of_table},
};
use crate::ir::{Comparison, Condition, Field, LogSource, Origin, Predicate, Shape, Test, eval};

/// Columns of Sentinel's tables of Windows logs that name the log.
const CHANNEL_COLUMNS: [&str; 5] = ["Source", "Channel", "EventLog", "Provider", "ProviderName"];

/// The ids that tests leave, by leg.
pub(super) type Known = BTreeMap<usize, BTreeSet<Arc<str>>>;

/// A table or log that a rule reads at one place.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    /// Who records its events; none for rows that are no events.
    pub(super) provider: Option<Arc<str>>,
    /// The schema whose names the fields are; none where they are canonical.
    pub(super) schema: Option<Arc<str>>,
    /// The event class, where the origin is one.
    pub(super) class: Option<Arc<str>>,
    pub(super) product: Option<Arc<str>>,
    /// The ids that the origin itself leaves.
    home: BTreeSet<Arc<str>>,
    /// The ids that the rule's tests leave.
    pub(super) ids: Option<BTreeSet<Arc<str>>>,
    /// The table's columns, as far as they are known.
    columns: HashSet<Arc<str>>,
}

impl Leg {
    pub(super) fn of(origin: &Origin, telemetry: &Telemetry<'_>) -> Self {
        let nothing = Self {
            provider: None,
            schema: None,
            class: None,
            product: None,
            home: BTreeSet::new(),
            ids: None,
            columns: HashSet::new(),
        };
        match origin {
            Origin::Table(table) => {
                let schema = table.schema.as_deref();
                let provider = provider_of_table(schema, &table.name);
                let own = if provider.starts_with("Defender-") { Some("defender") } else { schema };
                let columns =
                    own.map_or_else(Vec::new, |schema| telemetry.mapping.columns_of(schema, &table.name));
                Self {
                    provider: Some(provider),
                    schema: Some(own.unwrap_or("sentinel").into()),
                    columns: columns.into_iter().collect(),
                    ..nothing
                }
            }
            Origin::Class { class, log_source } => Self::of_class(class, log_source, telemetry, nothing),
            Origin::LogSource(log_source) => {
                let parts = [&log_source.product, &log_source.category, &log_source.service];
                let name = parts.into_iter().flatten().map(|part| &**part).collect::<Vec<_>>().join("_");
                Self {
                    provider: Some(if name.is_empty() { "unknown".into() } else { name.into() }),
                    ..nothing
                }
            }
            Origin::Dataset(dataset) => Self { provider: dataset.names.first().cloned(), ..nothing },
            Origin::External(_) | Origin::Unmapped => nothing,
        }
    }

    /// The log where a class's rules look first: Sysmon's, Windows' own, else the class itself.
    fn of_class(class: &Arc<str>, log_source: &LogSource, telemetry: &Telemetry<'_>, nothing: Self) -> Self {
        let product = log_source.product.clone();
        let is_windows = product.as_deref().is_none_or(|product| product == "windows");
        let recordings = telemetry.recordings(class);
        let home = ["sysmon", "windows_security", "sentinel"].iter().find_map(|schema| {
            let is_home = |provider: &str| *schema != "sentinel" || is_windows_log(provider);
            recordings.iter().find(|it| *it.schema == **schema && is_home(&it.provider))
        });
        if let Some(home) = home.filter(|_| is_windows) {
            // The names of a log's class are those of the log.
            let schema = if &*home.schema == "windows_security" { "windows_security" } else { "sysmon" };
            return Self {
                provider: Some(home.provider.clone()),
                schema: Some(schema.into()),
                class: Some(class.clone()),
                product,
                home: home.ids.iter().cloned().collect(),
                ..nothing
            };
        }
        let named = match product.as_deref() {
            Some(system @ ("linux" | "macos")) if !class.starts_with(system) => {
                format!("{system}_{class}").into()
            }
            _ => class.clone(),
        };
        Self { provider: Some(named), class: Some(class.clone()), product, ..nothing }
    }

    /// Whether its table has a column; where nothing is known of them, any.
    pub(super) fn has(&self, column: &str) -> bool {
        let outer = column.split('.').next().unwrap_or(column);
        self.columns.is_empty() || self.columns.contains(outer) || self.columns.contains(column)
    }

    /// Learns from a term that every row satisfies which log it is about.
    pub(super) fn learn_channel(&mut self, column: &str, test: &Test) {
        let is_shared = self
            .provider
            .as_deref()
            .is_some_and(|it| matches!(it, "Sentinel-Event" | "Sentinel-WindowsEvent"));
        if let Test::Text(pattern, _) = test
            && is_shared
            && CHANNEL_COLUMNS.contains(&column)
            && let Some(channel) = pattern.as_exact()
        {
            self.provider = Some(provider_of_channel(channel));
        }
    }

    /// The ids of events that pass a test of a column.
    pub(super) fn passing(
        &self,
        column: &str,
        test: &Test,
        telemetry: &Telemetry<'_>,
    ) -> Option<BTreeSet<Arc<str>>> {
        let provider = self.provider.as_deref()?;
        if !Telemetry::discriminators(provider).contains(&column) {
            return None;
        }
        let one = |text: &str| {
            let known = telemetry.ids(provider).find(|id| id.eq_ignore_ascii_case(text));
            Some(BTreeSet::from([known.cloned().unwrap_or_else(|| text.into())]))
        };
        match test {
            Test::Text(pattern, _) => match pattern.shape() {
                Shape::Exact("") | Shape::Anything => None,
                Shape::Exact(text) => one(text),
                _ => self.holding(column, test, telemetry),
            },
            Test::Number(Comparison::Equal, number) => one(&number.to_string()),
            Test::Term(..) | Test::Regex(_) => self.holding(column, test, telemetry),
            _ => None,
        }
    }

    /// The spelling of an event id that a value of a column is, whatever its case.
    pub(super) fn known_id(&self, column: &str, value: &str, telemetry: &Telemetry<'_>) -> Option<Arc<str>> {
        let provider = self.provider.as_deref()?;
        let is_id = Telemetry::discriminators(provider).contains(&column);
        telemetry.ids(provider).find(|id| is_id && id.eq_ignore_ascii_case(value)).cloned()
    }

    /// The known ids on which a test holds.
    fn holding(&self, column: &str, test: &Test, telemetry: &Telemetry<'_>) -> Option<BTreeSet<Arc<str>>> {
        let predicate = Predicate::new(Field::new(column), test.clone(), crate::diag::Span::default());
        let condition = Condition::is(predicate);
        let holds =
            |id: &&Arc<str>| condition.holds_on(&[(column, eval::Value::from(&***id))].into_iter().collect());
        let provider = self.provider.as_deref()?;
        let ids: BTreeSet<Arc<str>> = telemetry.ids(provider).filter(holds).cloned().collect();
        (!ids.is_empty()).then_some(ids)
    }

    /// Its events, if only those of some ids are left.
    pub(super) fn events(&self, left: Option<&BTreeSet<Arc<str>>>) -> Vec<Event> {
        let Some(provider) = &self.provider else { return Vec::new() };
        let ids = left.or(self.ids.as_ref()).unwrap_or(&self.home);
        if ids.is_empty() {
            return vec![Event::any(provider.clone())];
        }
        ids.iter().map(|id| Event::of(provider.clone(), id.clone())).collect()
    }
}

/// What holds where both do: of a leg that both know, the ids that both leave.
pub(super) fn both(known: &Known, other: &Known) -> Known {
    let mut all = known.clone();
    for (leg, ids) in other {
        all.entry(*leg)
            .and_modify(|mine| {
                let common: BTreeSet<Arc<str>> = mine.intersection(ids).cloned().collect();
                if !common.is_empty() {
                    *mine = common;
                }
            })
            .or_insert_with(|| ids.clone());
    }
    all
}

/// What holds where one of several does: legs that all know.
pub(super) fn either(several: Vec<Known>) -> Known {
    let mut several = several.into_iter();
    let Some(mut all) = several.next() else { return Known::new() };
    for other in several {
        all.retain(|leg, ids| other.get(leg).map(|more| ids.extend(more.iter().cloned())).is_some());
    }
    all
}
