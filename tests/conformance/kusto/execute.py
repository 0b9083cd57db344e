"""Runs in the environment that has the engines."""

import argparse
import json
import os
import re
import sys
from pathlib import Path

import rows
import staged

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import found as found_in  # noqa: E402


# Rows that are stored by one statement.
AT_ONCE = 200


class DuckDb:
    """duckdb-kql: Microsoft's grammar, translated to SQL."""

    TYPES = {"integer": "BIGINT", "real": "DOUBLE", "boolean": "BOOLEAN", "timestamp": "TIMESTAMPTZ", "dynamic": "JSON"}
    CANNOT = "differ only in case"
    # The mean of nothing is NaN, which DuckDB takes for the greatest number; compared in Kusto it is less than none and no more.
    COMPUTES_OTHERWISE = {"avg(": "a mean of no numbers"}

    def __init__(self):
        import duckdb_kql

        self.kql = duckdb_kql
        self.connection = duckdb_kql.connect()

    def store(self, table):
        quoted = {name: '"' + name.replace('"', '""') + '"' for name in (rows.NUMBER, *table.types)}
        kinds = {rows.NUMBER: "integer"} | table.types
        columns = ", ".join(f"{quoted[name]} {self.TYPES.get(kinds[name], 'VARCHAR')}" for name in quoted)
        self.connection.execute(f'CREATE OR REPLACE TABLE "{table.name}" ({columns})')
        places = "(" + ", ".join("?" for _ in quoted) + ")"
        for start in range(0, len(table.rows), AT_ONCE):
            part = table.rows[start : start + AT_ONCE]
            values = [row[name] for row in part for name in quoted]
            self.connection.execute(f'INSERT INTO "{table.name}" VALUES {", ".join([places] * len(part))}', values)

    def rows_of(self, query):
        return self.asked(query, lambda found: found.fetchall())

    def keep(self, step):
        """Stores the rows of a step, which DuckDB keeps in their order."""
        self.connection.execute(f'DROP TABLE IF EXISTS "{step.name}"')
        self.asked(step.query, lambda found: found.create(step.name))
        for column, count, name in step.previous:
            self.connection.execute(
                f'CREATE OR REPLACE TABLE "{step.name}" AS SELECT *, '
                f'lag("{column}", {count}) OVER (ORDER BY place) AS "{name}" '
                f'FROM (SELECT *, row_number() OVER () AS place FROM "{step.name}") ORDER BY place'
            )
            self.connection.execute(f'ALTER TABLE "{step.name}" DROP COLUMN place')

    def asked(self, query, use):
        try:
            return use(self.kql.kql(self.connection, query))
        except (self.kql.KqlUnsupportedError, NotImplementedError) as error:
            raise Unsupported(first_line(error)) from error
        except Exception as error:
            if self.CANNOT in str(error):
                raise Unsupported("columns that differ in case alone") from error
            raise

    def deviations(self, query, table):
        """Its strings keep `\\u202E` as it is, where Kusto's have the character ("The string data type")."""
        if not re.search(r'(?<!@)"[^"\n]*\\u[0-9A-Fa-f]{4}', query):
            return {}
        return {str(row[rows.NUMBER]): "an escape by number" for row in table.rows}


