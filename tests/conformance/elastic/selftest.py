#!/usr/bin/env python3
"""Runs `selftest.ndjson`, whose answers Elastic documents, and shows where the runner answers otherwise."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main():
    text = (HERE / "selftest.ndjson").read_text()
    expected = {line["id"]: line["expect"] for line in map(json.loads, text.splitlines()) if "query" in line}
    run = subprocess.run([sys.executable, HERE / "run.py"], input=text, stdout=subprocess.PIPE, text=True, check=True)
    answers = {answer["id"]: answer for answer in map(json.loads, run.stdout.splitlines())}
    wrong = 0
    for name, expectation in expected.items():
        answer = answers.get(name, {})
        if any(answer.get(key) != value for key, value in expectation.items()):
            wrong += 1
            print(f"{name}\n  expected {expectation}\n  answered {answer}")
    print(f"{len(expected) - wrong} of {len(expected)} as documented")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
