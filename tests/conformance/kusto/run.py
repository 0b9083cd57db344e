#!/usr/bin/env python3
"""Tries Kusto queries on rows (trials, one a line, on standard input): see README.md and ../run.py.

    run.py --engine duckdb      duckdb-kql: Kusto translated for DuckDB
    run.py --engine chdb        ClickHouse's Kusto dialect
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import packages  # noqa: E402

if __name__ == "__main__":
    program = packages.python("kusto", HERE / "requirements.txt")
    packages.hand_over(program, HERE / "execute.py", *sys.argv[1:])
