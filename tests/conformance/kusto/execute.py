"""Runs in the environment that has the engines."""

import argparse
import json
import os
import re
import sys

import rows


class DuckDb:
    """duckdb-kql: Microsoft's grammar, translated to SQL."""

    TYPES = {"integer": "BIGINT", "real": "DOUBLE", "boolean": "BOOLEAN", "timestamp": "TIMESTAMPTZ", "dynamic": "JSON"}
    CANNOT = "differ only in case"

    def __init__(self):
        import duckdb_kql

        self.kql = duckdb_kql
        self.connection = duckdb_kql.connect()

    def matches(self, query, table):
        quoted = {name: '"' + name.replace('"', '""') + '"' for name in (rows.NUMBER, *table.types)}
        kinds = {rows.NUMBER: "integer"} | table.types
        columns = ", ".join(f"{quoted[name]} {self.TYPES.get(kinds[name], 'VARCHAR')}" for name in quoted)
        self.connection.execute(f'CREATE OR REPLACE TABLE "{table.name}" ({columns})')
        places = ", ".join("?" for _ in quoted)
        values = [[row[name] for name in quoted] for row in table.rows]
        self.connection.executemany(f'INSERT INTO "{table.name}" VALUES ({places})', values)
        try:
            found = self.kql.kql(self.connection, f"{query}\n| project {rows.NUMBER}").fetchall()
        except (self.kql.KqlUnsupportedError, NotImplementedError) as error:
            raise Unsupported(first_line(error)) from error
        except Exception as error:
            if self.CANNOT in str(error):
                raise Unsupported("columns that differ in case alone") from error
            raise
        return sorted(row[0] for row in found)

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
    LACKS = ("parse_json", "todynamic", "column_ifexists", "ipv6_is_in", "has_ipv4", "* contains", "* has", "* matches")
    # Its functions of addresses refuse text that is none, where Kusto's are null.
    REFUSES = "Neither IPv4 nor IPv6 address"

    def __init__(self):
        from chdb import session

        self.session = session.Session()
        self.session.query("SET allow_experimental_kusto_dialect=1")
        for limit in ("max_query_size", "max_ast_elements", "max_expanded_ast_elements"):
            self.session.query(f"SET {limit}=100000000")

    def matches(self, query, table):
        lacking = next((name for name in self.LACKS if name in query), None)
        if lacking or "dynamic" in table.types.values():
            raise Unsupported(f"no {lacking or 'dynamic columns'} in this dialect")
        names = [rows.NUMBER, *table.types]
        kinds = {rows.NUMBER: "integer"} | table.types
        quoted = {name: "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`" for name in names}
        columns = ", ".join(f"{quoted[name]} {self.TYPES.get(kinds[name], 'String')}" for name in names)
        self.session.query("SET dialect='clickhouse'")
        self.session.query(f"DROP TABLE IF EXISTS {table.name}")
        self.session.query(f"CREATE TABLE {table.name} ({columns}) ENGINE = Memory")
        data = "\n".join(json.dumps(row, ensure_ascii=False) for row in table.rows)
        self.session.query(f"INSERT INTO {table.name} FORMAT JSONEachRow {data}")
        self.session.query("SET dialect='kusto'")
        try:
            found = self.session.query(f"{query}\n| project {rows.NUMBER}", "JSONCompact")
        except RuntimeError as error:
            if self.REFUSES in str(error):
                raise Unsupported("addresses that are none") from error
            raise
        finally:
            self.session.query("SET dialect='clickhouse'")
        return sorted(int(row[0]) for row in json.loads(str(found))["data"])


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


def answer(engine, trial):
    try:
        table = rows.Table(trial)
        found = {"id": trial["id"], "matches": engine.matches(trial["query"], table)}
        return found | {"deviations": engine.deviations(trial["query"], table)}
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
