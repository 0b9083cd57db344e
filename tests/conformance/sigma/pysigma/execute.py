"""Runs in the environment that has the packages."""

import json
import re
import sqlite3
import sys

from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError

# The column with a row's number.
NUMBER = "_row"

def regexp(pattern, value):
    return value is not None and re.search(pattern, str(value)) is not None


def database():
    connection = sqlite3.connect(":memory:")
    connection.create_function("REGEXP", 2, regexp)
    return connection


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def matches(sql, trial):
    """Numbers of the rows that a query finds, in a table with every column that it or a row names."""
    names = dict.fromkeys(name for row in trial["rows"] for name in row["row"])
    while True:
        connection = database()
        # The backend leaves the case of `=` and `IN` to the table.
        columns = ", ".join([NUMBER, *(f"{quoted(name)} COLLATE NOCASE" for name in names)])
        connection.execute(f"CREATE TABLE logs ({columns})")
        for number, row in enumerate(trial["rows"]):
            values = [number, *(value_of(row["row"].get(name)) for name in names)]
            connection.execute(f"INSERT INTO logs VALUES ({', '.join('?' for _ in values)})", values)
        try:
            return sorted(row[0] for row in connection.execute(sql))
        except sqlite3.OperationalError as error:
            lacking = re.fullmatch("no such column: (.+)", str(error))
            if not lacking or lacking[1] in names:
                raise
            names[lacking[1]] = None


def value_of(value):
    return value if value is None or isinstance(value, (str, int, float)) else json.dumps(value)


def answer(backend, trial):
    try:
        sql = backend.convert(SigmaCollection.from_yaml(trial["query"]))[0].replace("SELECT *", f"SELECT {NUMBER}")
        found = matches(sql, trial)
    except (SigmaError, NotImplementedError) as error:
        return {"id": trial["id"], "kind": "unsupported", "error": f"{type(error).__name__}: {error}"[:200]}
    except sqlite3.Error as error:
        return {"id": trial["id"], "kind": "run", "error": str(error)[:200]}
    known = dict.fromkeys(map(str, range(len(trial["rows"]))), "weeks from the first Monday") if "%W" in sql else {}
    return {"id": trial["id"], "matches": found, "deviations": known}


def main():
    backend = sqliteBackend()
    for line in sys.stdin:
        print(json.dumps(answer(backend, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
