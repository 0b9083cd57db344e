"""Runs in the environment that has the engine."""

import json
import sys
from pathlib import Path

import text  # noqa: F401 (changes how the engine reads queries)
from eql import parse_query, parser
from eql.ast import EventQuery
from eql.engine import PythonEngine
from eql.events import Event

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import found as found_in  # noqa: E402

# The engine counts time as Windows does.
TICKS = 10_000_000


def nested(row):
    """Dotted names as members of objects."""
    data = {}
    for name, value in row.items():
        inner = data
        *outer, last = name.split(".")
        for part in outer:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise Unsupported(f"`{name}` is a member of what is no object")
        inner[last] = value
    return data


class Unsupported(Exception):
    """The engine lacks what a trial needs."""


def categories(row):
    value = row.get("event.category", [])
    return value if isinstance(value, list) else [value]


def matches(trial):
    if "@timestamp" in trial["query"]:
        raise Unsupported("names with an @")
    with parser.elasticsearch_syntax, parser.ignore_missing_functions:
        query = parse_query(trial["query"])
    if not isinstance(query.first, EventQuery) or query.pipes:
        raise Unsupported("sequences, samples and pipes")
    engine = PythonEngine()
    found = []
    engine.add_query(query)
    engine.add_output_hook(lambda result: found.extend(event.time for event in result.events))
    wanted = query.first.event_type
    for number, row in enumerate(trial["rows"]):
        if wanted == "any" or wanted in categories(row["row"]):
            engine.stream_event(Event(wanted if wanted != "any" else "generic", number, nested(row["row"])))
    engine.finalize()
    return sorted(set(found))


def in_lists(trial):
    """When sequences end, and in which groups: by the keys of their last events, if these are columns."""
    with parser.elasticsearch_syntax, parser.allow_runs, parser.ignore_missing_functions:
        query = parse_query(trial["query"])
    engine = PythonEngine()
    ends = []
    engine.add_query(query)
    engine.add_output_hook(lambda result: ends.append(result.events[-1]))
    rows = sorted((row["row"] for row in trial["rows"]), key=lambda row: found_in.seconds(row[trial["time"]]))
    for row in rows:
        time = int(found_in.seconds(row[trial["time"]]) * TICKS)
        category = next(iter(categories(row)), "generic")
        engine.stream_event(Event(category, time, nested(row) | {"(row)": row}))
    engine.finalize()
    known = {name for row in rows for name in row}
    records = []
    for event in ends:
        row = event.data["(row)"]
        of_group = {name: row.get(name) for name in trial["groups"] if name in known}
        records.append({trial["time"]: event.time / TICKS} | of_group)
    return found_in.answer(trial, records)


def answer(trial):
    try:
        if "time" in trial:
            return in_lists(trial)
        return {"id": trial["id"], "matches": matches(trial)}
    except Unsupported as error:
        return {"id": trial["id"], "kind": "unsupported", "error": str(error)}
    except Exception as error:  # Whatever the engine says of a query is an answer.
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        return {"id": trial["id"], "kind": "run", "error": first[:300]}


def main():
    sys.setrecursionlimit(20_000)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