class ChDb:
    """ClickHouse in this process, its dialect set to Kusto."""

    TYPES = {
        "integer": "Nullable(Int64)",
        "real": "Nullable(Float64)",
        "boolean": "Nullable(Bool)",
        "timestamp": "Nullable(DateTime64(7))",
        "dynamic": "Nullable(String)",
    }
    # What its dialect does not know.
    LACKS = ("prev(", "parse_json", "todynamic", "column_ifexists", "ipv6_is_in", "has_ipv4", "* contains", "* has", "* matches")
    # What it refuses, and Kusto does not: its functions of addresses are errors of other text, where Kusto's are null.
    REFUSES = {
        "Neither IPv4 nor IPv6 address": "addresses that are none",
        "ILLEGAL_AGGREGATION": "an aggregate by the name of its column",
        "toFloat64OrNull": "todouble() of a number",
    }

    # Its percentiles lie between two values; Kusto's are one of them ("percentile()").
    COMPUTES_OTHERWISE = {
        "percentile(": "a percentile between two values",
        "!in (": "a comparison of null",
        "not(": "a comparison of null",
    }

    def __init__(self):
        from chdb import session

        self.session = session.Session()
        self.session.query("SET allow_experimental_kusto_dialect=1")
        for limit in ("max_query_size", "max_ast_elements", "max_expanded_ast_elements"):
            self.session.query(f"SET {limit}=100000000")

    def store(self, table):
        if "dynamic" in table.types.values():
            raise Unsupported("no dynamic columns in this dialect")
        names = [rows.NUMBER, *table.types]
        kinds = {rows.NUMBER: "integer"} | table.types
        quoted = {name: "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`" for name in names}
        columns = ", ".join(f"{quoted[name]} {self.TYPES.get(kinds[name], 'String')}" for name in names)
        self.session.query("SET dialect='clickhouse'")
        self.session.query(f"DROP TABLE IF EXISTS {table.name}")
        self.session.query(f"CREATE TABLE {table.name} ({columns}) ENGINE = Memory")
        self.insert(table.name, table.rows)

    def rows_of(self, query):
        return self.asked(query)["data"]

    def keep(self, step):
        """Stores the rows of a step, with columns of rows before."""
        found = self.asked(step.query)
        types = {column["name"]: column["type"] for column in found["meta"]}
        data = [dict(zip(types, row)) for row in found["data"]]
        for column, count, name in step.previous:
            kind = types[column]
            types[name] = kind if kind.startswith("Nullable") else f"Nullable({kind})"
            for at, row in enumerate(data):
                row[name] = data[at - count][column] if at >= count else None
        columns = ", ".join(f"`{name}` {kind}" for name, kind in types.items())
        self.session.query(f"DROP TABLE IF EXISTS {step.name}")
        self.session.query(f"CREATE TABLE {step.name} ({columns}) ENGINE = Memory")
        self.insert(step.name, data)

    def insert(self, table, data):
        text = "\n".join(json.dumps(row, ensure_ascii=False) for row in data)
        self.session.query(f"INSERT INTO {table} SETTINGS date_time_input_format='best_effort' FORMAT JSONEachRow {text}")

    def asked(self, query):
        lacking = next((name for name in self.LACKS if name in query), None)
        if lacking:
            raise Unsupported(f"no {lacking} in this dialect")
        self.session.query("SET dialect='kusto'")
        try:
            found = self.session.query(query.replace(" to typeof(datetime)", ""), "JSONCompact")
        except RuntimeError as error:
            reason = next((why for text, why in self.REFUSES.items() if text in str(error)), None)
            if reason:
                raise Unsupported(reason) from error
            raise
        finally:
            self.session.query("SET dialect='clickhouse'")
        return json.loads(str(found))

    def deviations(self, query, table):
        """`!in` is null for a number that is null here; in Kusto `null != value` is true ("Null values")."""
        numbers = [name for name, kind in table.types.items() if kind in ("integer", "real", "boolean")]
        if "!in (" not in query and "!=" not in query and "not(" not in query:
            return {}
        lacking = (row[rows.NUMBER] for row in table.rows if any(row[name] is None for name in numbers))
        return {str(number): "a comparison of null" for number in lacking}


class Unsupported(Exception):
    """The engine lacks what a query uses."""


def first_line(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def in_rows(engine, trial):
    """The rows that a query finds, by number."""
    table = rows.Table(trial)
    engine.store(table)
    found = engine.rows_of(f"{trial['query']}\n| project {rows.NUMBER}")
    matches = sorted(int(row[0]) for row in found)
    return {"id": trial["id"], "matches": matches, "deviations": engine.deviations(trial["query"], table)}


def in_lists(engine, trial):
    """What a query finds in lists of events, in one table or several."""
    for table in rows.tables(trial):
        engine.store(table)
    columns = [trial["time"], *trial["groups"]]
    shown = ", ".join(f"c{number} = ['{name}']" for number, name in enumerate(columns))
    steps, rest = staged.steps(trial["query"])
    for step in steps:
        engine.keep(step)
    found = engine.rows_of(f"{rest}\n| project {shown}")
    answer = found_in.answer(trial, (dict(zip(columns, row)) for row in found))
    deviations = [why for text, why in engine.COMPUTES_OTHERWISE.items() if text in trial["query"]]
    return answer | ({"deviation": deviations[0]} if deviations else {})


def answer(engine, trial):
    try:
        return in_lists(engine, trial) if "time" in trial else in_rows(engine, trial)
    except Unsupported as error:
        return {"id": trial["id"], "kind": "unsupported", "error": str(error)}
    except Exception as error:  # Whatever an engine says of a query is an answer.
        return {"id": trial["id"], "kind": "run", "error": first_line(error)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=["duckdb", "chdb"], default="duckdb")
    engine = {"duckdb": DuckDb, "chdb": ChDb}[parser.parse_args().engine]()
    # Engines write to standard output too.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(answer(engine, json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
