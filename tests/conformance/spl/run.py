#!/usr/bin/env python3
"""Tries SPL queries on rows (trials, one a line, on standard input) in a small reading of Splunk's documentation.

No public registry has an engine of SPL. This one is written from the documentation alone, knows nothing of rulec, and
is tested by cases that the documentation tells (selftest.py): see README.md.
"""

import json
import re
import sys

import search
import where
from lex import Reader, SyntaxFault, commands, tokens

# Commands that make events, and so may stand first after a pipe.
GENERATING = ("tstats", "search", "from", "inputlookup", "makeresults")
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


def command(found, events, first):
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
    if name in SHOWING and name != "eval":
        return events
    raise search.Unsupported(f"command {name}")


def matches(query, rows):
    events = [{"_row": number} | row["row"] for number, row in enumerate(rows)]
    parts = commands(tokens(query))
    leading = not parts[0]
    if leading and parts[1:] and parts[1] and parts[1][0].text not in GENERATING:
        raise SyntaxFault(f"`{parts[1][0].text}` cannot be the first command")
    for number, part in enumerate(parts):
        if number > 0 and not part:
            raise SyntaxFault("a command is missing")
        events = command(part, events, number == 0 and not leading)
    return sorted(event["_row"] for event in events)


def answer(trial):
    try:
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
