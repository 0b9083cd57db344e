"""Commands that put events together: streamstats, stats, multisearch, append, and those around them.

"streamstats": statistics of the events so far, each event in the order in which it comes; with `time_window` of those of the
last so long, for which events have to be in the order of time. "stats": a row of each group; events without a field of the
BY clause are in none. "multisearch", "append", "bin", "fillnull", "sort", "eval", "rename", "fields", "table".
"""

import math
import re

import values
import where
from lex import Reader, SyntaxFault, commands, unquoted
from search import Unsupported

SPANS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def span(text):
    found = re.fullmatch(r"(\d+)([smhd])", text)
    if not found:
        raise Unsupported(f"a span of {text}")
    return int(found[1]) * SPANS[found[2]]


def name_of(token):
    if token.kind == "string":
        return unquoted(token.text)
    if token.kind == "word":
        return token.text
    raise SyntaxFault(f"a field is expected, not `{token.text}`")


def names(reader):
    """Fields until the end, separated by commas or blanks."""
    found = []
    while reader.peek().kind != "end":
        if not reader.takes(","):
            found.append(name_of(reader.next()))
    return found


def options(reader):
    """`name=value` before the arguments."""
    found = {}
    while reader.peek().kind == "word" and reader.peek(1).text == "=":
        name = reader.next().text
        reader.next()
        found[name] = name_of(reader.next())
    return found


def parenthesized(reader):
    """The tokens in a pair of parentheses."""
    reader.expect("(")
    found, depth = [], 1
    while True:
        token = reader.next()
        if token.kind == "end":
            raise SyntaxFault("a parenthesis is not closed")
        depth += (token.text == "(") - (token.text == ")") if token.kind == "sign" else 0
        if depth == 0:
            return found
        found.append(token)


