//! What names stand for: `let`s and the parameters of functions.

use std::rc::Rc;

use super::{Table, unsupported};
use crate::{
    diag::{Diagnostic, Span},
    kusto::ast::{Argument, Expression, Function, ParameterType},
};

/// Names and what they are bound to, the latest first.
#[derive(Debug, Default)]
pub(super) struct Scope<'s> {
    bound: Option<(&'s str, Binding<'s>)>,
    outer: Option<Rc<Scope<'s>>>,
}

/// What a name is bound to, and the names that it was written under.
#[derive(Debug, Clone)]
pub(super) enum Binding<'s> {
    /// A scalar, a list, or a tabular expression.
    Value(&'s Expression, Rc<Scope<'s>>),
    /// A function.
    Function(&'s Function, Rc<Scope<'s>>),
    /// Rows, as `as` and `invoke` name them.
    Rows(Box<Table>),
}

impl<'s> Scope<'s> {
    /// `outer` with one more name.
    pub(super) fn bound(outer: &Rc<Self>, name: &'s str, binding: Binding<'s>) -> Rc<Self> {
        Rc::new(Self { bound: Some((name, binding)), outer: Some(Rc::clone(outer)) })
    }

    /// What a name is bound to.
    pub(super) fn find(&self, name: &str) -> Option<&Binding<'s>> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            match &here.bound {
                Some((bound, binding)) if *bound == name => return Some(binding),
                _ => scope = here.outer.as_deref(),
            }
        }
        None
    }
}

/// The names inside a function: its parameters, bound to the call's arguments as the caller has them. `rows` are those
/// that `invoke` passes.
pub(super) fn call_scope<'s>(
    function: &'s Function,
    defined: &Rc<Scope<'s>>,
    arguments: &'s [Argument],
    caller: &Rc<Scope<'s>>,
    rows: Option<Table>,
    span: Span,
) -> Result<Rc<Scope<'s>>, Diagnostic> {
    let mut scope = Rc::clone(defined);
    let mut parameters = function.parameters.iter();
    if let Some(rows) = rows {
        match parameters.next() {
            Some(parameter) if matches!(parameter.ty, ParameterType::Table(_)) => {
                scope = Scope::bound(&scope, &parameter.name.text, Binding::Rows(Box::new(rows)));
            }
            _ => return Err(unsupported(span, "`invoke` needs a function whose first parameter is a table")),
        }
    }
    let mut positional = arguments.iter().filter(|argument| argument.name.is_none());
    for parameter in parameters {
        let name = &parameter.name.text;
        let named = arguments.iter().find(|it| it.name.as_ref().is_some_and(|it| it.text == *name));
        let binding = match (named.or_else(|| positional.next()), &parameter.default) {
            (Some(argument), _) => Binding::Value(&argument.value, Rc::clone(caller)),
            (None, Some(default)) => Binding::Value(default, Rc::clone(defined)),
            (None, None) => return Err(unsupported(span, format!("the call lacks the argument `{name}`"))),
        };
        scope = Scope::bound(&scope, name, binding);
    }
    Ok(scope)
}
