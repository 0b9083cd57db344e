"""Words, quoted text and signs of SPL."""

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""\s+
    | (?P<string>"(?:[^"\\]|\\.)*")
    | (?P<field>'(?:[^'\\]|\\.)*')
    | (?P<macro>`[^`]*`)
    | (?P<sign><=|>=|!=|==|[|()\[\],=<>])
    | (?P<word>[^\s"'`|()\[\],=<>!]+|!)
    """,
    re.VERBOSE | re.DOTALL,
)


class SyntaxFault(Exception):
    """What Splunk would refuse."""


@dataclass(frozen=True)
class Token:
    kind: str
    text: str


def tokens(source):
    found, at = [], 0
    while at < len(source):
        match = TOKEN.match(source, at)
        if not match:
            raise SyntaxFault(f"unbalanced quotes at {source[at : at + 20]!r}")
        if match.lastgroup:
            found.append(Token(match.lastgroup, match.group()))
        at = match.end()
    return found


def unquoted(text):
    """A quoted text's content: a backslash escapes a quote and itself ("Search command primer", on backslashes)."""
    return re.sub(r'\\(["\\])', r"\1", text[1:-1])


def commands(found):
    """The tokens of each command of a pipeline."""
    parts, depth = [[]], 0
    for token in found:
        depth += (token.text in "([") - (token.text in ")]") if token.kind == "sign" else 0
        if depth < 0:
            raise SyntaxFault("a parenthesis is closed that was not opened")
        if token == Token("sign", "|") and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    if depth:
        raise SyntaxFault("a parenthesis is not closed")
    return parts


class Reader:
    """Tokens, one after another."""

    def __init__(self, found):
        self.found, self.at = found, 0

    def peek(self, offset=0):
        at = self.at + offset
        return self.found[at] if at < len(self.found) else Token("end", "")

    def next(self):
        token = self.peek()
        self.at += 1
        return token

    def takes(self, *texts):
        """The next token, if it is one of these signs or words; words in any case."""
        token = self.peek()
        if token.kind in ("sign", "word") and token.text.upper() in texts:
            self.at += 1
            return token
        return None

    def expect(self, text):
        if not self.takes(text):
            raise SyntaxFault(f"`{text}` expected, not `{self.peek().text}`")
