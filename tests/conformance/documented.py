#!/usr/bin/env python3
"""Runs each engine on queries whose answers its vendor documents (documented.ndjson), and shows where it differs.

    python3 tests/conformance/documented.py [NAMES]
"""

import json
import subprocess
import sys
from pathlib import Path

from engines import ENGINES, SKIPPED

HERE = Path(__file__).resolve().parent


def main(wanted):
    failed, seen = False, set()
    for engine in ENGINES:
        cases = HERE / engine.folder / "documented.ndjson"
        key = (engine.folder, engine.script, engine.options)
        if key in seen or not cases.is_file() or (wanted and not engine.name.startswith(tuple(wanted))):
            continue
        seen.add(key)
        trials = [json.loads(line) | {"id": number} for number, line in enumerate(cases.read_text().splitlines())]
        command = [sys.executable, HERE / engine.folder / engine.script, *engine.options]
        text = "".join(json.dumps(trial) + "\n" for trial in trials)
        run = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if run.returncode == SKIPPED:
            print(f"{engine.name}: SKIPPED: {run.stderr.decode().strip()}")
            continue
        answers = {answer["id"]: answer for answer in map(json.loads, run.stdout.decode().splitlines())}
        wrong = [trial for trial in trials if not right(trial, answers.get(trial["id"], {}))]
        failed |= bool(wrong)
        print(f"{engine.name}: {len(trials) - len(wrong)} of {len(trials)} documented cases come out as documented")
        for trial in wrong:
            print(f"  {trial['source']}: {trial['query']!r}: {answers.get(trial['id'])}")
    sys.exit(failed)


def right(trial, answer):
    expected = [number for number, row in enumerate(trial["rows"]) if row["matches"]]
    return answer.get("matches") == expected or "deviations" in answer


if __name__ == "__main__":
    main(sys.argv[1:])
