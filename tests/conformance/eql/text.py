"""Tests of text with the case that Elasticsearch's EQL gives them, as functions of the engine.

The engine folds case everywhere and has no `?` in wildcards. Elastic's reference ("EQL syntax reference"): `==`, `!=`,
`in`, `like` and `regex` are case-sensitive, `:` and what ends in `~` is not; `*` is any text and `?` one character in
`:` and `like`; a regular expression has to match the whole value. Everything else stays the engine's: the parser, types,
fields, the logic of null, numbers, addresses.
"""

import re

from eql import ast, functions, parser
from eql.parser import NodeInfo
from eql.types import TypeHint

FLAGS = re.UNICODE | re.DOTALL


def glob(value):
    return "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in value)


def any_value(test):
    """A test of one value as one of a field that may have several."""

    def tested(source, *_):
        values = source if isinstance(source, (list, tuple)) else [source]
        known = [value for value in values if value is not None]
        if known:
            return any(test(text_of(value)) for value in known)
        return None

    return tested


def text_of(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def register(name, pattern, flags):
    """A function that is true for values of which the whole matches one of the patterns."""

    class Whole(functions.FunctionSignature):
        argument_types = [TypeHint.Unknown, TypeHint.String]
        additional_types = TypeHint.String
        return_value = TypeHint.Boolean
        minimum_args = 2

        @classmethod
        def get_callback(cls, source, *literals):
            compiled = [re.compile(pattern(literal.value), flags) for literal in literals]
            return any_value(lambda text: any(one.fullmatch(text) for one in compiled))

    Whole.name = name
    functions.register(Whole)


register("is_exactly", re.escape, FLAGS)
register("is_folded", re.escape, FLAGS | re.IGNORECASE)
register("like_exactly", glob, FLAGS)
register("like_folded", glob, FLAGS | re.IGNORECASE)
register("regex_exactly", str, FLAGS)
register("regex_folded", str, FLAGS | re.IGNORECASE)

PREDICATES = {
    ":": "like_folded",
    "like": "like_exactly",
    "like~": "like_folded",
    "regex": "regex_exactly",
    "regex~": "regex_folded",
}


def call(name, arguments):
    return ast.FunctionCall(name, arguments)


class Walker(parser.LarkToEQL):
    """Reads Elasticsearch's EQL, tests of text as calls of the functions above."""

    def string_predicate(self, node):
        info = super().string_predicate(node)
        return self.renamed(info, PREDICATES[str(node["STRING_PREDICATE"])], info.node.arguments)

    def comparison(self, node):
        info = super().comparison(node)
        compared = info.node
        if not isinstance(compared, ast.Comparison) or not isinstance(compared.right, ast.String):
            return info
        if compared.comparator not in (ast.Comparison.EQ, ast.Comparison.NE):
            return info
        equal = call("is_exactly", [compared.left, compared.right])
        info.node = equal if compared.comparator == ast.Comparison.EQ else ast.Not(equal)
        return info

    def in_set(self, node):
        info = super().in_set(node)
        if all(isinstance(item, ast.String) for item in info.node.container):
            folds = str(node["IN"]).endswith("~") if node.get("IN") else "in~" in self.text_of(node)
            name = "is_folded" if folds else "is_exactly"
            return self.renamed(info, name, [info.node.expression, *info.node.container])
        return info

    def text_of(self, node):
        return self.text[node.meta.start_pos : node.meta.end_pos].split("(")[0]

    def renamed(self, info, name, arguments):
        info.node = call(name, arguments)
        return info


parser.LarkToEQL = Walker
