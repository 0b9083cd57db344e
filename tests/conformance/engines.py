"""The engines, and the queries that each is tried on."""

from dataclasses import dataclass

# The exit code of an engine that cannot run on this machine.
SKIPPED = 3


@dataclass(frozen=True)
class Engine:
    """One way to run queries: a script in a folder, its options, and the arguments for `rulec witness`."""

    name: str
    folder: str
    arguments: tuple
    options: tuple = ()
    script: str = "run.py"


def mapped(*targets):
    return ("--to", ",".join(targets))


def as_written(target):
    return ("--to", target, "--no-mapping")


ELASTIC = {"folder": "elastic", "script": "trials.py"}

ENGINES = [
    Engine("esql", arguments=mapped("esql"), **ELASTIC),
    Engine("esql as written", arguments=as_written("esql"), **ELASTIC),
    Engine("lucene", arguments=mapped("lucene"), **ELASTIC),
    Engine("lucene as written", arguments=as_written("lucene"), **ELASTIC),
    Engine(
        "lucene lowercase",
        arguments=(*as_written("lucene"), "--case", "as-indexed"),
        options=("--lowercase",),
        **ELASTIC,
    ),
    Engine("eql", "eql", mapped("eql")),
    Engine("eql as written", "eql", as_written("eql")),
    Engine("kusto duckdb", "kusto", mapped("defender", "sentinel"), ("--engine", "duckdb")),
    Engine("kusto duckdb as written", "kusto", as_written("defender"), ("--engine", "duckdb")),
    Engine("kusto chdb", "kusto", mapped("defender", "sentinel"), ("--engine", "chdb")),
    Engine("kusto chdb as written", "kusto", as_written("defender"), ("--engine", "chdb")),
    Engine("spl", "spl", mapped("splunk")),
    Engine("spl data model", "spl", mapped("splunk-cim")),
    Engine("spl as written", "spl", as_written("splunk")),
    Engine("sigma rsigma", "sigma", (), ("--engine", "rsigma")),
    Engine("sigma sigma-rust", "sigma", (), ("--engine", "sigma-rust")),
    Engine("sigma pysigma", "sigma", (), script="pysigma/run.py"),
]
