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


def schema():
    columns = {}
    for file in [SCHEMAS / "ecs.yml", *sorted((SCHEMAS / "ecs").glob("*.yml"))]:
        text = file.read_text()
        for name, kind in re.findall(r"([\w@.]+)'?: (\w+)\??(?=[,}\s])", text):
            if kind in TYPES:
                columns[name] = kind
    return columns


def run(columns, queries):
    mapping = {name: TYPES[kind][0] for name, kind in columns.items()}
    row = {name: TYPES[kind][1] for name, kind in columns.items()}
    lines = [{"mapping": mapping, "rows": [row], "default_field": DEFAULT_FIELDS}, *queries]
    command = [sys.executable, HERE / "run.py", "-Drulec.elastic.times=true"]
    text = "\n".join(map(json.dumps, lines)) + "\n"
    shown = subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [json.loads(line) for line in shown.splitlines()]


def read(stream):
    queries = []
    for number, result in enumerate(json.load(stream)):
        if result["query"] and result["target"] in LANGUAGES:
            language = LANGUAGES[result["target"]]
            queries.append({"id": number, "language": language, "query": result["query"], "path": result["path"]})
    return queries


def rejection(answer):
    """The message without what differs from query to query."""
    message = answer["error"].removeprefix("Found 1 problem\n")
    message = re.sub(r"line \d+:\d+: ", "", message)
    message = re.sub(r"\[[^\]]*\]|'[^']*'|\"[^\"]*\"", "[..]", message)
    return answer["kind"], message[:160]


def report(queries, answers):
    by_id = {query["id"]: query for query in queries}
    counts = collections.Counter()
    classes = collections.defaultdict(list)
    for answer in answers:
        query = by_id[answer["id"]]
        outcome = answer.get("kind", "runs")
        counts[query["language"], outcome] += 1
        if "error" in answer:
            classes[query["language"], *rejection(answer)].append((query, answer))
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
    columns = schema()
    answers = run(columns, queries)
    unmapped = {name for answer in answers for name in UNKNOWN.findall(answer.get("error", ""))}
    if unmapped:
        print(f"keyword, for no schema has them ({len(unmapped)}):", *sorted(unmapped))
        columns |= {name: "string" for name in unmapped}
        answers = run(columns, queries)
    report(queries, answers)
    sys.exit(any("error" in answer for answer in answers))


if __name__ == "__main__":
    main()
