//! Prints a pipeline: one clause a line, precedence, quoting by position.

use std::fmt::Write;

use super::{
    ast::{Base, Eval, Query, Search, Tstats},
    command::command,
    quote,
};

/// Clauses longer than this are broken where they can be.
pub(super) const WIDTH: usize = 110;
pub(super) const INDENT: usize = 4;

/// Prints a query, one clause of the base search and one command a line.
pub fn print(query: &Query) -> String {
    let mut out = String::new();
    match &query.base {
        Base::Search(search) => search_clauses(&mut out, search, 0),
        Base::Tstats(base) => tstats(&mut out, base),
        Base::Inputlookup(name) => {
            out.push_str("| inputlookup ");
            quote::search_field(&mut out, name);
        }
        Base::Multisearch(parts) => {
            out.push_str("| multisearch");
            for part in parts {
                line(&mut out, INDENT);
                subsearch(&mut out, part, INDENT);
            }
        }
    }
    for each in &query.commands {
        out.push_str("\n| ");
        command(&mut out, each);
    }
    out
}

/// A query in brackets. Only the first command is `search` by itself outside of them.
pub(super) fn subsearch(out: &mut String, query: &Query, indent: usize) {
    let start = if matches!(query.base, Base::Search(_)) { "[search " } else { "[" };
    let text = print(query);
    out.push_str(start);
    let on_one_line = text.split('\n').map(str::trim_start).collect::<Vec<_>>().join(" ");
    if indent + start.len() + on_one_line.len() < WIDTH {
        out.push_str(&on_one_line);
    } else {
        out.push_str(&text.replace('\n', &format!("\n{:1$}", "", indent + INDENT)));
    }
    out.push(']');
}

/// `tstats`, with its filter and its fields on lines of their own.
fn tstats(out: &mut String, base: &Tstats) {
    let Tstats { model, dataset, filter, by } = base;
    let _ = write!(
        out,
        "| tstats summariesonly=false fillnull_value=\"{}\"\n    \
         count min(_time) AS firstTime max(_time) AS lastTime\n    FROM datamodel={model}.{dataset}\n    ",
        super::tstats::UNKNOWN
    );
    if *filter != Search::Everything {
        out.push_str("WHERE ");
        search_clauses(out, filter, 2 * INDENT);
        out.push_str("\n    ");
    }
    out.push_str("BY");
    let mut start = out.len() - "BY".len();
    for field in by {
        let before = out.len();
        out.push(' ');
        quote::search_field(out, field);
        if INDENT + out.len() - start > WIDTH {
            out.replace_range(before..=before, "");
            let field = out.split_off(before);
            line(out, 2 * INDENT);
            start = out.len() - 2 * INDENT;
            out.push_str(&field);
        }
    }
    if by.iter().any(|field| field == super::tstats::TIME) {
        out.push_str(" span=1s");
    }
}

/// A search expression, one clause a line.
pub(super) fn search_clauses(out: &mut String, search: &Search, indent: usize) {
    match search {
        Search::And(terms) => {
            for (index, each) in terms.iter().enumerate() {
                if index > 0 {
                    line(out, indent);
                }
                search_term(out, each, indent);
            }
        }
        Search::Or(terms) => alternatives(out, terms, indent),
        other => search_term(out, other, indent),
    }
}

fn alternatives(out: &mut String, terms: &[Search], indent: usize) {
    for (index, each) in terms.iter().enumerate() {
        if index > 0 {
            line(out, indent);
            out.push_str("OR ");
        }
        search_term(out, each, indent);
    }
}

/// A term beside others: on its line if it fits. `OR` binds tighter than juxtaposition, but analysts do not rely on
/// it: both junctions stand in parentheses.
fn search_term(out: &mut String, search: &Search, indent: usize) {
    let start = out.len();
    inline(out, search);
    if indent + out[start..].chars().count() <= WIDTH {
        return;
    }
    match search {
        Search::And(_) | Search::Or(_) => {
            out.truncate(start);
            out.push('(');
            line(out, indent + INDENT);
            search_clauses(out, search, indent + INDENT);
            line(out, indent);
            out.push(')');
        }
        Search::Not(inner) => {
            out.truncate(start);
            out.push_str("NOT ");
            search_term(out, inner, indent);
        }
        Search::In(field, values) => {
            out.truncate(start);
            quote::search_field(out, field);
            out.push_str(" IN (");
            for (index, each) in values.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(out, indent + INDENT);
                value(out, each);
            }
            line(out, indent);
            out.push(')');
        }
        _ => {}
    }
}

