"""Follows every link of a site: to a file that is there, to an id that the file has, to nowhere outside but by choice."""

import dataclasses
import html
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

ATTRIBUTE = re.compile(rb'<([a-z][a-z0-9]*)\b[^>]*?\s(href|src)="([^"]*)"')
IDENTIFIER = re.compile(rb'\sid="([^"]*)"')
# What a page fetches by itself; an `a` is followed by people alone.
FETCHING = {b"link", b"script", b"img", b"source", b"iframe", b"use", b"image"}


@dataclasses.dataclass
class Total:
    pages: int = 0
    links: int = 0


def faults_of_links(site: Path):
    """How much was followed, and what leads nowhere."""
    total, faults = Total(), []
    files = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    identifiers, wanted = {}, {}
    for name in sorted(file for file in files if file.endswith(".html")):
        text = (site / name).read_bytes()
        total.pages += 1
        identifiers[name] = {html.unescape(found.decode()) for found in IDENTIFIER.findall(text)}
        for tag, _, raw in set(ATTRIBUTE.findall(text)):
            total.links += 1
            target = html.unescape(raw.decode())
            split = urlsplit(target)
            if split.scheme or split.netloc:
                if tag in FETCHING or split.scheme not in ("https", "http", "mailto"):
                    faults.append(f"{name}: <{tag.decode()}> fetches {target}")
                continue
            path = name if not split.path else resolved(name, unquote(split.path))
            if path is None or path not in files:
                faults.append(f"{name}: no file for {target}")
            elif split.fragment:
                wanted.setdefault((path, unquote(split.fragment)), f"{name}: {target}")
    for (path, fragment), where in wanted.items():
        if path in identifiers and fragment not in identifiers[path]:
            faults.append(f"{where}: {path} has no id {fragment}")
    return total, faults


def resolved(page, path):
    """The file that a relative path means, if it stays inside of the site."""
    parts = page.split("/")[:-1]
    if path.startswith("/"):
        return None
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    if path.endswith("/"):
        # A folder opens nothing where there is no server.
        return None
    return "/".join(parts)
