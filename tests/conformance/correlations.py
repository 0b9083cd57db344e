"""Correlations: queries tried on lists of events, by what they find in each: at which times, in which groups."""

import collections
import dataclasses
import json

import found as found_in
from engines import ENGINES, Engine, as_written, mapped

# The engines that look at several events, and windows that they are asked for.
SLIDING, TUMBLING = (), ("--window", "tumbling")
NAMES = ("esql", "eql", "kusto", "spl")
NONE = ("data model",)

# Rows of a list that are shown where engine and evaluator differ.
SHOWN = 12


BINDER = {"folder": "kusto", "options": ("--trials",), "script": "bind.py"}
# Microsoft's binder says whether a query is right, and runs none.
BINDERS = [
    Engine("kusto binder", arguments=mapped("defender", "sentinel", "asim"), **BINDER),
    Engine("kusto binder as written", arguments=as_written("defender"), **BINDER),
]


def engines():
    """Each engine for windows that slide, and for such that follow one another."""
    for engine in [*ENGINES, *BINDERS]:
        if engine.name.startswith(NAMES) and not engine.name.endswith(NONE):
            yield engine
            if not engine.name.startswith("eql"):
                arguments = (*engine.arguments, *TUMBLING)
                yield dataclasses.replace(engine, name=f"{engine.name}, tumbling", arguments=arguments)


def flat(trial):
    """The trial with the rows of all lists, as an engine has them."""
    return trial | {"rows": [row for listed in trial["lists"] for row in listed["rows"]]}


class Tally:
    """How the lists of one engine came out."""

    def __init__(self):
        self.queries = self.lists = self.agree = self.noted = self.deviating = self.differ = 0
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
        elif "bound" in answer:
            self.queries += 1
        else:
            self.queries += 1
            for listed, found in by_list(trial, answer["found"]):
                self.add_list(trial, listed, found, answer.get("deviation"))

    def add_list(self, trial, listed, found, deviation):
        self.lists += 1
        wanted = {point(trial, one) for one in listed["found"]}
        if None in {group for _, group in found}:
            wanted, found = {(time, None) for time, _ in wanted}, {(time, None) for time, _ in found}
        more, less = compared(trial, wanted, found)
        if not more and not less:
            self.agree += 1
        elif (not more or trial.get("may_match_more")) and (not less or trial.get("may_match_less")):
            self.noted += 1
        elif deviation:
            self.deviating += 1
        else:
            self.differ += 1
            self.differences.append((trial, listed, more, less))

    def failed(self):
        return bool(self.rejected or self.differ)

    def cells(self):
        return [self.queries, self.lists, self.agree, self.noted, self.deviating, sum(self.unsupported.values()), len(self.rejected), self.differ]

    def explain(self, name, most):
        for trial, answer in self.rejected[:most]:
            print(f"\n{name}: {trial['rule']} is rejected ({answer['kind']}): {answer['error'][:300]}\n{trial['query']}")
        for trial, listed, more, less in self.differences[:most]:
            print(f"\n{name}: {trial['path']} ({trial['rule']}): {listed['why']}")
            print(f"finds {sorted(more, key=str)} and should not, should find {sorted(less, key=str)}\n{trial['query']}")
            for row in listed["rows"][:SHOWN]:
                print(json.dumps(row["row"], ensure_ascii=False))
        for reason, count in self.unsupported.most_common(most):
            print(f"{name}: {count} queries not run: {reason[:160]}")


def compared(trial, wanted, found):
    """What is found and should not be, and the reverse. ES|QL's windows that overlap have the time of their last event, so
    that only groups can be compared. EQL tells a sequence once, and not again of each later event that could end it: each
    group has to be found, and nothing that should not."""
    groups = [{group for _, group in points} for points in (wanted, found)]
    if trial["language"] == "eql":
        return found - wanted, groups[0] - groups[1]
    if trial["language"] == "esql" and trial.get("may_match_more"):
        return groups[1] - groups[0], groups[0] - groups[1]
    return found - wanted, wanted - found


def point(trial, one):
    return found_in.seconds(one[trial["time"]]), tuple(found_in.text(one[name]) for name in trial["groups"])


def by_list(trial, found):
    """What was found in each list, which are far from one another in time."""
    points = [(time, None if group is None else tuple(group)) for time, group in found]
    for listed in trial["lists"]:
        start, end = found_in.seconds(listed["from"]), found_in.seconds(listed["until"])
        yield listed, {(time, group) for time, group in points if start <= time <= end}
