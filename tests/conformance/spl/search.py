"""The search command: parsed, and tried on an event.

"Boolean expressions with logical operators": parentheses, then NOT, then OR, then AND. "search": AND between terms is
implied; values are compared without case and may have wildcards; `NOT f=v` is true of an event without `f`, `f!=v` is
not ("Difference between != and NOT"); text without a field is looked for in the raw event.
"""

import re

import values
from lex import SyntaxFault, unquoted

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=", "==")


class Unsupported(Exception):
    """What is not modelled here."""


def parse(reader, field=lambda name: name):
    """A predicate on events; `field` gives the name of the event's field."""
    found = conjunction(reader, field)
    if reader.peek().kind != "end":
        raise SyntaxFault(f"`{reader.peek().text}` is not expected")
    return found


def ends(reader):
    token = reader.peek()
    return token.kind == "end" or (token.kind == "sign" and token.text == ")")


def conjunction(reader, field):
    terms = []
    while not ends(reader):
        reader.takes("AND")
        terms.append(disjunction(reader, field))
    if not terms:
        raise SyntaxFault("a term is missing")
    return lambda event: all(term(event) for term in terms)


def disjunction(reader, field):
    terms = [negation(reader, field)]
    while reader.takes("OR"):
        terms.append(negation(reader, field))
    return terms[0] if len(terms) == 1 else lambda event: any(term(event) for term in terms)


def negation(reader, field):
    if reader.takes("NOT"):
        inner = negation(reader, field)
        return lambda event: not inner(event)
    return term(reader, field)


def term(reader, field):
    if reader.takes("("):
        inner = conjunction(reader, field)
        reader.expect(")")
        return inner
    token = reader.next()
    if token.kind == "macro":
        raise Unsupported("search macros")
    if token.kind in ("end", "sign") or token.text.upper() in ("OR", "AND"):
        raise SyntaxFault(f"a term is expected, not `{token.text}`")
    name = unquoted(token.text) if token.kind == "string" else token.text
    following = reader.peek()
    if following.kind == "sign" and following.text in COMPARISONS:
        reader.next()
        return comparison(field(name), following.text, value(reader))
    if following.kind == "word" and following.text.upper() == "IN" and reader.peek(1).text == "(":
        reader.next()
        return one_of(field(name), listed(reader))
    if token.kind == "word" and token.text in ("CASE", "TERM") and following.text == "(":
        raise Unsupported(f"{token.text}()")
    return keyword(name)


def value(reader):
    token = reader.next()
    if token.kind == "string":
        return unquoted(token.text)
    if token.kind != "word":
        raise SyntaxFault(f"a value is expected, not `{token.text}`")
    return token.text


def listed(reader):
    reader.expect("(")
    found = [value(reader)]
    while reader.takes(","):
        found.append(value(reader))
    reader.expect(")")
    return found


def one_of(name, wanted):
    tests = [equals(one) for one in wanted]
    return lambda event: any(test(one) for one in values.every(event.get(name)) for test in tests)


def comparison(name, sign, wanted):
    if sign in ("=", "=="):
        return one_of(name, [wanted])
    if sign == "!=":
        test = equals(wanted)
        return lambda event: any(not test(one) for one in values.every(event.get(name)))
    return lambda event: any(ordered(one, sign, wanted) for one in values.every(event.get(name)))


def ordered(one, sign, wanted):
    left, right = values.number(one), values.number(wanted)
    if left is None or right is None:
        left, right = values.text(one), wanted
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign]


def equals(wanted):
    """A test of one value. Numbers are equal by size, addresses by network."""
    pattern, network, number = values.wildcard(wanted), values.network(wanted), values.number(wanted)

    def test(one):
        written = values.text(one)
        if pattern.fullmatch(written):
            return True
        if number is not None and values.number(one) is not None:
            return values.number(one) == number
        return network is not None and values.address_in(network, written)

    return test


def keyword(wanted):
    """Text in the raw event; wildcards are about its words, so that they may stand for any of it here."""
    pattern = re.compile(".*".join(re.escape(part) for part in wanted.split("*")), re.DOTALL | re.IGNORECASE)
    return lambda event: pattern.search(raw(event)) is not None


def raw(event):
    if "_raw" in event:
        return values.text(event["_raw"])
    return " ".join(values.text(one) for name, value in event.items() if name != "_row" for one in values.every(value))
