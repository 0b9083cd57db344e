//! Files of lists: CSV, TSV, JSON and plain lines.

use std::{fs, path::Path};

use indexmap::IndexMap;
use serde_json::Value;

use super::status::Failure;
use crate::list::{List, Lists};

/// The largest file that is read, in bytes.
const MAX_SIZE: u64 = 64 * 1024 * 1024;

/// Reads the files, each by its extension. The last one of a name counts.
pub(super) fn read(files: &[(String, std::path::PathBuf)]) -> Result<Lists, Failure> {
    files.iter().map(|(name, path)| Ok((name.clone(), read_file(name, path)?))).collect()
}

fn read_file(name: &str, path: &Path) -> Result<List, Failure> {
    let failed = |why: String| {
        Failure::Message(format!("cannot read the list `{name}` from `{}`: {why}", path.display()))
    };
    let size = fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if size > MAX_SIZE {
        return Err(failed(format!("it is larger than {} MiB", MAX_SIZE / 1024 / 1024)));
    }
    let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    parse(text.trim_start_matches('\u{feff}'), &extension.to_ascii_lowercase()).map_err(failed)
}

fn parse(text: &str, extension: &str) -> Result<List, String> {
    match extension {
        "csv" => records(text, b','),
        "tsv" => records(text, b'\t'),
        "json" | "ndjson" | "jsonl" => objects(text),
        _ => {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            Ok(List::Lines(lines.map(str::to_owned).collect()))
        }
    }
}

fn records(text: &str, delimiter: u8) -> Result<List, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let records = reader.records().map(|record| {
        let record = record.map_err(|error| error.to_string())?;
        Ok(record.iter().map(str::to_owned).collect())
    });
    records.collect::<Result<_, String>>().map(List::Records)
}

/// An array, or one value after the other.
fn objects(text: &str) -> Result<List, String> {
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value.map_err(|error| error.to_string())? {
            Value::Array(inner) => values.extend(inner),
            other => values.push(other),
        }
    }
    if values.iter().all(|value| !value.is_object()) {
        return values.iter().map(scalar).collect::<Result<_, _>>().map(List::Lines);
    }
    let objects = values.into_iter().map(|value| match value {
        Value::Object(members) => {
            Ok(members.iter().map(|(name, value)| (name.clone(), text_of(value))).collect())
        }
        other => Err(format!("`{other}` stands among objects")),
    });
    objects.collect::<Result<Vec<IndexMap<String, String>>, String>>().map(List::Objects)
}

fn scalar(value: &Value) -> Result<String, String> {
    match value {
        Value::Array(_) | Value::Object(_) => Err(format!("`{value}` stands among scalars")),
        other => Ok(text_of(other)),
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(values: &[&str]) -> List {
        List::Lines(values.iter().map(|&value| value.to_owned()).collect())
    }

    #[test]
    fn a_text_is_a_value_a_line() {
        assert_eq!(parse("a\r\n\n b \n", "txt").unwrap(), lines(&["a", "b"]));
    }

    #[test]
    fn a_csv_file_has_quotes_and_ragged_rows() {
        let List::Records(records) = parse("name,why\n\"a, b\",\"say \"\"x\"\"\"\nc\n", "csv").unwrap()
        else {
            panic!("records")
        };
        assert_eq!(records[1], ["a, b", "say \"x\""]);
        assert_eq!(records[2], ["c"]);
    }

    #[test]
    fn json_is_an_array_or_lines_of_objects_or_scalars() {
        assert_eq!(parse("[\"a\", 1]", "json").unwrap(), lines(&["a", "1"]));
        let objects = parse("{\"a\": 1}\n{\"a\": \"x\"}\n", "ndjson").unwrap();
        assert_eq!(objects.values(), ["1", "x"]);
        assert!(parse("[{\"a\": 1}, 2]", "json").is_err());
        assert!(parse("[", "json").is_err());
    }
}