class Function:
    """A statistical function of a field or an expression."""

    def __init__(self, reader):
        self.name = reader.next().text
        self.value = None
        if reader.peek().text == "(":
            inside = parenthesized(reader)
            if inside and inside[0].text == "eval" and inside[1].text == "(":
                self.value = where.parse(Reader(inside[2:-1]))
            elif inside:
                field = name_of(inside[0])
                self.value = lambda event: event.get(field)
        if not reader.takes("AS"):
            raise Unsupported("statistics without AS")
        self.output = name_of(reader.next())

    def of(self, events):
        if self.name == "count":
            return len(events) if self.value is None else sum(self.counts(self.value(event)) for event in events)
        every = [one for event in events for one in values.every(self.value(event))]
        if self.name in ("dc", "distinct_count"):
            return len({values.text(one) for one in every})
        numbers = sorted(number for one in every if (number := values.number(one)) is not None)
        return self.of_numbers(numbers) if numbers else None

    @staticmethod
    def counts(value):
        """Of an expression, what is true counts; of a field, what is there."""
        return value is not None and value is not False

    def of_numbers(self, numbers):
        """"Aggregate functions": percentiles by the nearest rank where there are fewer than 1000 different values; a median
        of an even number of values is the higher one of the two in the middle."""
        if self.name in ("max", "min", "sum"):
            return {"max": max, "min": min, "sum": sum}[self.name](numbers)
        if self.name in ("avg", "mean"):
            return sum(numbers) / len(numbers)
        if self.name == "median":
            return numbers[len(numbers) // 2]
        rank = re.fullmatch(r"(?:perc|p|exactperc)(\d+(?:\.\d+)?)", self.name)
        if not rank:
            raise Unsupported(f"{self.name}()")
        return numbers[max(math.ceil(float(rank[1]) / 100 * len(numbers)), 1) - 1]


def statistics(reader):
    """Functions, and the fields of the BY clause."""
    functions = []
    while reader.peek().kind != "end":
        if reader.takes("BY"):
            return functions, names(reader)
        functions.append(Function(reader))
        reader.takes(",")
    return functions, []


def key_of(event, by):
    """The group of an event; none if it lacks a field."""
    key = tuple(event.get(name) for name in by)
    return None if None in key else tuple(map(values.text, key))


def streamstats(reader, events):
    window = options(reader).get("time_window")
    length = span(window) if window else None
    functions, by = statistics(reader)
    if window and any(one["_time"] > other["_time"] for one, other in zip(events, events[1:])):
        raise SyntaxFault("streamstats needs events in the order of time")
    before, found = {}, []
    for event in events:
        key = key_of(event, by)
        if key is None:
            found.append(event)
            continue
        group = before.setdefault(key, [])
        group.append(event)
        if length is not None:
            group[:] = [other for other in group if event["_time"] - other["_time"] <= length]
        found.append(event | {function.output: function.of(group) for function in functions})
    return found


def stats(reader, events):
    functions, by = statistics(reader)
    groups = {}
    for event in events:
        key = key_of(event, by)
        if key is not None:
            groups.setdefault(key, []).append(event)
    if not by and not groups:
        groups[()] = []
    computed = lambda group: {function.output: function.of(group) for function in functions}  # noqa: E731
    return [{name: group[0][name] for name in by} | computed(group) for group in groups.values()]


def fillnull(reader, events):
    value = options(reader).get("value", "0")
    wanted = names(reader)
    if not wanted:
        raise Unsupported("fillnull of every field")
    return [event | {name: value for name in wanted if event.get(name) is None} for event in events]


def sort(reader, events):
    """Numbers by size, text by its characters; without a limit of 0, 10,000 events."""
    wanted = names(reader)
    if not wanted or wanted[0] != "0":
        raise Unsupported("sort with a limit")
    for name in reversed(wanted[1:]):
        if name[0] not in "+-":
            name = "+" + name
        events = sorted(events, key=lambda event: order(event.get(name[1:])), reverse=name[0] == "-")
    return events


def order(value):
    number = values.number(value) if value is not None else None
    return (value is None, number is None, number if number is not None else values.text(value or ""))


def evaluate(reader, events):
    while reader.peek().kind != "end":
        name = name_of(reader.next())
        reader.expect("=")
        value = where.expression(reader)
        events = [event | {name: value(event)} for event in events]
        if reader.peek().kind != "end":
            reader.expect(",")
    return events


def rename(reader, events):
    while reader.peek().kind != "end":
        old = name_of(reader.next())
        if not reader.takes("AS"):
            raise SyntaxFault("rename needs AS")
        new = name_of(reader.next())
        events = [{new if name == old else name: value for name, value in event.items() if name != new or new == old} for event in events]
        reader.takes(",")
    return events


def fields(reader, events):
    wanted = {*names(reader), "_time", "_raw", "_row"}
    return [{name: value for name, value in event.items() if name in wanted} for event in events]


def table(reader, events):
    wanted = {*names(reader), "_row"}
    return [{name: value for name, value in event.items() if name in wanted} for event in events]


def bin_(reader, events):
    name = name_of(reader.next())
    size = span(options(reader)["span"])
    floor = lambda value: None if value is None else math.floor(values.number(value) / size) * size  # noqa: E731
    return [event | {name: floor(event.get(name))} for event in events]


COMMANDS = {
    "streamstats": streamstats,
    "stats": stats,
    "fillnull": fillnull,
    "sort": sort,
    "eval": evaluate,
    "rename": rename,
    "fields": fields,
    "table": table,
    "bin": bin_,
}


def subsearches(reader):
    """The pipelines in brackets."""
    while reader.peek().kind != "end":
        reader.expect("[")
        found, depth = [], 1
        while depth:
            token = reader.next()
            if token.kind == "end":
                raise SyntaxFault("a bracket is not closed")
            depth += (token.text == "[") - (token.text == "]") if token.kind == "sign" else 0
            found.append(token)
        yield commands(found[:-1])
