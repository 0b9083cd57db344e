#!/usr/bin/env python3
"""What Microsoft's parser and binder say of Kusto queries: `rulec convert --format json` on standard input.

    rulec convert --to defender,sentinel,asim --format json -q RULES | python3 bind.py [SCHEMA.json]

The schema is a file of published tables (`{"tables": {NAME: {"columns": {NAME: TYPE}, "src": [..]}}, "functions": ..}`),
else what mappings/schemas copies from the published references; ASIM's functions are in the former alone. Prints a count
for each target and each query that is refused; exits with 1 if one is.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCHEMAS = HERE.parents[2] / "mappings" / "schemas"
sys.path.insert(0, str(HERE.parent))

import packages  # noqa: E402

TYPES = {
    "string": "string",
    "integer": "long",
    "real": "real",
    "boolean": "bool",
    "timestamp": "datetime",
    "dynamic": "dynamic",
}


def own_tables(schema):
    """Tables of mappings/schemas."""
    tables = {}
    for file in sorted((SCHEMAS / schema).glob("*.yml")):
        found = re.findall(r"(\w+): (\w+)\??(?=[,}\s])", file.read_text())
        tables[file.stem] = {name: TYPES[kind] for name, kind in found if kind in TYPES}
    return tables


def published(file):
    """Tables and functions of each target in a file of all of them."""
    data = json.loads(Path(file).read_text())

    def tables(belongs):
        return {name: table["columns"] for name, table in data["tables"].items() if belongs(name, table.get("src", []))}

    functions = {
        name: {"parameters": function["params"].replace("'*'", '"*"'), "columns": of_asim(data, function["asim"])}
        for name, function in data["functions"].items()
        if function.get("asim") and name.startswith("_Im")
    }
    workspace = tables(lambda name, sources: sources != ["xdr"])
    return {
        "defender": {"tables": tables(lambda name, sources: "xdr" in sources or name.startswith("Entra"))},
        "sentinel": {"tables": workspace},
        "asim": {"tables": workspace, "functions": functions},
    }


def of_asim(data, kind):
    """The columns of a unified parser: those of the schema's tables."""
    prefix = "ASim" + kind.replace("Event", "")
    return {
        column: type_
        for name, table in data["tables"].items()
        if name.startswith(prefix)
        for column, type_ in table["columns"].items()
    }


def main(arguments):
    folder = packages.node("kusto", HERE / "node")
    if arguments:
        schemas = published(arguments[0])
    else:
        schemas = {target: {"tables": own_tables(target)} for target in ("defender", "sentinel")}
    records = [record for record in json.load(sys.stdin) if record["query"] and record["target"] in schemas]
    queries = [{"target": it["target"], "query": it["query"], "path": it["path"]} for it in records]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"schemas": schemas, "queries": queries}, file)
        file.flush()
        return subprocess.run(["node", HERE / "check.js", folder / "node_modules", file.name]).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
