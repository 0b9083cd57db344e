"""Queries in steps, for dialects without `as` and `prev()`: what they name is stored, and what comes before is a column.

* `| as NAME`: the rows so far become a table NAME, which the rest reads, as it does in Kusto.
* `prev(column, n)`: "the value of a column in the row so many before": a column of the rows so far, in their order.
* `x between (a .. b)` is `x >= a and x <= b` ("between operator"): the dialects know it of constants alone.
* `time - earlier <= span` is `time <= earlier + span`: chdb does not compare the difference of two times.
* `count_distinct()` is `dcount()`, `count_distinctif()` is `dcountif()`, which both dialects count exactly.
"""

import re
from dataclasses import dataclass, field

PREVIOUS = re.compile(r"prev\((\['[^']+'\]|\w+), (\d+)\)")
BETWEEN = re.compile(r"(\['[^']+'\]|\w+) between \((.+?) \.\. (.+)\)$", re.MULTILINE)
SINCE = re.compile(r"(\w+) - (prev\([^)]*\)|\w+) <= (\d+[smhd])")


@dataclass
class Step:
    """Rows that are stored under a name; with columns of rows before, each the column, how many before, and its name."""

    query: str
    name: str
    previous: list = field(default_factory=list)


def commands(query):
    """The commands of a pipeline, which its bars part; those in parentheses and quotes are in one of them."""
    found, depth, quote = [""], 0, None
    for at, sign in enumerate(query):
        if quote:
            quote = None if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        if sign == "|" and depth == 0 and not quote and query[at - 1].isspace():
            found.append("")
        else:
            found[-1] += sign
    return [command.strip() for command in found]


def unquoted(name):
    return name[2:-2] if name.startswith("['") else name


def said_otherwise(query):
    query = BETWEEN.sub(r"\1 >= \2 and \1 <= \3", query)
    query = SINCE.sub(r"\1 <= \2 + \3", query)
    return query.replace("count_distinctif(", "dcountif(").replace("count_distinct(", "dcount(")


def steps(query):
    """Steps to store, and the query that is left."""
    found, before = [], []
    for command in commands(said_otherwise(query)):
        if re.fullmatch(r"as \w+", command):
            found.append(Step("\n| ".join(before), command.split()[1]))
            before = [found[-1].name]
            continue
        if command.startswith("where") and PREVIOUS.search(command):
            step = Step("\n| ".join(before), f"step_{len(found) + 1}")
            before = [step.name]
            for column, count in dict.fromkeys(PREVIOUS.findall(command)):
                name = f"previous_{len(found) + 1}_{len(step.previous) + 1}"
                step.previous.append((unquoted(column), int(count), name))
                command = command.replace(f"prev({column}, {count})", name)
            found.append(step)
        before.append(command)
    return found, "\n| ".join(before)
