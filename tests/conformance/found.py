"""What a query finds in lists of events: at which times, in which groups. The form in which engines answer."""

import datetime


def seconds(value):
    """Seconds since 1970 of a time as an engine writes it."""
    if isinstance(value, datetime.datetime):
        value = value.isoformat()
    if isinstance(value, (int, float)):
        return float(value)
    text = str(value).strip().replace(" ", "T").replace("Z", "+00:00")
    whole, dot, rest = text.partition(".")
    if dot:
        # Python reads six digits of a fraction.
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        text = f"{whole}.{digits[:6]:0<6}{rest[len(digits):]}"
    time = datetime.datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=datetime.timezone.utc)).timestamp()


def text(value):
    """A group's value; none and an empty one are the same."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def answer(trial, records):
    """An answer of records by column name; a group is none where an engine does not tell it."""
    found = []
    for record in records:
        time = record.get(trial["time"])
        known = all(name in record for name in trial["groups"])
        group = [text(record[name]) for name in trial["groups"]] if known else None
        found.append([None if time is None else seconds(time), group])
    return {"id": trial["id"], "found": found}
