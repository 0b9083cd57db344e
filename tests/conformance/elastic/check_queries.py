#!/usr/bin/env python3
"""What Elasticsearch thinks of the queries that rulec writes: which it parses, verifies and runs.

    rulec convert --to esql,lucene --format json -q RULES | python3 check_queries.py

Fields have the types that rulec's schemas say; one that no schema has is a keyword, once a query
was rejected for naming it. Every field has a value in the one row there is, so that nothing is
skipped. Prints counts, then each kind of rejection with how often and a query.
"""

import collections
import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCHEMAS = HERE.parents[2] / "mappings" / "schemas"
LANGUAGES = {"esql": "esql", "lucene": "query_string"}
# What a schema's type is in an index template of Elastic's integrations, and a value of it.
TYPES = {
    "string": ("keyword", "x"),
    "wildcard": ("wildcard", "x"),
    "text": ("text", "x"),
    "integer": ("long", 1),
    "real": ("double", 1.5),
    "boolean": ("boolean", True),
    "ip": ("ip", "10.0.0.1"),
    "timestamp": ("date", "2026-01-01T00:00:00Z"),
    "dynamic": ("flattened", {"x": "x"}),
}
# What a search without a field looks in: few fields, for a regular expression is built for each.
DEFAULT_FIELDS = ["message", "event.original", "tags"]
# Of a query that is shown.
LINES = 12
UNKNOWN = re.compile(r"Unknown column \[([^\]]+)\]")


def columns_of(files):
    columns = {}
    for file in files:
        for name, kind in re.findall(r"([\w@.]+)'?: (\w+)\??(?=[,}\s])", file.read_text()):
            if kind in TYPES:
                columns[name] = kind
    return columns


class Schemas:
    """The types of fields: of ECS, else of the Microsoft table that a query reads as exported."""

    def __init__(self):
        self.ecs = columns_of([SCHEMAS / "ecs.yml", *sorted((SCHEMAS / "ecs").glob("*.yml"))])
        files = [file for folder in ("sentinel", "defender") for file in (SCHEMAS / folder).glob("*.yml")]
        self.tables = {file.stem.lower(): columns_of([file]) for file in sorted(files)}
        self.unmapped = collections.defaultdict(set)

    def tables_of(self, query):
        named = re.findall(r'"(?:AdvancedHunting-)?(\w+)"', query, re.IGNORECASE)
        return tuple(sorted({name.lower() for name in named} & self.tables.keys()))

    def kind(self, tables, name):
        """A member of a dynamic column is text; the column itself too, if it is asked for whole."""
        for table in tables:
            kind = self.tables[table].get(name.removeprefix("properties."))
            if kind:
                return "string" if kind == "dynamic" else kind
        return "string"

    def dataset(self, tables):
        columns = self.ecs | {name: self.kind(tables, name) for name in self.unmapped[tables]}
        mapping = {name: TYPES[kind][0] for name, kind in columns.items()}
        row = {name: TYPES[kind][1] for name, kind in columns.items()}
        return {"dataset": " ".join(tables), "mapping": mapping, "rows": [row], "default_field": DEFAULT_FIELDS}


def run(schemas, queries):
    lines = []
    by_tables = collections.defaultdict(list)
    for query in queries:
        by_tables[schemas.tables_of(query["query"])].append(query)
    for tables, members in by_tables.items():
        lines += [schemas.dataset(tables), *({**query, "dataset": " ".join(tables)} for query in members)]
    command = [sys.executable, HERE / "run.py", "-Drulec.elastic.times=true"]
    text = "\n".join(map(json.dumps, lines)) + "\n"
    shown = subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=True).stdout
    return {answer["id"]: answer for answer in map(json.loads, shown.splitlines())}


def run_all(schemas, queries):
    """Answers by query, with the fields mapped that they were rejected for naming."""
    answers = {}
    rest = queries
    while rest:
        answers |= run(schemas, rest)
        unknown = {query["id"]: set(UNKNOWN.findall(answers[query["id"]].get("error", ""))) for query in rest}
        rest = [q for q in rest if unknown[q["id"]] - schemas.unmapped[schemas.tables_of(q["query"])]]
        for query in rest:
            schemas.unmapped[schemas.tables_of(query["query"])] |= unknown[query["id"]]
    return answers


def read(stream):
    queries = []
    for number, result in enumerate(json.load(stream)):
        if result["query"] and result["target"] in LANGUAGES:
            language = LANGUAGES[result["target"]]
            queries.append({"id": number, "language": language, "query": result["query"], "path": result["path"], "lenient": False})
    return queries


def rejections(answer):
    """The problems of a query, each without what differs from query to query."""
    lines = re.sub(r"^Found \d+ problems?\n", "", answer["error"]).split("\nline ")
    for line in lines:
        line = re.sub(r"^(line )?-?\d+:-?\d+: ", "", line)
        line = re.sub(r"\[[^\]]*\]|'[^']*'|\"[^\"]*\"", "[..]", line)
        yield re.sub(r"(, \[\.\.\])+", ", ..", line)[:160]


def report(queries, answers):
    by_id = {query["id"]: query for query in queries}
    counts = collections.Counter()
    classes = collections.defaultdict(list)
    for answer in answers:
        query = by_id[answer["id"]]
        outcome = answer.get("kind", "runs")
        counts[query["language"], outcome] += 1
        if "error" in answer:
            for message in set(rejections(answer)):
                classes[query["language"], answer["kind"], message].append((query, answer))
    for (language, outcome), count in sorted(counts.items()):
        print(f"{language}\t{outcome}\t{count}")
    for language in LANGUAGES.values():
        times = sorted(a["ms"] for a in answers if by_id[a["id"]]["language"] == language)
        if times:
            print(f"{language}\tms: median {times[len(times) // 2]}, mean {sum(times) / len(times):.1f}, most {times[-1]}")
    for (language, kind, message), cases in sorted(classes.items(), key=lambda item: -len(item[1])):
        query, answer = min(cases, key=lambda case: len(case[0]["query"]))
        shown = "\n".join(query["query"].splitlines()[:LINES])
        print(f"\n== {len(cases)} {language} {kind}: {message}\n{query['path']}\n{shown}\n-> {answer['error'][:600]}")


def main():
    queries = read(sys.stdin)
    schemas = Schemas()
    answers = run_all(schemas, queries)
    unmapped = {name for names in schemas.unmapped.values() for name in names}
    print(f"Fields that no schema of ECS has ({len(unmapped)}):", *sorted(unmapped))
    report(queries, list(answers.values()))
    sys.exit(any("error" in answer for answer in answers.values()))


if __name__ == "__main__":
    main()
