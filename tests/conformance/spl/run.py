#!/usr/bin/env python3
"""Tries SPL queries on rows (trials, one a line, on standard input) in a small reading of Splunk's documentation.

No public registry has an engine of SPL. This one is written from the documentation alone, knows nothing of rulec, and
is tested by cases that the documentation tells (selftest.py): see README.md.
"""

import json
import re
import sys
from pathlib import Path

import pipeline
import search
import where
from lex import Reader, SyntaxFault, commands, tokens

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import found as found_in  # noqa: E402

# Commands that make events, and so may stand first after a pipe.
GENERATING = ("tstats", "search", "from", "inputlookup", "makeresults", "multisearch")
# Commands that leave events as they are, as far as their number goes.
SHOWING = ("table", "fields", "rename", "sort", "convert", "eval", "fillnull")


def filtered(events, test):
    return [event for event in events if test(event) is True]


def tstats(reader, events):
    """Events of a data model that satisfy WHERE; `fillnull_value` stands for what an event lacks ("tstats")."""
    words = [token.text for token in reader.found]
    upper = [word.upper() for word in words]
    if "FROM" not in upper:
        raise SyntaxFault("tstats needs FROM here")
    fill = next((reader.found[at + 2].text.strip('"') for at, word in enumerate(words) if word == "fillnull_value"), None)
    end = next((at for at in range(len(upper)) if upper[at] == "BY"), len(upper))
    test = lambda event: True  # noqa: E731
    if "WHERE" in upper:
        start = upper.index("WHERE") + 1
        test = search.parse(Reader(reader.found[start:end]), unprefixed)
    shown = [unprefixed(word) for word in words[end + 1 :]]
    known = [event | {name: fill for name in fields_of(words) if fill and event.get(name) is None} for event in events]
    return [keep(event, shown) for event in filtered(known, test)]


def fields_of(words):
    return {unprefixed(word) for word in words if re.fullmatch(r"[A-Z]\w*\.[\w.]+", word)}


def unprefixed(name):
    """A data model's field without its data set (`Processes.process`)."""
    return re.sub(r"^[A-Z]\w*\.(?=\w)", "", name)


def keep(event, names):
    return {name: value for name, value in event.items() if name in names or name == "_row"} if names else event


def command(found, events, first, stored):
    """What a command makes of events; `stored` are all that there are."""
    if not found:
        return events
    reader = Reader(found)
    name = found[0].text
    if first or name == "search":
        reader.at += name == "search"
        return filtered(events, search.parse(reader))
    reader.next()
    if name == "where":
        return filtered(events, where.parse(reader))
    if name == "tstats":
        return tstats(reader, events)
    if name in ("multisearch", "append"):
        before = events if name == "append" else []
        return before + [event for parts in pipeline.subsearches(reader) for event in through(parts, stored)]
    if name in pipeline.COMMANDS:
        return pipeline.COMMANDS[name](reader, events)
    if name in SHOWING:
        return events
    raise search.Unsupported(f"command {name}")


def through(parts, stored):
    """What the commands of a pipeline make of the events that are stored."""
    leading = not parts[0]
    if leading and parts[1:] and parts[1] and parts[1][0].text not in GENERATING:
        raise SyntaxFault(f"`{parts[1][0].text}` cannot be the first command")
    events = stored
    for number, part in enumerate(parts):
        if number > 0 and not part:
            raise SyntaxFault("a command is missing")
        events = command(part, events, number == 0 and not leading, stored)
    return events


def found_of(query, events):
    return through(commands(tokens(query)), events)


def matches(query, rows):
    events = [{"_row": number} | row["row"] for number, row in enumerate(rows)]
    return sorted(event["_row"] for event in found_of(query, events))


def in_lists(trial):
    """What a query finds in lists of events, whose time is seconds since 1970."""
    events = [{"_row": number} | row["row"] for number, row in enumerate(trial["rows"])]
    for event in events:
        if isinstance(event.get("_time"), str):
            event["_time"] = found_in.seconds(event["_time"])
    return found_in.answer(trial, found_of(trial["query"], events))


def answer(trial):
    try:
        if "time" in trial:
            return in_lists(trial)
        return {"id": trial["id"], "matches": matches(trial["query"], trial["rows"])}
    except search.Unsupported as error:
        return {"id": trial["id"], "kind": "unsupported", "error": str(error)}
    except SyntaxFault as error:
        return {"id": trial["id"], "kind": "parse", "error": str(error)}
    except re.error as error:
        return {"id": trial["id"], "kind": "unsupported", "error": f"an expression that Python lacks: {error}"}


def main():
    sys.setrecursionlimit(20_000)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