fn inline(out: &mut String, search: &Search) {
    match search {
        Search::And(terms) => group(out, terms, " "),
        Search::Or(terms) => group(out, terms, " OR "),
        Search::Everything => out.push('*'),
        Search::Macro(name) => {
            let _ = write!(out, "`{name}`");
        }
        // What it stands for may be several terms.
        Search::Call(name, field) => {
            let _ = write!(out, "(`{name}({field})`)");
        }
        Search::Not(inner) => {
            out.push_str("NOT ");
            inline(out, inner);
        }
        Search::Keyword(text) => quote::text(out, text),
        Search::Present(field) => {
            quote::search_field(out, field);
            out.push_str("=*");
        }
        Search::Equals(field, text) => {
            quote::search_field(out, field);
            out.push('=');
            quote::text(out, text);
        }
        Search::In(field, values) => {
            quote::search_field(out, field);
            out.push_str(" IN (");
            for (index, each) in values.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                value(out, each);
            }
            out.push(')');
        }
        Search::Compare(field, symbol, number) => {
            quote::search_field(out, field);
            out.push_str(symbol);
            out.push_str(number);
        }
        Search::Subsearch(query) => subsearch(out, query, 0),
    }
}

fn group(out: &mut String, terms: &[Search], separator: &str) {
    out.push('(');
    for (index, each) in terms.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        inline(out, each);
    }
    out.push(')');
}

/// A value of a list: digits need no quotes.
fn value(out: &mut String, text: &str) {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        out.push_str(text);
    } else {
        quote::text(out, text);
    }
}

pub(super) fn line(out: &mut String, indent: usize) {
    let _ = write!(out, "\n{:indent$}", "");
}

/// The precedence of `NOT`.
const NEGATION: u8 = 3;
const ATOM: u8 = 8;

fn precedence(expression: &Eval) -> u8 {
    match expression {
        Eval::Or(_) => 1,
        Eval::And(_) => 2,
        Eval::Not(_) => NEGATION,
        Eval::Binary(..) => 4,
        Eval::Concat(_) => 5,
        Eval::Arithmetic(_, "+" | "-", _) => 6,
        Eval::Arithmetic(..) => 7,
        Eval::Number(number) if number.starts_with('-') => 7,
        Eval::Call(..) | Eval::Field(_) | Eval::Text(_) | Eval::Number(_) => ATOM,
    }
}

/// A condition whose terms stand on lines of their own.
pub(super) fn eval_clauses(out: &mut String, expression: &Eval, indent: usize) {
    let (terms, word) = match expression {
        Eval::And(terms) => (terms, "AND "),
        Eval::Or(terms) => (terms, "OR "),
        other => return eval_term(out, other, 0, indent),
    };
    for (index, each) in terms.iter().enumerate() {
        if index > 0 {
            line(out, indent);
            out.push_str(word);
        }
        // AND beside OR is right without parentheses, but few readers are sure of it.
        eval_term(out, each, NEGATION, indent);
    }
}

/// A term: on its line if it fits, else broken inside its own parentheses.
fn eval_term(out: &mut String, expression: &Eval, outer: u8, indent: usize) {
    let start = out.len();
    eval(out, expression, outer);
    if indent + out[start..].chars().count() <= WIDTH {
        return;
    }
    let (negation, junction) = match expression {
        Eval::Not(inner) => ("NOT ", &**inner),
        other => ("", other),
    };
    if matches!(junction, Eval::And(_) | Eval::Or(_)) {
        out.truncate(start);
        out.push_str(negation);
        out.push('(');
        line(out, indent + INDENT);
        eval_clauses(out, junction, indent + INDENT);
        line(out, indent);
        out.push(')');
    }
}

