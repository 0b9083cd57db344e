#!/usr/bin/env python3
"""What Microsoft's parser and binder say of Kusto queries: `rulec convert --format json` on standard input.

    rulec convert --to defender,sentinel,asim --format json -q RULES | python3 bind.py [SCHEMA.json]

The schema is a file of published tables (`{"tables": {NAME: {"columns": {NAME: TYPE}, "src": [..]}}, "functions": ..}`),
else what mappings/schemas copies from the published references. Prints a count for each target and each query that is
refused; exits with 1 if one is. With --trials it answers ../run.py.
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
import rows  # noqa: E402

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


def own():
    """What mappings/schemas has: tables, and functions with the parameters that queries use."""
    schemas = {target: {"tables": own_tables(target)} for target in ("defender", "sentinel")}
    parameters = {}
    for file in (SCHEMAS / "asim").glob("*.yml"):
        named = re.search(r"^parameters: \{(.*)\}", file.read_text(), re.MULTILINE)
        names = re.findall(r"(\w+):", named[1]) if named else []
        parameters[file.stem] = ", ".join(f"{name}: dynamic = dynamic([])" for name in names)
    functions = {name: {"parameters": parameters[name], "columns": columns} for name, columns in own_tables("asim").items()}
    return schemas | {"asim": {"tables": {}, "functions": functions}}


def as_written(trial):
    """The table that a query of the rule's own names is about."""
    return {"tables": {table.name: {name: TYPES.get(kind, "string") for name, kind in table.types.items()} for table in rows.tables(trial)}}


def faults_of(schemas, queries):
    """What is wrong with each query."""
    folder = packages.node("kusto", HERE / "node")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"schemas": schemas, "queries": queries}, file)
        file.flush()
        command = ["node", HERE / "check.js", folder / "node_modules", file.name]
        lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return [json.loads(line)["faults"] for line in lines]


def answer_trials():
    """The contract of ../run.py: a query is bound, or an error."""
    trials = [json.loads(line) for line in sys.stdin]
    schemas = own()
    for trial in trials:
        if trial["is_mapped"]:
            trial["schema"] = trial["target"]
        else:
            trial["schema"] = str(trial["id"])
            schemas[trial["schema"]] = as_written(trial)
    queries = [{"target": trial["schema"], "query": trial["query"]} for trial in trials]
    for trial, faults in zip(trials, faults_of(schemas, queries)):
        wrong = {"kind": "bind", "error": "; ".join(faults[:3])} if faults else {"bound": True}
        print(json.dumps({"id": trial["id"]} | wrong))


def main(arguments):
    if arguments == ["--trials"]:
        return answer_trials()
    schemas = published(arguments[0]) if arguments else own()
    records = [record for record in json.load(sys.stdin) if record["query"] and record["target"] in schemas]
    refused = {target: [] for target in schemas}
    for record, faults in zip(records, faults_of(schemas, records)):
        if faults:
            refused[record["target"]].append(f"{record['path']}: {'; '.join(faults[:3])}")
    for target, wrong in refused.items():
        for line in wrong[:20]:
            print(f"{target}: {line}")
        print(f"{target}: {sum(record['target'] == target for record in records)} queries, {len(wrong)} refused")
    return int(any(refused.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
