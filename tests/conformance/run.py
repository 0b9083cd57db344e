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

import correlations
from engines import ENGINES, SKIPPED

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CORRELATIONS = (ROOT / "tests" / "cases" / "correlations", ROOT / "rules" / "sigma" / "correlation", HERE)


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


def made_of(program, rules, options, arguments):
    """What `rulec witness` makes of rules."""
    command = [program, "witness", *map(str, rules), *arguments, "--format", "json", "--quiet"]
    command += ["--count", str(options.count), "--seed", str(options.seed)]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # 1: some rules do not convert for some targets.
    if made.returncode not in (0, 1):
        sys.exit(made.stderr.decode())
    return json.loads(made.stdout)


def trials_of(program, options, arguments):
    """Queries with their rows, each with a number."""
    trials = made_of(program, options.rules, options, arguments)
    trials = [trial for trial in trials if "rows" in trial][:: options.every]
    return [trial | {"id": number} for number, trial in enumerate(trials)]


def list_trials_of(program, options, arguments):
    """Queries of correlations with their lists of events, each with a number. Files are read one by one: their rules may
    have the same names."""
    made = [made_of(program, [path], options, arguments) for path in options.correlations]
    trials = [trial for of_file in made for trial in of_file if "lists" in trial]
    is_mapped = "--no-mapping" not in arguments
    return [correlations.flat(trial) | {"id": number, "is_mapped": is_mapped} for number, trial in enumerate(trials)]


def answers_of(engine, trials):
    """What an engine says of each trial; `None` if it cannot run on this machine."""
    if not trials:
        return {}, None
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

    def failed(self):
        return bool(self.rejected or self.differ)

    def cells(self):
        unsupported = sum(self.unsupported.values())
        return [self.queries, self.rows, self.agree, self.noted, self.deviating, unsupported, len(self.rejected), self.differ]

    def explain(self, name, most):
        for trial, answer in self.rejected[:most]:
            print(f"\n{name}: {trial['path']} is rejected ({answer['kind']}): {answer['error'][:300]}\n{trial['query']}")
        for trial, number, found in self.differences[:most]:
            row = trial["rows"][number]
            verb = "matches, and should not" if found else "does not match, and should"
            print(f"\n{name}: {trial['path']} ({trial['rule']}) {verb}: {row['why']}")
            print(trial["query"])
            print(json.dumps(row["row"], ensure_ascii=False))
        for reason, count in self.unsupported.most_common(most):
            print(f"{name}: {count} queries not run: {reason[:160]}")


def line(name, cells):
    return f"{name:<34}" + "".join(f"{cell:>10}" for cell in cells)


def header(rows):
    return line("", ["queries", rows, "agree", "noted", "deviate", "unable", "rejected", "DIFFER"])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rules", nargs="+", type=Path, default=[ROOT / "rules" / "sigma"], metavar="PATH")
    parser.add_argument("--correlations", nargs="*", type=Path, metavar="PATH", help="files of correlations")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take one query in N")
    parser.add_argument("--engine", default="", metavar="NAMES", help="only these, by the start of their names")
    parser.add_argument("--count", type=int, default=16, metavar="N", help="rows for each query")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--show", type=int, default=20, metavar="N", help="differences of each engine to show")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="engines at once")
    options = parser.parse_args()
    if options.correlations is None:
        is_own = options.rules == [ROOT / "rules" / "sigma"]
        options.correlations = [path for folder in CORRELATIONS for path in sorted(folder.glob("*.yml"))] if is_own else []
    options.correlations = [path for path in options.correlations if not path.name.endswith(".tests.yml")]
    return options


def groups(engines, made, together):
    """Engines that are one process: each for itself, or those that differ in their trials alone."""
    found = {}
    for engine in engines:
        key = (engine.folder, engine.script, engine.options) if together else engine.name
        found.setdefault(key, []).append(engine)
    for group in found.values():
        trials = [trial | {"id": (engine.name, trial["id"])} for engine in group for trial in made[engine.arguments]]
        yield group, [trial | {"id": number} for number, trial in enumerate(trials)], [trial["id"] for trial in trials]


def run(engines, made, options, new_tally, together):
    """Prints a line for each engine as it is done; gives the tallies, and the engines that cannot run here."""
    skipped, tallies = [], []
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = [
            (engine, names, pool.submit(answers_of, group[0], trials) if engine is group[0] else None)
            for group, trials, names in groups(engines, made, together)
            for engine in group
        ]
        answers, why = None, None
        for engine, names, run in runs:
            if run:
                answers, why = run.result()
            if answers is None:
                skipped.append(engine.name)
                print(f"{engine.name:<34}  SKIPPED: {why}", flush=True)
                continue
            own = {names[number]: answer for number, answer in answers.items()}
            tally = new_tally()
            for trial in made[engine.arguments]:
                tally.add(trial, own.get((engine.name, trial["id"])))
            tallies.append((engine.name, tally))
            print(line(engine.name, tally.cells()), flush=True)
    return tallies, skipped


def main():
    options = arguments()
    wanted = tuple(name for name in options.engine.split(",") if name)
    program = rulec()
    parts = [(ENGINES, options.rules, "rows", trials_of, Tally, False)]
    parts.append((list(correlations.engines()), options.correlations, "lists", list_trials_of, correlations.Tally, True))
    tallies, skipped = [], []
    for all_engines, rules, rows, trials, new_tally, together in parts:
        engines = [engine for engine in all_engines if not wanted or engine.name.startswith(wanted)]
        if not rules or not engines:
            continue
        made = {arguments_of: trials(program, options, arguments_of) for arguments_of in {it.arguments: 0 for it in engines}}
        print(header(rows), flush=True)
        found, lacking = run(engines, made, options, new_tally, together)
        tallies += found
        skipped += lacking
    for name, tally in tallies:
        tally.explain(name, options.show)
    if skipped:
        print(f"\nNot proven here, since their tools are missing: {', '.join(dict.fromkeys(skipped))}")
    sys.exit(any(tally.failed() for _, tally in tallies))


if __name__ == "__main__":
    main()