pub(super) fn eval(out: &mut String, expression: &Eval, outer: u8) {
    let own = precedence(expression);
    if own < outer {
        out.push('(');
    }
    match expression {
        Eval::Or(terms) => joined(out, terms, " OR ", NEGATION),
        Eval::And(terms) => joined(out, terms, " AND ", NEGATION),
        Eval::Not(inner) => {
            out.push_str("NOT ");
            eval(out, inner, own + 1);
        }
        Eval::Binary(left, symbol, right) => {
            eval(out, left, own + 1);
            out.push_str(symbol);
            eval(out, right, own + 1);
        }
        Eval::Arithmetic(left, symbol, right) => {
            eval(out, left, own);
            out.push_str(symbol);
            eval(out, right, own + 1);
        }
        Eval::Concat(parts) => joined(out, parts, ".", ATOM),
        Eval::Call(name, arguments) => {
            out.push_str(name);
            out.push('(');
            joined(out, arguments, ", ", 0);
            out.push(')');
        }
        Eval::Field(name) => quote::eval_field(out, name),
        Eval::Text(text) => quote::text(out, text),
        Eval::Number(number) => out.push_str(number),
    }
    if own < outer {
        out.push(')');
    }
}

/// An expression alone.
pub(super) fn print_eval(expression: &Eval) -> String {
    let mut out = String::new();
    eval(&mut out, expression, 0);
    out
}

