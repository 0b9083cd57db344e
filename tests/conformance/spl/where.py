"""The expressions of where and eval: parsed, and evaluated on an event.

"Comparison and conditional functions", "where", "eval": text is compared with its case; NOT, then AND, then OR; what is
computed of a field that an event lacks is null, and where keeps only what is true.
"""

import datetime
import math
import re

import values
from lex import Reader, SyntaxFault, Token, unquoted
from search import Unsupported


# Numbers, names, and the signs of arithmetic: a name with another sign has to be quoted ("eval", on field names).
PART = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w)|[\w:{}@#$]+|.")


def parse(reader):
    found = expression(reader)
    if reader.peek().kind != "end":
        raise SyntaxFault(f"`{reader.peek().text}` is not expected")
    return found


def expression(reader):
    """An expression; its words are parted at signs of arithmetic."""
    parted = []
    for token in reader.found[reader.at :]:
        parts = PART.findall(token.text) if token.kind == "word" and token.text != "!" else [token.text]
        parted += [Token("sign" if part in SIGNS and token.kind == "word" else token.kind, part) for part in parts]
    reader.found = reader.found[: reader.at] + parted
    return disjunction(reader)


SIGNS = ("+", "-", "*", "/", "%", ".")


def disjunction(reader):
    terms = [conjunction(reader)]
    while reader.takes("OR"):
        terms.append(conjunction(reader))
    return junction(terms, True)


def conjunction(reader):
    terms = [negation(reader)]
    while reader.takes("AND"):
        terms.append(negation(reader))
    return junction(terms, False)


def junction(terms, decisive):
    """Terms of which one that is `decisive` decides; else null if one is null."""
    if len(terms) == 1:
        return terms[0]

    def evaluate(event):
        found = [term(event) for term in terms]
        if any(one is decisive for one in found):
            return decisive
        return None if None in found else not decisive

    return evaluate


def negation(reader):
    if reader.takes("NOT", "!"):
        inner = negation(reader)
        return lambda event: None if (found := inner(event)) is None else not found
    return comparison(reader)


def comparison(reader):
    left = concatenation(reader)
    sign = reader.takes("=", "==", "!=", "<", "<=", ">", ">=")
    if not sign:
        if reader.takes("IN"):
            return among(left, arguments(reader))
        return left
    right = concatenation(reader)
    return lambda event: compared(left(event), sign.text, right(event))


def operations(reader, signs, operand, compute):
    """Operands with signs of one rank between them, from left to right; null where one is."""
    first, others = operand(reader), []
    while sign := reader.takes(*signs):
        others.append((sign.text, operand(reader)))
    if not others:
        return first

    def evaluate(event):
        value = first(event)
        for sign, other in others:
            right = other(event)
            value = None if value is None or right is None else compute(sign, value, right)
        return value

    return evaluate


def concatenation(reader):
    return operations(reader, (".",), sum_, lambda sign, left, right: values.text(left) + values.text(right))


def sum_(reader):
    return operations(reader, ("+", "-"), product, arithmetic)


def product(reader):
    return operations(reader, ("*", "/", "%"), primary, arithmetic)


def arithmetic(sign, left, right):
    one, other = values.number(left), values.number(right)
    if one is None or other is None:
        return values.text(left) + values.text(right) if sign == "+" else None
    if sign in "/%" and other == 0:
        return None
    return {"+": lambda: one + other, "-": lambda: one - other, "*": lambda: one * other, "/": lambda: one / other, "%": lambda: one % other}[sign]()


def among(left, wanted):
    return lambda event: None if (one := left(event)) is None else any(compared(one, "=", it(event)) for it in wanted)


def compared(left, sign, right):
    if left is None or right is None:
        return None
    numbers = values.number(left), values.number(right)
    if None in numbers:
        left, right = values.text(left), values.text(right)
    else:
        left, right = numbers
    equal = left == right
    order = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
    return {"=": equal, "==": equal, "!=": not equal, **order}[sign]


def primary(reader):
    token = reader.next()
    if token.kind == "string":
        text = unquoted(token.text)
        return lambda event: text
    if token.kind == "field":
        name = token.text[1:-1].replace("\\'", "'")
        return lambda event: event.get(name)
    if token.kind == "sign" and token.text == "(":
        inner = disjunction(reader)
        reader.expect(")")
        return inner
    if token.kind == "sign" and token.text == "-":
        inner = primary(reader)
        return lambda event: arithmetic("-", 0, inner(event)) if inner(event) is not None else None
    if token.kind != "word":
        raise SyntaxFault(f"a value is expected, not `{token.text}`")
    if reader.peek().text == "(":
        return function(token.text, arguments(reader))
    number = values.number(token.text)
    if number is not None:
        return lambda event: number
    return lambda event: event.get(token.text)


def arguments(reader):
    reader.expect("(")
    found = []
    while not reader.takes(")"):
        found.append(disjunction(reader))
        reader.takes(",")
    return found


def regex(pattern):
    """PCRE as Python has it."""
    return re.compile(pattern.replace(r"\z", r"\Z"))


def match(subject, pattern):
    return any(regex(pattern).search(values.text(one)) for one in values.every(subject))


def like(subject, pattern):
    parts = {"%": ".*", "_": "."}
    translated = "".join(parts.get(c, re.escape(c)) for c in pattern)
    return any(re.fullmatch(translated, values.text(one), re.DOTALL) for one in values.every(subject))


def cidrmatch(subnet, address):
    network = values.network(subnet if "/" in subnet else subnet + "/32")
    return network is not None and any(values.address_in(network, values.text(one)) for one in values.every(address))


def strict(compute):
    """A function of values, null where one of them is."""
    return lambda arguments: None if None in arguments else compute(*arguments)


def each(change):
    """A change of every value of a field."""
    return strict(lambda value: [change(values.text(one)) for one in value] if isinstance(value, list) else change(values.text(value)))


def case(arguments):
    """The value after the first condition that is true."""
    return next((value for condition, value in zip(arguments[::2], arguments[1::2]) if condition is True), None)


def strptime(text, form):
    try:
        return datetime.datetime.strptime(values.text(text), form).replace(tzinfo=datetime.timezone.utc).timestamp()
    except ValueError as error:
        if "unconverted" in str(error):
            raise Unsupported("strptime() of text that goes on after the format") from error
        return None


FUNCTIONS = {
    "case": case,
    "floor": strict(lambda value: math.floor(values.number(value))),
    "strptime": strict(strptime),
    "match": strict(match),
    "like": strict(like),
    "cidrmatch": strict(cidrmatch),
    "isnull": lambda arguments: arguments[0] is None,
    "isnotnull": lambda arguments: arguments[0] is not None,
    "lower": each(str.lower),
    "upper": each(str.upper),
    "trim": each(str.strip),
    "len": strict(lambda value: len(values.text(value))),
    "tonumber": strict(values.number),
    "tostring": strict(values.text),
    "coalesce": lambda arguments: next((one for one in arguments if one is not None), None),
    "if": lambda arguments: arguments[1] if arguments[0] is True else arguments[2],
    "in": lambda arguments: None if arguments[0] is None else any(compared(arguments[0], "=", one) for one in arguments[1:]),
    "replace": strict(lambda subject, pattern, by: regex(pattern).sub(by, values.text(subject))),
    "mvcount": lambda arguments: len(values.every(arguments[0])) or None,
    "mvjoin": strict(lambda subject, by: by.join(map(values.text, values.every(subject)))),
    "true": lambda arguments: True,
    "false": lambda arguments: False,
    "null": lambda arguments: None,
    "nullif": lambda arguments: None if compared(arguments[0], "=", arguments[1]) else arguments[0],
}


def function(name, computed):
    if name not in FUNCTIONS:
        raise Unsupported(f"{name}()")
    compute = FUNCTIONS[name]
    return lambda event: compute([argument(event) for argument in computed])
