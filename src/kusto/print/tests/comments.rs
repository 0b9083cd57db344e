//! Where comments stand.

use super::*;

/// A text and its tree, whose places are found by their words.
struct Read {
    source: &'static str,
}

impl Read {
    fn span(&self, text: &str) -> Span {
        let start = self.source.find(text).unwrap();
        Span::new(start, start + text.len())
    }

    fn name(&self, text: &str) -> Name {
        Name { text: text.to_owned(), place: Place(self.span(text)) }
    }

    fn step(&self, text: &str, operator: Operator) -> Step {
        Step { operator, place: Place(self.span(text)) }
    }

    fn comments(&self) -> Vec<Comment> {
        let starts = self.source.match_indices("//").map(|(start, _)| start);
        let comment = |start: usize| {
            let text = self.source[start..].lines().next().unwrap().trim_end().to_owned();
            Comment { place: Place(Span::new(start, start + text.len())), text }
        };
        starts.map(comment).collect()
    }

    fn laid_out(&self, statements: Vec<Statement>) -> String {
        format(&Script { statements, comments: self.comments() }, self.source)
    }
}

#[test]
fn comments_and_empty_lines_stay_where_they_were() {
    let read = Read {
        source: "// about\n\n\n// x\nlet x = 1; // one\n\nTable // rows\n//first\n| take x\n// or\n| count // all\n// end",
    };
    let value = Expression::Literal(Literal::Long(1), Place(read.span("1")));
    let first = Statement::Let(
        Name { text: "x".to_owned(), place: Place(Span::new(20, 21)) },
        LetValue::Expression(value),
    );
    let rows = Query {
        source: Source::Expression(Expression::Name(read.name("Table"))),
        operators: vec![read.step("take x", Operator::Take(n("x"))), read.step("count", Operator::Count)],
    };
    let expected = "// about\n\n// x\nlet x = 1; // one\n\nTable // rows\n//first\n| take x\n// or\n| count // all\n// end\n";
    assert_eq!(read.laid_out(vec![first, Statement::Tabular(rows)]), expected);
}

#[test]
fn a_comment_breaks_the_list_that_it_stands_in() {
    let read = Read { source: "alpha in (beta, // b\n  gamma // c\n  // none\n)" };
    let names = ["beta", "gamma"].map(|name| Expression::Name(read.name(name)));
    let place = Place(Span::new(0, read.source.len()));
    let list =
        Expression::In(Box::new(Expression::Name(read.name("alpha"))), InOperator::In, names.into(), place);
    let statement = Statement::Tabular(Query { source: Source::Expression(list), operators: Vec::new() });
    assert_eq!(
        read.laid_out(vec![statement]),
        "alpha in (\n    beta, // b\n    gamma // c\n    // none\n)\n"
    );
}

#[test]
fn comments_in_dynamic_lists_stay_with_their_items() {
    let read = Read { source: "dynamic([ // all\n \"a\", // first\n // second\n \"b\" ])" };
    let text = |text: &str| Dynamic::Literal(Literal::String(text.to_owned()));
    let place = Place(Span::new(0, read.source.len()));
    let list = Expression::Dynamic(Dynamic::Array(vec![text("a"), text("b")]), place);
    let statement = Statement::Tabular(Query { source: Source::Expression(list), operators: Vec::new() });
    let expected = "dynamic([ // all\n    \"a\", // first\n    // second\n    \"b\"\n])\n";
    assert_eq!(read.laid_out(vec![statement]), expected);
}

#[test]
fn a_text_of_comments_alone_keeps_them() {
    let read = Read { source: "// a\n// b\n" };
    assert_eq!(read.laid_out(Vec::new()), "// a\n// b\n");
    assert_eq!(format(&Script::default(), ""), "");
}

#[test]
fn comments_before_parentheses_and_within_lists_stay_there() {
    for text in [
        "union\n    // first\n    (\n        A\n        | take 1\n    ),\n    // second\n    (\n        B\n        | take 2\n    )\n",
        "union (\n    // a\n    // (b)\n    A\n    | take 1\n)\n",
        "T\n| where a in ( // none\n        1,\n        2\n    )\n",
        "let f = (x: string) { // why\n    T\n};\nf(\"a\")\n",
    ] {
        assert_eq!(again(text), text);
    }
}

#[test]
fn comments_inside_and_after_a_dynamic_value_stay_there() {
    assert_eq!(
        again("print a = dynamic([1]\n// c\n), b = 2"),
        "print\n    a = dynamic([1]), // c\n    b = 2\n"
    );
    assert_eq!(
        again("print a = dynamic([1])// c\n, b = 2"),
        "print\n    a = dynamic([1]), // c\n    b = 2\n"
    );
}

#[test]
fn comments_before_columns_stand_before_them() {
    let text = "T\n| project\n    // first\n    a,\n    // second\n    b\n";
    assert_eq!(again(text), text);
}
