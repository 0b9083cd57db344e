//! What is known where a command is written: what the fields hold, what went before, and where notes go.

use std::collections::{HashMap, HashSet};

use super::ast::Command;
use crate::{
    diag::{Code, Diagnostic, Effect, Note, Span},
    ir::{ColumnType, Condition, Expression, Field, Subject, Test},
};

/// What a value is, as far as that decides how it is written. Splunk's own values are text or numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anything.
    Unknown,
    /// Text.
    Text,
    /// A whole number, not negative.
    Count,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// The text `true` or `false`.
    Boolean,
    /// Seconds since 1970 (UTC).
    Time,
    /// A point in time as text.
    TimeText,
    /// A number of seconds.
    Duration,
    /// Several values.
    List,
    /// JSON text.
    Json,
}

impl Kind {
    /// Whether eval compares it as a number.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Count | Self::Integer | Self::Number | Self::Time | Self::Duration)
    }

    /// Whether it is a whole number.
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Self::Count | Self::Integer)
    }

    /// Whether its letters' case can matter.
    pub(super) fn has_case(self) -> bool {
        !self.is_number() && !matches!(self, Self::Boolean | Self::TimeText)
    }
}

/// The state of the pipeline that is being written.
pub(super) struct Scope<'n> {
    /// Where notes go.
    pub(super) notes: &'n mut Vec<Note>,
    /// What the next command needs to stand before it.
    pub(super) before: Vec<Command>,
    /// What refusals and notes are about.
    pub(super) span: Span,
    /// Whether another pipeline takes the rows.
    pub(super) is_nested: bool,
    /// How many notes there were before.
    pub(super) first_note: usize,
    kinds: HashMap<String, Kind>,
    present: HashSet<String>,
    /// Fields in which an empty text stands for what is missing.
    filled: HashSet<String>,
    names: HashSet<String>,
}

/// The fields of every index.
const ALWAYS_PRESENT: [&str; 5] = ["_time", "host", "index", "source", "sourcetype"];

impl<'n> Scope<'n> {
    /// The start of a pipeline over events.
    pub(super) fn new(notes: &'n mut Vec<Note>) -> Self {
        Self {
            first_note: notes.len(),
            notes,
            before: Vec::new(),
            span: Span::default(),
            is_nested: false,
            kinds: HashMap::new(),
            present: ALWAYS_PRESENT.iter().map(|&name| name.to_owned()).collect(),
            filled: HashSet::new(),
            names: HashSet::new(),
        }
    }

    /// A note about the stage that is being written; the same one stands once.
    pub(super) fn note(&mut self, code: Code, effect: Effect, message: impl Into<String>) {
        let note = Note::new(code, effect, self.span, message);
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// A refusal of what is being written.
    pub(super) fn refuse(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Code::Unsupported, self.span, message)
    }

    /// What a field holds.
    pub(super) fn kind_of(&self, field: &Field) -> Kind {
        if let Some(kind) = self.kinds.get(&*field.name) {
            return *kind;
        }
        match field.ty {
            _ if &*field.name == "_time" => Kind::Time,
            ColumnType::Integer => Kind::Integer,
            ColumnType::Real => Kind::Number,
            ColumnType::Boolean => Kind::Boolean,
            ColumnType::Timestamp => Kind::TimeText,
            ColumnType::Dynamic => Kind::Json,
            ColumnType::Unknown => Kind::Unknown,
            ColumnType::String
            | ColumnType::Wildcard
            | ColumnType::Caseless
            | ColumnType::Text
            | ColumnType::Ip => Kind::Text,
        }
    }

    /// Whether a command computed the field, so that it is no text of an event.
    pub(super) fn is_computed(&self, field: &Field) -> bool {
        self.kinds.contains_key(&*field.name)
    }

    /// Whether a computed field holds a number.
    pub(super) fn is_computed_number(&self, field: &Field) -> bool {
        self.kinds.get(&*field.name).is_some_and(|kind| kind.is_number())
    }

    /// Records a computed field.
    pub(super) fn define(&mut self, field: &str, kind: Kind, is_present: bool) {
        self.kinds.insert(field.to_owned(), kind);
        if is_present {
            self.present.insert(field.to_owned());
        } else {
            self.present.remove(field);
        }
    }

    /// Records that an empty text stands for a field's missing value from here on.
    pub(super) fn fill(&mut self, field: &str) {
        self.filled.insert(field.to_owned());
    }

    /// Whether an empty text stands for a field's missing value.
    pub(super) fn is_filled(&self, field: &Field) -> bool {
        self.filled.contains(&*field.name)
    }

