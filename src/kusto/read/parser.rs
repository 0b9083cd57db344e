//! Unified parsers of the ASIM: tables that are functions, and what their arguments filter ("Using the Advanced Security
//! Information Model", on filtering parameters).

use std::rc::Rc;
use std::sync::Arc;

use super::{Reader, Table, scope::Scope, unsupported};
use crate::{
    diag::{Diagnostic, Span},
    ir::{
        Case, Comparison, Condition, Constant, Expression as Value, Field, Pattern, Predicate, Stage,
        TermPart, Test,
    },
    kusto::ast::{Argument, Expression},
};

/// How an argument filters its column.
#[derive(Clone, Copy)]
enum Filter {
    /// The event is not older.
    Since,
    /// The event is not younger.
    Until,
    /// The column has one of the terms.
    HasAny,
    /// The column has each of the terms.
    HasAll,
    /// The column starts with one of the texts.
    Prefix,
    /// The column is one of the values.
    Equals,
}

/// Parameters, how they filter, and which column.
const PARAMETERS: &[(&str, Filter, &str)] = {
    use Filter::{Equals, HasAll, HasAny, Prefix, Since, Until};
    &[
        ("starttime", Since, "TimeGenerated"),
        ("endtime", Until, "TimeGenerated"),
        ("domain_has_any", HasAny, "DnsQuery"),
        ("responsecodename", Equals, "EventResultDetails"),
        ("response_has_any_prefix", Prefix, "DnsResponseName"),
        ("url_has_any", HasAny, "Url"),
        ("httpuseragent_has_any", HasAny, "HttpUserAgent"),
        ("eventresultdetails_in", Equals, "EventResultDetails"),
        ("eventresultdetails_has_any", HasAny, "EventResultDetails"),
        ("eventresult", Equals, "EventResult"),
        ("srcipaddr", Equals, "SrcIpAddr"),
        ("srcipaddr_has_any_prefix", Prefix, "SrcIpAddr"),
        ("dstipaddr_has_any_prefix", Prefix, "DstIpAddr"),
        ("dstportnumber", Equals, "DstPortNumber"),
        ("dvcaction", Equals, "DvcAction"),
        ("dvchostname_has_any", HasAny, "DvcHostname"),
        ("hostname_has_any", HasAny, "DvcHostname"),
        ("commandline_has_any", HasAny, "CommandLine"),
        ("commandline_has_all", HasAll, "CommandLine"),
        ("actingprocess_has_any", HasAny, "ActingProcessName"),
        ("targetprocess_has_any", HasAny, "TargetProcessName"),
        ("parentprocess_has_any", HasAny, "ParentProcessName"),
        ("targetusername_has", HasAny, "TargetUsername"),
        ("targetfilepath_has_any", HasAny, "TargetFilePath"),
        ("eventtype", Equals, "EventType"),
        ("eventtype_in", Equals, "EventType"),
        ("registrykey_has_any", HasAny, "RegistryKey"),
        ("registryvalue_has_any", HasAny, "RegistryValue"),
        ("registryvaluedata_has_any", HasAny, "RegistryValueData"),
        ("operation_has_any", HasAny, "Operation"),
    ]
};

/// Parameters that do not choose events.
const OPTIONS: &[&str] = &["disabled", "pack"];

/// Names of unified parsers: built in, or deployed by the customer.
pub(super) fn is_parser(name: &str) -> bool {
    name.starts_with("_Im_")
        || name.starts_with("_ASim_")
        || name
            .strip_prefix("im")
            .or_else(|| name.strip_prefix("ASim"))
            .is_some_and(|rest| rest.starts_with(char::is_uppercase))
}

/// The name of the built-in parser that reads the same events.
pub(super) fn canonical(name: &str) -> Arc<str> {
    let rest = ["_Im_", "_ASim_", "im", "ASim"].iter().find_map(|prefix| name.strip_prefix(prefix));
    let schema = match rest.unwrap_or(name) {
        "Process" | "ProcessEvent" | "ProcessCreate" => "ProcessCreate",
        "Registry" => "RegistryEvent",
        "File" => "FileEvent",
        other => other,
    };
    format!("_Im_{schema}").into()
}

impl Reader<'_> {
    /// A unified parser with its filtering parameters, which mean the same as a condition after it.
    pub(super) fn parser<'s>(
        &mut self,
        name: &str,
        arguments: &'s [Argument],
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<Table, Diagnostic> {
        let mut table = self.product_table(name, span);
        for argument in arguments {
            let Some(parameter) = &argument.name else {
                return Err(unsupported(
                    argument.value.span(),
                    "arguments of a unified parser need their names",
                ));
            };
            if let Some(condition) =
                self.filter(&parameter.text, &argument.value, scope, parameter.place.0)?
            {
                self.push(&mut table, Stage::Filter(condition), span)?;
            }
        }
        Ok(table)
    }

    fn filter<'s>(
        &mut self,
        parameter: &str,
        value: &'s Expression,
        scope: &Rc<Scope<'s>>,
        span: Span,
    ) -> Result<Option<Condition>, Diagnostic> {
        if OPTIONS.contains(&parameter) {
            return Ok(None);
        }
        let Some((_, filter, column)) = PARAMETERS.iter().find(|(name, ..)| *name == parameter) else {
            return Err(unsupported(span, format!("what `{parameter}` filters is not known")));
        };
        let is = |test: Test| Condition::is(Predicate::new(Field::new(*column), test, value.span()));
        let bound = match filter {
            Filter::Since => Some(Comparison::GreaterOrEqual),
            Filter::Until => Some(Comparison::LessOrEqual),
            _ => None,
        };
        if let Some(comparison) = bound {
            let bound: Value = self.value(value, &super::columns::Columns::default(), scope)?;
            // The end of the search is now.
            let is_now = matches!(bound, Value::Call(crate::ir::Function::Now, _));
            return Ok((!is_now).then(|| is(Test::Compare(comparison, Box::new(bound)))));
        }
        let Some(constants) = self.constants(value, scope)? else {
            if let Some(list) = self.external_list(value, scope)? {
                return Ok(Some(is(Test::Listed(list, Case::Insensitive))));
            }
            return Err(unsupported(value.span(), "a filtering parameter takes constants"));
        };
        let mut terms = Vec::new();
        for constant in constants {
            terms.push(match (filter, &constant) {
                (Filter::Equals, Constant::Number(number)) => is(Test::Number(Comparison::Equal, *number)),
                (Filter::Equals, Constant::Text(text)) if **text == *"*" => return Ok(None),
                (Filter::Equals, Constant::Text(text)) => {
                    is(Test::Text(Pattern::exact(&**text), Case::Insensitive))
                }
                (Filter::Prefix, Constant::Text(text)) => {
                    is(Test::Text(Pattern::starts_with(&**text), Case::Insensitive))
                }
                (_, Constant::Text(text)) if **text == *"*" => return Ok(None),
                (_, Constant::Text(text)) => is(Test::Term(TermPart::Whole, text.clone(), Case::Insensitive)),
                _ => return Err(unsupported(value.span(), "a filtering parameter takes texts")),
            });
        }
        // No value filters nothing.
        Ok(match filter {
            _ if terms.is_empty() => None,
            Filter::HasAll => Some(Condition::all(terms)),
            _ => Some(Condition::any(terms)),
        })
    }
}
