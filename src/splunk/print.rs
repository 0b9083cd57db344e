//! Prints a pipeline.

use super::{
    ast::{Command, Eval, Query, Search},
    quote,
};

/// Prints a query, one clause of the base search and one command a line.
pub fn print(query: &Query) -> String {
    let mut out = clauses(&query.search, "\n");
    for command in &query.commands {
        out.push_str("\n| ");
        let command = match command {
            Command::Search(search) => format!("search {}", clauses(search, " ")),
            Command::Where(condition) => format!("where {}", eval(condition, 0)),
            Command::Eval(field, value) => format!("eval {}={}", quote::eval_field(field), eval(value, 0)),
        };
        out.push_str(&command);
    }
    out
}

fn clauses(search: &Search, separator: &str) -> String {
    match search {
        Search::And(terms) => terms.iter().map(operand).collect::<Vec<_>>().join(separator),
        Search::Or(terms) => terms.iter().map(operand).collect::<Vec<_>>().join(" OR "),
        other => operand(other),
    }
}

/// A term beside others. `OR` binds tighter than juxtaposition, but analysts do not rely on it: both junctions
/// stand in parentheses.
fn operand(search: &Search) -> String {
    match search {
        Search::And(_) | Search::Or(_) => format!("({})", clauses(search, " ")),
        Search::Everything => "*".into(),
        Search::Not(inner) => format!("NOT {}", operand(inner)),
        Search::Keyword(value) => quote::text(value),
        Search::Present(field) => format!("{}=*", quote::search_field(field)),
        Search::Equals(field, value) => format!("{}={}", quote::search_field(field), quote::text(value)),
        Search::In(field, values) => {
            let values: Vec<_> = values.iter().map(|value| quote::text(value)).collect();
            format!("{} IN ({})", quote::search_field(field), values.join(", "))
        }
        Search::Compare(field, symbol, number) => format!("{}{symbol}{number}", quote::search_field(field)),
    }
}

fn precedence(expression: &Eval) -> u8 {
    match expression {
        Eval::Or(_) => 1,
        Eval::And(_) => 2,
        Eval::Not(_) => 3,
        Eval::Binary(..) => 4,
        Eval::Call(..) | Eval::Field(_) | Eval::Text(_) | Eval::Number(_) => 5,
    }
}

fn eval(expression: &Eval, outer: u8) -> String {
    let own = precedence(expression);
    let join =
        |terms: &[Eval], by: &str| terms.iter().map(|term| eval(term, own + 1)).collect::<Vec<_>>().join(by);
    let text = match expression {
        Eval::Or(terms) => join(terms, " OR "),
        Eval::And(terms) => join(terms, " AND "),
        Eval::Not(inner) => format!("NOT {}", eval(inner, own + 1)),
        Eval::Binary(left, symbol, right) => {
            format!("{}{symbol}{}", eval(left, own + 1), eval(right, own + 1))
        }
        Eval::Call(name, arguments) => {
            format!("{name}({})", arguments.iter().map(|a| eval(a, 0)).collect::<Vec<_>>().join(", "))
        }
        Eval::Field(name) => quote::eval_field(name),
        Eval::Text(value) => quote::text(value),
        Eval::Number(number) => number.clone(),
    };
    if own < outer { format!("({text})") } else { text }
}

#[cfg(test)]
mod tests {
    use crate::{
        diag::Span,
        ir::{Case, Condition, Field, Pattern, Piece, Predicate, Test},
        splunk::{
            ast::{Command, Query},
            residual, split, write,
        },
    };

    fn is(field: &str, test: Test) -> Condition {
        Condition::is(Predicate::new(Field::new(field), test, Span::default()))
    }

    fn printed(condition: &Condition) -> String {
        let (base, rest) = split::split(condition);
        let commands = match rest {
            Condition::Always => vec![],
            rest => vec![Command::Where(residual::write(&rest).unwrap())],
        };
        super::print(&Query { search: write::search(&base), commands })
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
        assert_eq!(printed(&Condition::not(either)), "NOT a IN (\"*1*\", \"2\")");
    }

    #[test]
    fn a_single_character_wildcard_is_widened_in_search_and_tested_in_where() {
        let pattern = Pattern::new([Piece::Literal("a.".into()), Piece::AnyOne]);
        let condition = is("f", Test::Text(pattern, Case::Insensitive));
        assert_eq!(printed(&condition), "f=\"a.*\"\n| where match(f, \"(?is)\\\\Aa\\\\..\\\\z\")");
    }

    #[test]
    fn a_literal_asterisk_below_a_negation_leaves_the_search_open() {
        let condition = Condition::not(is("f", Test::text("*")));
        assert_eq!(
            printed(&condition),
            "*\n| where NOT (isnotnull(f) AND match(f, \"(?is)\\\\A\\\\*\\\\z\"))"
        );
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
            "f IN (\"AbC\", \"dEf\")\n| where match(f, \"(?s)\\\\AAbC\\\\z\") OR match(f, \"(?s)\\\\AdEf\\\\z\")"
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
    fn a_part_of_a_timestamp_is_refused_rather_than_lost() {
        let hour = crate::ir::Comparison::GreaterOrEqual;
        let hour = is("f", Test::TimePart(crate::ir::TimePart::Hour, hour, 18.into()));
        assert!(residual::write(&hour).is_err());
    }

    #[test]
    fn a_line_feed_never_stands_raw_in_a_literal() {
        assert_eq!(
            printed(&is("f", Test::contains("a\nb"))),
            "f=\"*a*b*\"\n| where match(f, \"(?is)a\\\\x{a}b\")"
        );
    }
}
