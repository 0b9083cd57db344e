#!/usr/bin/env python3
"""Tries queries on rows (trials, one a line, on standard input) in Elasticsearch: see ../run.py.

Rows of several trials share an index, as they do in a cluster; a query's answer is cut to its own rows.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import found  # noqa: E402

LANGUAGES = {"esql": "esql", "lucene": "query_string"}
TYPES = {
    "string": "keyword",
    "wildcard": "wildcard",
    "caseless": {"type": "keyword", "normalizer": "lowercase"},
    "text": "text",
    "integer": "long",
    "real": "double",
    "boolean": "boolean",
    "ip": "ip",
    "timestamp": "date",
    "dynamic": "keyword",
}
# Fewer rows than ES|QL returns where a query sets no limit.
ROWS = 900
# Fields of an index: Elasticsearch's limit is 1000 by default.
FIELDS = 800
DEFAULT_FIELDS = ["message", "event.original", "tags"]


def flat(members, prefix=""):
    """Members of objects by dotted names."""
    for name, value in members.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def mapping_of(trial, lowercase):
    columns = {name: TYPES[kind] for name, kind in trial.get("columns", {}).items()}
    for row in trial["rows"]:
        for name, value in flat(row["row"]):
            columns.setdefault(name, kind_of(value))
    if lowercase:
        columns = {name: TYPES["caseless"] if kind == "keyword" else kind for name, kind in columns.items()}
    return columns


def kind_of(value):
    if isinstance(value, list) and value:
        return kind_of(value[0])
    if isinstance(value, bool):
        return "boolean"
    return "long" if isinstance(value, int) else "double" if isinstance(value, float) else "keyword"


class Index:
    """Trials that agree on the types of fields, and whose names are not prefixes of one another."""

    def __init__(self):
        self.mapping, self.trials, self.rows, self.is_full = {}, [], 0, False

    def takes(self, trial, mapping):
        merged = self.mapping | mapping
        full = self.is_full or self.rows + len(trial["rows"]) > ROWS or len(merged) > FIELDS
        same = all(self.mapping.get(name, kind) == kind for name, kind in mapping.items())
        return not full and same and not nested(merged)

    def add(self, trial, mapping):
        self.mapping |= mapping
        self.trials.append(trial)
        self.is_full = "time" in trial
        self.rows += len(trial["rows"])


def nested(names):
    """Whether a field is an object that holds another."""
    return any(name.rsplit(".", depth)[0] in names for name in names for depth in range(1, name.count(".") + 1))


def indices(trials, lowercase):
    found = []
    for trial in trials:
        mapping = mapping_of(trial, lowercase)
        # Only the last few: the first ones are full. What looks at several events has them for itself.
        index = None
        if "time" not in trial:
            index = next((index for index in found[-8:] if index.takes(trial, mapping)), None)
        if index is None:
            index = Index()
            found.append(index)
        index.add(trial, mapping)
    return found


def lines_of(indices):
    """The engine's input, and the row at which each trial's begin."""
    starts = {}
    lines = []
    for number, index in enumerate(indices):
        rows = []
        for trial in index.trials:
            starts[trial["id"]] = len(rows)
            rows += [row["row"] for row in trial["rows"]]
        name = f"index-{number}"
        lines.append({"dataset": name, "mapping": index.mapping, "rows": rows, "default_field": DEFAULT_FIELDS})
        for trial in index.trials:
            language = LANGUAGES[trial["language"]]
            query = {"id": trial["id"], "dataset": name, "language": language, "query": trial["query"], "lenient": False}
            lines.append(query)
    return lines, starts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lowercase", action="store_true", help="fields have a lowercase normalizer")
    options = parser.parse_args()
    trials = {trial["id"]: trial for trial in map(json.loads, sys.stdin)}
    lines, starts = lines_of(indices(trials.values(), options.lowercase))
    text = "".join(json.dumps(line) + "\n" for line in lines)
    run = subprocess.run([sys.executable, HERE / "run.py"], input=text, stdout=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit(run.returncode)
    for answer in map(json.loads, run.stdout.splitlines()):
        if "Timeout waiting" in answer.get("error", ""):
            # Thousands of patterns are more than the memory of this one process.
            answer |= {"kind": "unsupported", "error": "no answer within 90 s, with 2 GB"}
        if "columns" in answer:
            records = [dict(zip(answer["columns"], row)) for row in answer["rows"]]
            answer = found.answer(trials[answer["id"]], records)
        if "matches" in answer:
            start = starts[answer["id"]]
            end = start + len(trials[answer["id"]]["rows"])
            answer["matches"] = [row - start for row in answer["matches"] if start <= row < end]
        print(json.dumps(answer))


if __name__ == "__main__":
    main()
