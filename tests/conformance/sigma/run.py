#!/usr/bin/env python3
"""Tries Sigma rules on events (trials, one a line, on standard input) in evaluators that are not rulec's: README.md.

    run.py --engine rsigma | sigma-rust
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import packages  # noqa: E402

# Where each evaluator is known to differ from the specification, by what a rule has in its detections.
DEVIATIONS = {
    "rsigma": [
        (r"[*?]", "wildcards: literal after startswith and endswith, and never a line break"),
        (r"^\s+- \d+$", "a number as a keyword is a whole value"),
        (r"\|windash", "windash has fewer dashes than the specification"),
        (r"\|base64offset", "base64offset keeps characters that depend on what follows"),
        (r"['\"]?\|all['\"]?:", "all keywords at once"),
    ],
    "sigma-rust": [
        (r"^\s+(\S+:\s*)?\n?\s*- (?!\S+:\s).*$(?s:.*)", "keywords, and lists"),
        (r"\bnull\b", "null is not true of a field that is absent"),
        (r"\|fieldref", "fields are compared with case"),
        (r"\|re\b", "a dot does not match a line break"),
        (r"\|base64", "padding is left out"),
    ],
}


def build():
    """The program that has the evaluators, compiled from crates that the lock file pins."""
    if not shutil.which("cargo"):
        packages.skip("cargo is not installed")
    target = packages.cache("sigma") / "target"
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--target-dir", target]
    if subprocess.run(command, cwd=HERE, stdout=sys.stderr).returncode != 0:
        packages.skip("the evaluators' crates could not be fetched and built")
    return target / "release" / "rulec-sigma-engines"


def deviation(engine, rule):
    detection = rule[rule.find("detection:") :]
    for pattern, reason in DEVIATIONS[engine]:
        if re.search(pattern, detection, re.MULTILINE):
            return reason
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=["rsigma", "sigma-rust"], default="rsigma")
    engine = parser.parse_args().engine
    program = build()
    lines = sys.stdin.read()
    run = subprocess.run([program, engine], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    trials = {trial["id"]: trial for trial in map(json.loads, lines.splitlines())}
    for answer in map(json.loads, run.stdout.decode().splitlines()):
        trial = trials[answer["id"]]
        reason = deviation(engine, trial["query"])
        if reason:
            answer["deviations"] = {str(number): reason for number in range(len(trial["rows"]))}
        print(json.dumps(answer))


if __name__ == "__main__":
    main()
