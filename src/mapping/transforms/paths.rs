//! Paths.

use super::{Reason, Scope};
use crate::ir::{Pattern, Piece, Test};

/// A directory written with a separator at its end, to one written without.
pub(super) fn directory(test: &Test, _: &mut Scope<'_>) -> Result<Vec<Test>, Reason> {
    match test {
        Test::Text(pattern, case) => {
            Ok(without_end(pattern).into_iter().map(|it| Test::Text(it, *case)).collect())
        }
        Test::Regex(_) | Test::FieldRef(..) => {
            Err("the target writes directories without the separator at their end".into())
        }
        other => Ok(vec![other.clone()]),
    }
}

/// A directory as the target writes it.
pub(super) fn record_directory(path: &str) -> String {
    path.strip_suffix(['\\', '/']).unwrap_or(path).to_owned()
}

/// The path of a pipe's file object.
pub(super) fn record_pipe(name: &str) -> String {
    format!("{FOLDER}{name}")
}

/// Where the file objects of pipes are.
const FOLDER: &str = "\\Device\\NamedPipe";

/// A pipe's name as Sysmon writes it (`\\name`), to the path of its file object (`\\Device\\NamedPipe\\name`).
pub(super) fn pipe_path(test: &Test, _: &mut Scope<'_>) -> Result<Vec<Test>, Reason> {
    match test {
        Test::Text(pattern, case) => match pattern.pieces() {
            // Whatever stands before the name, the folder only adds to it.
            [Piece::AnyRun, rest @ ..] if rest.first().is_none_or(|piece| *piece != Piece::AnyOne) => {
                Ok(vec![test.clone()])
            }
            pieces => {
                let folder = [Piece::Literal(FOLDER.into())];
                Ok(vec![Test::Text(Pattern::new(folder.iter().chain(pieces).cloned()), *case)])
            }
        },
        Test::Regex(regex) if regex.source().contains(['^', '|']) || regex.source().contains("\\A") => Err(
            "the target writes the path of the pipe before its name, which the regular expression excludes"
                .into(),
        ),
        Test::FieldRef(..) => Err("the target writes the path of the pipe before its name".into()),
        other => Ok(vec![other.clone()]),
    }
}

/// The patterns of which one matches a directory without its last separator, if `pattern` matches it with it.
fn without_end(pattern: &Pattern) -> Vec<Pattern> {
    let trimmed = |pieces: &[Piece]| -> Option<Pattern> {
        let (Piece::Literal(last), before) = pieces.split_last()? else { return None };
        let last = last.strip_suffix(['\\', '/'])?;
        Some(Pattern::new(before.iter().cloned().chain([Piece::Literal(last.to_owned())])))
    };
    match pattern.pieces() {
        [before @ .., Piece::AnyRun] => match trimmed(before) {
            // The separator at the end, or one before more elements.
            Some(at_end) => vec![pattern.clone(), at_end],
            None => vec![pattern.clone()],
        },
        pieces => vec![trimmed(pieces).unwrap_or_else(|| pattern.clone())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::fixture::{is, local};

    #[test]
    fn directories_lose_the_separator_at_their_end() {
        assert_eq!(local(is("Directory", Test::text(r"C:\x\"))), r"A=C:\x");
        assert_eq!(local(is("Directory", Test::contains(r"\x\"))), r"(A=*\x\\* or A=*\x)");
        assert_eq!(local(is("Directory", Test::starts_with("C:"))), "A=C:*");
    }

    #[test]
    fn pipes_have_the_path_of_their_file_object() {
        assert_eq!(local(is("Pipe", Test::text(r"\x"))), r"A=\Device\NamedPipe\x");
        assert_eq!(local(is("Pipe", Test::starts_with(r"\x"))), r"A=\Device\NamedPipe\x*");
        assert_eq!(local(is("Pipe", Test::ends_with(r"\x"))), r"A=*\x");
    }
}
