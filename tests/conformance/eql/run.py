#!/usr/bin/env python3
"""Tries EQL queries on rows (trials, one a line, on standard input) in Elastic's Python engine: see README.md."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import packages  # noqa: E402

if __name__ == "__main__":
    program = packages.python("eql", HERE / "requirements.txt")
    packages.hand_over(program, HERE / "execute.py", *sys.argv[1:])
