//! What is known of the columns that the commands so far have made.

use std::{collections::HashSet, sync::Arc};

use crate::ir::{ColumnType, Expression, Field, Function};

/// Columns by what they are besides plain values.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// Names for JSON objects and members of them, which are no columns.
    objects: Vec<(Arc<str>, Object)>,
    /// Fields of the index that have members.
    parents: HashSet<Arc<str>>,
    /// Columns that the query does without.
    left_out: HashSet<Arc<str>>,
    /// Columns whose values are those of an element of a list, with those of the other elements.
    elements: HashSet<Arc<str>>,
    /// Columns of lists.
    lists: HashSet<Arc<str>>,
    /// Columns of points in time.
    times: HashSet<Arc<str>>,
    /// Columns of lengths of time, in milliseconds.
    durations: HashSet<Arc<str>>,
}

#[derive(Debug)]
enum Object {
    Field(Path),
    Members(Vec<Expression>),
}

/// A field that the index has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) name: Arc<str>,
    /// Whether the path goes through an element of a list, which the index does not tell from the others.
    pub(super) is_of_element: bool,
    /// The text whose members they are, if the rule reads it as JSON.
    pub(super) json: Option<Arc<str>>,
}

/// What a value is besides a plain one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    /// One of an element of a list, and of others.
    Element,
    List,
    Time,
    /// In milliseconds.
    Duration,
}