    /// Whether a field has a value in every row.
    pub(super) fn is_present(&self, field: &Field) -> bool {
        self.present.contains(&*field.name)
    }

    /// Records that a field has a value in every row.
    pub(super) fn require(&mut self, field: &str) {
        self.present.insert(field.to_owned());
    }

    /// Records the fields that a filter's rows must have.
    pub(super) fn require_all_of(&mut self, condition: &Condition) {
        for term in condition.conjuncts() {
            let first = match term {
                Condition::Any(terms) => &terms[0],
                other => other,
            };
            let Condition::Is(predicate) = first else { continue };
            if let Some(field) = predicate.field().filter(|field| super::split::requires(term, field)) {
                self.present.insert(field.name.to_string());
            }
        }
    }

    /// Forgets all fields but these.
    pub(super) fn keep_only<'a>(&mut self, fields: impl IntoIterator<Item = &'a str>) {
        let kept: HashSet<&str> = fields.into_iter().collect();
        self.present.retain(|field| kept.contains(field.as_str()));
        self.kinds.retain(|field, _| kept.contains(field.as_str()));
    }

    /// Forgets all fields.
    pub(super) fn forget(&mut self) {
        self.kinds.clear();
        self.forget_presence();
    }

    /// Forgets which fields have values in every row.
    pub(super) fn forget_presence(&mut self) {
        self.present.retain(|field| ALWAYS_PRESENT.contains(&field.as_str()));
    }

    /// What the computed fields hold, in the order of their names.
    pub(super) fn computed(&self) -> Vec<(String, Kind)> {
        let mut computed: Vec<(String, Kind)> =
            self.kinds.iter().map(|(name, kind)| (name.clone(), *kind)).collect();
        computed.sort_by(|(left, _), (right, _)| left.cmp(right));
        computed
    }

    /// Records that a field has another name.
    pub(super) fn rename(&mut self, old: &Field, new: &Field) {
        let (kind, is_present) = (self.kind_of(old), self.is_present(old));
        self.kinds.remove(&*old.name);
        self.present.remove(&*old.name);
        self.define(&new.name, kind, is_present);
    }

    /// A name that no command before uses.
    pub(super) fn fresh(&mut self, wish: &str) -> String {
        let numbered = (2..).map(|number| format!("{wish}_{number}"));
        let mut names = std::iter::once(wish.to_owned()).chain(numbered);
        let free = names.find(|name| !self.names.contains(name) && !self.kinds.contains_key(name));
        let name = free.unwrap_or_else(|| wish.to_owned());
        self.names.insert(name.clone());
        name
    }
}

/// Whether an expression has a value in every row.
pub(super) fn is_present(expression: &Expression, scope: &Scope<'_>) -> bool {
    use crate::ir::{Constant, Function};
    match expression {
        Expression::Field(field) => scope.is_present(field),
        Expression::Constant(constant) => *constant != Constant::Null,
        Expression::Call(
            Function::Lower | Function::Upper | Function::Length | Function::Bin | Function::StartOfDay,
            arguments,
        ) => arguments.iter().all(|argument| is_present(argument, scope)),
        Expression::Call(Function::Coalesce, arguments) => {
            arguments.last().is_some_and(|last| is_present(last, scope))
        }
        Expression::Case(cases, otherwise) => {
            is_present(otherwise, scope) && cases.iter().all(|(_, value)| is_present(value, scope))
        }
        Expression::Call(
            Function::ToText | Function::Concat | Function::Now | Function::Ago | Function::ListLength,
            _,
        )
        | Expression::Holds(_)
        | Expression::Join { .. }
        | Expression::XmlData { .. }
        | Expression::JsonMember { .. }
        | Expression::KeyValue { .. }
        | Expression::Host(_) => true,
        Expression::Choice { then, otherwise, .. } => is_present(then, scope) && is_present(otherwise, scope),
        Expression::Call(..) | Expression::Member(..) | Expression::Element(..) => false,
    }
}

/// Whether a condition needs the rows of another search or list.
pub(super) fn is_membership(test: &Test) -> bool {
    match test {
        Test::Among(..) => true,
        Test::Listed(list, _) => !list.table.is_macro(),
        _ => false,
    }
}

/// Whether a condition reads a field that a command computed as a number, or a computed value.
pub(super) fn reads_computed(condition: &Condition, scope: &Scope<'_>) -> bool {
    condition.predicates().iter().any(|predicate| match &predicate.subject {
        Subject::Field(field) => scope.is_computed_number(field),
        Subject::Computed(_) => true,
        Subject::Anywhere => false,
    })
}