fn joined(out: &mut String, terms: &[Eval], separator: &str, outer: u8) {
    for (index, term) in terms.iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        eval(out, term, outer);
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        diag::Span,
        ir::{Case, Comparison, Condition, Field, FieldRelation, Pattern, Piece, Predicate, Test, TimePart},
        splunk::{
            ast::{Base, Command, Query},
            residual,
            scope::Scope,
            split, write,
        },
    };

    fn is(field: &str, test: Test) -> Condition {
        Condition::is(Predicate::new(Field::new(field), test, Span::default()))
    }

    fn printed(condition: &Condition) -> String {
        let (base, rest) = split::split(condition, split::Start::Search);
        let commands = match rest {
            Condition::Always => vec![],
            rest => vec![Command::Where(residual::write(&rest, &mut Scope::new(&mut Vec::new())).unwrap())],
        };
        super::print(&Query { base: Base::Search(write::search(&base)), commands })
    }

    #[test]
    fn alternatives_beside_other_terms_stand_in_parentheses() {
        let either = Condition::any([is("a", Test::text("1")), is("b", Test::text("2"))]);
        let both = Condition::all([either, is("c", Test::ends_with(r"\x.exe"))]);
        assert_eq!(printed(&both), "(a=\"1\" OR b=\"2\")\nc=\"*\\\\x.exe\"");
    }

    #[test]
    fn alternatives_on_one_field_are_a_list() {
        let either = Condition::any([is("a", Test::contains("1")), is("a", Test::text("2"))]);
        assert_eq!(printed(&Condition::not(either)), "NOT a IN (\"*1*\", 2)");
    }

    #[test]
    fn a_single_character_wildcard_is_widened_in_search_and_tested_in_where() {
        let pattern = Pattern::new([Piece::Literal("a.".into()), Piece::AnyOne]);
        let condition = is("f", Test::Text(pattern, Case::Insensitive));
        assert_eq!(printed(&condition), "f=\"a.*\"\n| where match(f, \"(?is)^a\\\\..\\\\z\")");
    }

    #[test]
    fn a_literal_asterisk_below_a_negation_leaves_the_search_open() {
        let condition = Condition::not(is("f", Test::text("*")));
        assert_eq!(printed(&condition), "*\n| where NOT (isnotnull(f) AND f=\"*\")");
    }

    #[test]
    fn null_and_empty_differ() {
        assert_eq!(printed(&is("f", Test::Null)), "NOT f=*");
        assert_eq!(printed(&is("f", Test::text(""))), "f=\"\"");
    }

    #[test]
    fn constants_are_valid_searches() {
        assert_eq!(printed(&Condition::Always), "*");
        assert_eq!(printed(&Condition::Never), "NOT *");
    }

    fn regex(source: &str) -> Test {
        Test::Regex(crate::ir::Regex::parse(source, crate::ir::RegexFlags::default()).unwrap())
    }

    #[test]
    fn a_cased_list_keeps_its_case_in_where() {
        let cased = |text: &str| is("f", Test::Text(Pattern::exact(text), Case::Sensitive));
        assert_eq!(
            printed(&Condition::any([cased("AbC"), cased("dEf")])),
            "f IN (\"AbC\", \"dEf\")\n| where f=\"AbC\"\n    OR f=\"dEf\""
        );
    }

    #[test]
    fn a_keyword_regex_is_a_regex_on_the_raw_event() {
        let keyword = Condition::is(Predicate::anywhere(regex("fo+"), Span::default()));
        assert_eq!(printed(&keyword), "*\n| where match(_raw, \"fo+\")");
    }

    #[test]
    fn a_negated_regex_keeps_events_without_the_field() {
        let condition = Condition::all([is("g", Test::text("x")), Condition::not(is("f", regex("a.*")))]);
        assert_eq!(printed(&condition), "g=\"x\"\n| where NOT (isnotnull(f) AND match(f, \"a.*\"))");
    }

    #[test]
    fn the_hour_is_taken_of_the_timestamp_not_dropped() {
        let hour = || Test::TimePart(TimePart::Hour, Comparison::GreaterOrEqual, 18.into());
        assert_eq!(printed(&is("_time", hour())), "*\n| where tonumber(strftime(_time, \"%H\"))>=18");
        assert!(printed(&Condition::not(is("f", hour()))).contains("isnotnull(coalesce("));
    }

    #[test]
    fn fields_are_compared_with_fields() {
        let relation =
            |relation| printed(&is("f", Test::FieldRef(relation, Field::new("g"), Case::Insensitive)));
        assert_eq!(relation(FieldRelation::Equals), "f=*\n| where lower(f)=lower(g)");
        assert_eq!(relation(FieldRelation::Contains), "f=*\n| where mvcount(split(lower(f), lower(g)))>1");
        assert!(relation(FieldRelation::EndsWith).contains("len(lower(f))>=len(lower(g))"));
        assert!(relation(FieldRelation::StartsWith).contains("substr(lower(f), 1, len(lower(g)))=lower(g)"));
    }

    #[test]
    fn an_order_is_one_of_numbers() {
        let order = Test::Number(Comparison::Greater, 5.into());
        assert_eq!(printed(&is("f", order)), "f>5\n| where tonumber(f)>5");
    }

    #[test]
    fn only_the_inexact_part_of_a_negation_is_tested_later() {
        let either = Condition::any([is("f", Test::text("x")), is("g", regex("abc+"))]);
        assert_eq!(
            printed(&Condition::not(either)),
            "NOT f=\"x\"\n| where NOT (isnotnull(g) AND match(g, \"abc+\"))"
        );
    }

    #[test]
    fn a_regex_in_an_alternative_keeps_the_search_in_front() {
        let either = Condition::any([is("f", regex("abcd+")), is("g", Test::text("x"))]);
        assert_eq!(
            printed(&Condition::all([is("source", Test::text("s")), either])),
            "source=\"s\"\n(f=\"*abc*\" OR g=\"x\")\n| where match(f, \"abcd+\")\n    OR lower(g)=\"x\""
        );
    }

    #[test]
    fn networks_of_the_old_protocol_stay_in_the_search() {
        let network = |text: &str| is("f", Test::Cidr(text.parse().unwrap()));
        assert_eq!(printed(&network("10.0.0.0/8")), "f=\"10.0.0.0/8\"");
        assert_eq!(printed(&network("fe80::/10")), "f=*\n| where cidrmatch(\"fe80::/10\", f)");
    }

    #[test]
    fn a_line_feed_never_stands_raw_in_a_literal() {
        assert_eq!(
            printed(&is("f", Test::contains("a\nb"))),
            "f=\"*a*b*\"\n| where match(f, \"(?i)a\\\\x{a}b\")"
        );
    }
}