/// What a path of members leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    Field(Path),
    /// The members of an object that the rule makes, names and values in turn.
    Object(&'a [Expression]),
    /// A member of such an object.
    Value(&'a Expression),
}

impl Columns {
    /// Those of events, of which these fields have members.
    pub(super) fn of_events(parents: HashSet<Arc<str>>) -> Self {
        Self { parents, ..Self::default() }
    }

    /// The column is made, and is what its value is.
    pub(super) fn make(&mut self, name: &Field, kind: Kind) {
        self.forget(&name.name);
        let set = match kind {
            Kind::Plain => return,
            Kind::Element => &mut self.elements,
            Kind::List => &mut self.lists,
            Kind::Time => &mut self.times,
            Kind::Duration => &mut self.durations,
        };
        set.insert(name.name.clone());
    }

    /// Takes the name for an object, if the value is one.
    pub(super) fn name_object(&mut self, name: &Field, value: &Expression) -> bool {
        let is_json = matches!(value, Expression::Call(Function::ParseJson, _));
        let object = match self.place(value) {
            Some(Place::Field(path)) if is_json => Object::Field(path),
            Some(Place::Object(members)) => Object::Members(members.to_vec()),
            _ => return false,
        };
        self.forget(&name.name);
        self.objects.push((name.name.clone(), object));
        true
    }

    /// Takes the name for the elements of a list of objects.
    pub(super) fn name_elements(&mut self, name: &Field, path: Path) {
        self.forget(&name.name);
        self.objects.push((name.name.clone(), Object::Field(Path { is_of_element: true, ..path })));
    }

    /// There is no such column in the query.
    pub(super) fn leave_out(&mut self, name: &Field) {
        self.forget(&name.name);
        self.left_out.insert(name.name.clone());
    }

    fn forget(&mut self, name: &str) {
        self.objects.retain(|(object, _)| **object != *name);
        for set in self.sets() {
            set.remove(name);
        }
    }

    fn sets(&mut self) -> [&mut HashSet<Arc<str>>; 5] {
        [&mut self.left_out, &mut self.elements, &mut self.lists, &mut self.times, &mut self.durations]
    }

    /// Whether there is such a column.
    pub(super) fn has(&self, field: &Field) -> bool {
        let has_members = !field.is_computed && self.parents.contains(&field.name);
        !has_members
            && !self.left_out.contains(&field.name)
            && self.objects.iter().all(|(name, _)| *name != field.name)
    }

    pub(super) fn rename(&mut self, new: &Arc<str>, old: &str) {
        if let Some((name, _)) = self.objects.iter_mut().find(|(name, _)| **name == *old) {
            *name = new.clone();
        }
        for set in self.sets() {
            if set.remove(old) {
                set.insert(new.clone());
            }
        }
    }

    /// What a column is.
    pub(super) fn kind_of(&self, field: &Field) -> Kind {
        match &field.name {
            name if self.elements.contains(name) => Kind::Element,
            name if self.lists.contains(name) => Kind::List,
            name if self.times.contains(name) || field.ty == ColumnType::Timestamp => Kind::Time,
            name if self.durations.contains(name) => Kind::Duration,
            _ => Kind::Plain,
        }
    }

    /// What a value is.
    pub(super) fn kind(&self, value: &Expression) -> Kind {
        use Function as F;
        if let Some(Place::Field(Path { is_of_element: true, .. })) = self.place(value) {
            return Kind::Element;
        }
        match value {
            Expression::Field(field) => self.kind_of(field),
            Expression::Constant(crate::ir::Constant::Duration(_)) => Kind::Duration,
            Expression::Constant(crate::ir::Constant::Timestamp(_)) => Kind::Time,
            Expression::Call(function, arguments) => match (function, arguments.as_slice()) {
                (F::Split | F::List | F::ListConcat | F::SetUnion | F::ListSort | F::ListSlice, _) => {
                    Kind::List
                }
                (
                    F::ToTimestamp
                    | F::Now
                    | F::Ago
                    | F::StartOfDay
                    | F::StartOfMonth
                    | F::StartOfWeek
                    | F::FromUnixSeconds
                    | F::FromUnixMilliseconds,
                    _,
                ) => Kind::Time,
                (F::Subtract, [left, right]) => match (self.kind(left), self.kind(right)) {
                    (Kind::Time, Kind::Time) => Kind::Duration,
                    (left, _) => left,
                },
                (F::Add, [_, right]) if self.kind(right) == Kind::Time => Kind::Time,
                (F::Divide, [left, right])
                    if self.kind(left) == Kind::Duration && self.kind(right) == Kind::Duration =>
                {
                    Kind::Plain
                }
                (F::Coalesce | F::Bin | F::Absolute | F::Add | F::Multiply | F::Divide, [first, ..]) => {
                    self.kind(first)
                }
                (_, arguments) if arguments.iter().any(|it| self.kind(it) == Kind::Element) => Kind::Element,
                _ => Kind::Plain,
            },
            Expression::Case(cases, otherwise) => {
                let first = cases.iter().map(|(_, value)| self.kind(value));
                first.chain([self.kind(otherwise)]).find(|kind| *kind != Kind::Plain).unwrap_or(Kind::Plain)
            }
            _ => Kind::Plain,
        }
    }

    /// Where a path of members leads, if to a place that can be named.
    pub(super) fn place<'a>(&'a self, value: &'a Expression) -> Option<Place<'a>> {
        match value {
            Expression::Field(field) => match self.objects.iter().find(|(name, _)| *name == field.name) {
                Some((_, Object::Field(path))) => Some(Place::Field(path.clone())),
                Some((_, Object::Members(members))) => Some(Place::Object(members)),
                None => self.indexed(field).map(Place::Field),
            },
            Expression::Call(Function::ParseJson, arguments) => match self.place(arguments.first()?)? {
                Place::Field(path) => {
                    let json = path.json.or_else(|| Some(path.name.clone()));
                    Some(Place::Field(Path { json, ..path }))
                }
                other => Some(other),
            },
            Expression::Call(Function::ToText, arguments) => self.place(arguments.first()?),
            Expression::Call(Function::Object, members) => Some(Place::Object(members)),
            Expression::Member(of, member) => match self.place(of)? {
                Place::Field(path) => {
                    let name = format!("{}.{member}", path.name).into();
                    Some(Place::Field(Path { name, ..path }))
                }
                Place::Object(members) => {
                    let is_it = |pair: &&[Expression]| pair[0] == Expression::text(member.clone());
                    let value = &members.chunks_exact(2).find(is_it)?[1];
                    Some(self.place(value).unwrap_or(Place::Value(value)))
                }
                Place::Value(_) => None,
            },
            Expression::Element(of, _) => match self.place(of)? {
                Place::Field(path) => Some(Place::Field(Path { is_of_element: true, ..path })),
                _ => None,
            },
            _ => None,
        }
    }

    /// A field that the index may have an object in. Fields of other types hold no text of JSON, and those of a
    /// `flattened` field are no columns.
    fn indexed(&self, field: &Field) -> Option<Path> {
        let may_be = matches!(field.ty, ColumnType::Unknown | ColumnType::String);
        let is_made = field.is_computed || self.left_out.contains(&field.name);
        (may_be && !is_made).then(|| Path {
            name: field.name.clone(),
            is_of_element: self.elements.contains(&field.name),
            json: None,
        })
    }
}
