"""A trial's table: its columns, their types, and rows as Kusto has them."""

import json
import re

# The first table a query names.
TABLE = re.compile(r"^\s*(?:\['([^']+)'\]|(\w+))", re.MULTILINE)
NUMBER = "_row"


class Table:
    """Rows under the name that a query reads."""

    def __init__(self, trial, name=None):
        found = TABLE.match(trial["query"])
        self.name = name or found[1] or found[2]
        self.types = dict(trial.get("columns", {}))
        for row in trial["rows"]:
            for name, value in row["row"].items():
                self.types.setdefault(name, kind_of(value))
        for name in mentioned(trial["query"]):
            self.types.setdefault(name, "string")
        self.rows = [self.row(number, row["row"]) for number, row in enumerate(trial["rows"])]

    def row(self, number, row):
        return {NUMBER: number} | {name: typed(kind, row.get(name)) for name, kind in self.types.items()}


def tables(trial):
    """The tables of rows that tell theirs: each has all columns, and its own rows."""
    names = {row["table"] for row in trial["rows"] if row.get("table")} or {None}
    for name in sorted(names, key=str):
        yield Table(trial | {"rows": [row for row in trial["rows"] if row.get("table") == name]}, name)


def mentioned(query):
    """Columns by their quoted names; others that no row has are in the trial's columns."""
    return re.findall(r"\['([^']+)'\]", query)


def kind_of(value):
    if isinstance(value, (dict, list)):
        return "dynamic"
    if isinstance(value, bool):
        return "boolean"
    return "integer" if isinstance(value, int) else "real" if isinstance(value, float) else "string"


def typed(kind, value):
    """The value in a column of this type. Kusto's strings are never null: an absent one is empty."""
    if kind == "dynamic":
        return None if value is None else json.dumps(value, ensure_ascii=False)
    if kind in ("integer", "real", "boolean", "timestamp"):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)
