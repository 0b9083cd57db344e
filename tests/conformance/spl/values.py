"""Values of events, and how Splunk compares them."""

import ipaddress
import re


def every(value):
    """The values of a field that may have several."""
    return value if isinstance(value, list) else [] if value is None else [value]


def text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def number(value):
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value, re.ASCII):
        return int(value) if re.fullmatch(r"[+-]?\d+", value) else float(value)
    return None


def wildcard(pattern):
    """A pattern of the search command: `*` is any text, case does not count."""
    parts = (re.escape(part) for part in pattern.split("*"))
    return re.compile(".*".join(parts), re.DOTALL | re.IGNORECASE)


def network(pattern):
    """The network that a value of the search command names ("search", on CIDR notation)."""
    if not re.fullmatch(r"[0-9A-Fa-f.:]+/\d{1,3}", pattern):
        return None
    try:
        return ipaddress.ip_network(pattern, strict=False)
    except ValueError:
        return None


def address_in(subnet, value):
    try:
        return ipaddress.ip_address(value) in subnet
    except ValueError:
        return False
