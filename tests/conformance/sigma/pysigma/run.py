#!/usr/bin/env python3
"""Tries Sigma rules on events (trials, one a line, on standard input) by pySigma and SQLite: see README.md."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

import packages  # noqa: E402

if __name__ == "__main__":
    program = packages.python("pysigma", HERE / "requirements.txt")
    packages.hand_over(program, HERE / "execute.py", *sys.argv[1:])
