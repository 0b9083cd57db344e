#!/usr/bin/env python3
"""Tries rulec's queries on rows, in engines that nobody here wrote, and prints where they agree.

    python3 tests/conformance/run.py                        the rules of this repository, every engine
    python3 tests/conformance/run.py --rules DIR --every 10 a tenth of other rules
    python3 tests/conformance/run.py --engine esql,eql      some engines

`rulec witness` makes the rows and says which a query has to match; an engine says which it does. Exits with 1 if
they differ on a row for which neither a note of rulec's nor a documented deviation of the engine accounts.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys
from pathlib import Path

from engines import ENGINES, SKIPPED

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def rulec():
    """The program to test: RULEC_BIN, else built here."""
    given = os.environ.get("RULEC_BIN")
    if given:
        return given
    subprocess.run(["cargo", "build", "--locked", "--quiet"], cwd=ROOT, check=True)
    target = json.loads(
        subprocess.run(
            ["cargo", "metadata", "--format-version=1", "--no-deps"], cwd=ROOT, check=True, stdout=subprocess.PIPE
        ).stdout
    )["target_directory"]
    return str(Path(target) / "debug" / "rulec")


def trials_of(program, rules, options, arguments):
    """Queries with their rows, each with a number."""
    command = [program, "witness", *map(str, rules), *arguments, "--format", "json", "--quiet"]
    command += ["--count", str(options.count), "--seed", str(options.seed)]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # 1: some rules do not convert for some targets.
    if made.returncode not in (0, 1):
        sys.exit(made.stderr.decode())
    trials = json.loads(made.stdout)[:: options.every]
    for number, trial in enumerate(trials):
        trial["id"] = number
    return trials


def answers_of(engine, trials):
    """What an engine says of each trial; `None` if it cannot run on this machine."""
    text = "".join(json.dumps(trial) + "\n" for trial in trials)
    command = [sys.executable, HERE / engine.folder / engine.script, *engine.options]
    run = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if run.returncode == SKIPPED:
        return None, run.stderr.decode().strip().splitlines()[-1]
    if run.returncode != 0:
        sys.exit(f"{engine.name} failed:\n{run.stderr.decode()}")
    return {answer["id"]: answer for answer in map(json.loads, run.stdout.decode().splitlines())}, None


class Tally:
    """How the rows of one engine came out."""

    def __init__(self):
        self.queries = self.rows = self.agree = self.noted = self.deviating = self.differ = 0
        self.unsupported = collections.Counter()
        self.rejected = []
        self.differences = []

    def add(self, trial, answer):
        if answer is None:
            self.rejected.append((trial, {"kind": "run", "error": "no answer"}))
        elif answer.get("kind") == "unsupported":
            self.unsupported[answer["error"]] += 1
        elif "error" in answer:
            self.rejected.append((trial, answer))
        else:
            self.queries += 1
            found, known = set(answer["matches"]), answer.get("deviations", {})
            for number, row in enumerate(trial["rows"]):
                self.add_row(trial, number, row, number in found, known.get(str(number)))

    def add_row(self, trial, number, row, found, deviation):
        self.rows += 1
        noted = trial.get("may_match_more") if found else trial.get("may_match_less")
        if found == row["matches"]:
            self.agree += 1
        elif noted:
            self.noted += 1
        elif deviation:
            self.deviating += 1
        else:
            self.differ += 1
            self.differences.append((trial, number, found))

    def line(self, name):
        unsupported = sum(self.unsupported.values())
        cells = [self.queries, self.rows, self.agree, self.noted, self.deviating, unsupported, len(self.rejected), self.differ]
        return f"{name:<28}" + "".join(f"{cell:>10}" for cell in cells)


HEADER = f"{'':<28}" + "".join(
    f"{name:>10}" for name in ["queries", "rows", "agree", "noted", "deviate", "unable", "rejected", "DIFFER"]
)


def explain(name, tally, most):
    for trial, answer in tally.rejected[:most]:
        print(f"\n{name}: {trial['path']} is rejected ({answer['kind']}): {answer['error'][:300]}\n{trial['query']}")
    for trial, number, found in tally.differences[:most]:
        row = trial["rows"][number]
        verb = "matches, and should not" if found else "does not match, and should"
        print(f"\n{name}: {trial['path']} ({trial['rule']}) {verb}: {row['why']}")
        print(trial["query"])
        print(json.dumps(row["row"], ensure_ascii=False))
    for reason, count in tally.unsupported.most_common(most):
        print(f"{name}: {count} queries not run: {reason[:160]}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rules", nargs="+", type=Path, default=[ROOT / "rules" / "sigma"], metavar="PATH")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take one query in N")
    parser.add_argument("--engine", default="", metavar="NAMES", help="only these, by the start of their names")
    parser.add_argument("--count", type=int, default=16, metavar="N", help="rows for each query")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--show", type=int, default=20, metavar="N", help="differences of each engine to show")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="engines at once")
    return parser.parse_args()


def main():
    options = arguments()
    wanted = tuple(name for name in options.engine.split(",") if name)
    engines = [engine for engine in ENGINES if not wanted or engine.name.startswith(wanted)]
    program = rulec()
    made = {engine.arguments: None for engine in engines}
    for arguments_of in made:
        made[arguments_of] = trials_of(program, options.rules, options, arguments_of)
    print(HEADER, flush=True)
    failed, skipped, tallies = False, [], []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = [(engine, pool.submit(answers_of, engine, made[engine.arguments])) for engine in engines]
        for engine, run in runs:
            answers, why = run.result()
            if answers is None:
                skipped.append(engine.name)
                print(f"{engine.name:<28}  SKIPPED: {why}", flush=True)
                continue
            tally = Tally()
            for trial in made[engine.arguments]:
                tally.add(trial, answers.get(trial["id"]))
            tallies.append((engine.name, tally))
            print(tally.line(engine.name), flush=True)
            failed |= bool(tally.rejected or tally.differ)
    for name, tally in tallies:
        explain(name, tally, options.show)
    if skipped:
        print(f"\nNot proven here, since their tools are missing: {', '.join(skipped)}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
