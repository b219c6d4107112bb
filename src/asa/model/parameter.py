"""Bound values in JSON: told apart by a tag, so that they can be bound again.

Text, whole numbers, booleans, None and lists stand for themselves. Every other value is
an object `{"$": tag, "v": ...}`: a datetime, a Decimal, a UUID, bytes, and so on. A value
that cannot or may not be kept comes back as `Withheld`.
"""

import base64
import datetime as dt
import decimal
import enum
import hashlib
import ipaddress
import json
import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = [
    "Withheld",
    "bindable",
    "parameters_from_json",
    "parameters_json",
    "value_from_json",
    "value_to_json",
    "withheld_to_json",
]

LONGEST = 65_536
"""Characters or bytes of one value; a longer one is withheld, so that a log stays small."""

encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
quoted = json.encoder.encode_basestring_ascii

PLAIN = frozenset((int, bool, type(None)))


@dataclass(frozen=True, slots=True)
class Withheld:
    """Stands for a value that the log does not hold.

    Attributes:
        kind: Name of its Python type.
        digest: Equal for equal values of one log, and telling nothing else of them; empty
            where it is not known whether two values are equal.
    """

    kind: str
    digest: str = ""


def bindable(parameters: object) -> bool:
    """Tell whether a record's parameters are there and can all be bound again."""
    return isinstance(parameters, dict | tuple) and not holds_withheld(parameters)


def holds_withheld(value: object) -> bool:
    """Tell whether a value, or one inside it, was withheld."""
    if isinstance(value, dict):
        return any(holds_withheld(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(holds_withheld(item) for item in value)
    return isinstance(value, Withheld)


def parameters_json(parameters: object, key: bytes = b"") -> str | None:
    """Return one parameter set, positional or named, as JSON text; None for anything else.

    Args:
        parameters: What the driver is given.
        key: Secret to withhold the values with, see `withheld_to_json`; empty keeps them.
    """
    if isinstance(parameters, tuple | list):
        return f"[{','.join([value_json(value, key) for value in parameters])}]"
    if isinstance(parameters, dict):
        named = [
            f"{quoted(str(name))}:{value_json(value, key)}" for name, value in parameters.items()
        ]
        return f"{{{','.join(named)}}}"
    return None


def value_json(value: object, key: bytes) -> str:
    """Return a value as JSON text; the commonest kinds without the way round."""
    if key:
        return encode(withheld_to_json(value, key))
    kind = type(value)
    if kind is int:
        return int.__repr__(value)
    if kind is str and len(value) <= LONGEST:  # type: ignore[arg-type]
        return quoted(value)  # type: ignore[arg-type]
    return encode(value_to_json(value))


def parameters_from_json(form: object) -> tuple[object, ...] | dict[str, object] | None:
    """Return the parameter set that a JSON form stands for.

    Raises:
        ValueError: The form is none that `parameters_json` makes.
    """
    if isinstance(form, dict):
        return {name: value_from_json(value) for name, value in form.items()}
    if isinstance(form, list):
        return tuple(value_from_json(value) for value in form)
    if form is None:
        return None
    raise ValueError("parameters are neither positional nor named")


def value_to_json(value: object) -> object:
    """Return a value in its JSON form; runs no code of the value's own class."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is str:
        return text_form(value)
    for base, form in FORMS:
        if isinstance(value, base):
            return form(value)
    return withheld(kind.__name__)


def withheld(kind: str, digest: str = "") -> object:
    """Return the form of a value that is not kept."""
    return {"$": "withheld", "kind": kind, "digest": digest}


def withheld_to_json(value: object, key: bytes) -> object:
    """Return the form of a value that may not be kept; None stays None.

    Args:
        value: The value.
        key: Secret of the whole log, not stored in it: without it nobody can find a value
            by hashing guesses.
    """
    if value is None:
        return None
    form = json.dumps(value_to_json(value)).encode()
    return withheld(type(value).__name__, hashlib.blake2b(form, digest_size=8, key=key).hexdigest())


def value_from_json(form: object) -> object:
    """Return the value that a JSON form stands for.

    Raises:
        ValueError: The form is none that `value_to_json` makes.
    """
    if isinstance(form, list):
        return [value_from_json(item) for item in form]
    if not isinstance(form, dict):
        return form
    tag = form.get("$")
    if tag == "withheld":
        return Withheld(str(form.get("kind")), str(form.get("digest", "")))
    read = READERS.get(str(tag))
    if read is None:
        raise ValueError(f"unknown kind of value {tag!r}")
    try:
        return read(form.get("v"))
    except (ValueError, TypeError, ArithmeticError, AttributeError):
        raise ValueError(f"not a {tag}") from None


def text_form(value: Any) -> object:
    """Return text, which may be of a subclass, as itself."""
    if len(value) > LONGEST:
        return withheld("str", digest_of(value.encode("utf-8", "surrogatepass")))
    return str.__str__(value)


def bytes_form(value: Any) -> object:
    """Return bytes in base64."""
    content = bytes(value)
    if len(content) > LONGEST:
        return withheld("bytes", digest_of(content))
    return {"$": "bytes", "v": base64.b64encode(content).decode("ascii")}


def digest_of(content: bytes) -> str:
    """Return the digest of a value too long to keep."""
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def float_form(value: Any) -> object:
    """Return a number; JSON has none for infinities and what is no number."""
    return float.__mul__(value, 1.0) if math.isfinite(value) else {"$": "float", "v": str(value)}


def tagged(tag: str, form: Callable[[Any], object]) -> Callable[[Any], object]:
    """Make the form of one type."""
    return lambda value: {"$": tag, "v": form(value)}


def items_form(value: Any) -> list[object]:
    """Return the items' forms."""
    return [value_to_json(item) for item in value]


def pairs_form(value: Any) -> list[list[object]]:
    """Return a dictionary as pairs, since its keys need not be text."""
    return [[value_to_json(key), value_to_json(item)] for key, item in value.items()]


def delta_form(value: Any) -> list[int]:
    """Return a time span as whole days, seconds and microseconds."""
    return [value.days, value.seconds, value.microseconds]


# A subclass stands before its base: an enumeration may be a str or an int, a datetime is a date.
FORMS: tuple[tuple[type | tuple[type, ...], Callable[[Any], object]], ...] = (
    (enum.Enum, lambda value: value_to_json(value._value_)),
    (str, text_form),
    (float, float_form),
    (int, int.__index__),
    (dt.datetime, tagged("datetime", dt.datetime.isoformat)),
    (dt.date, tagged("date", dt.date.isoformat)),
    (dt.time, tagged("time", dt.time.isoformat)),
    (dt.timedelta, tagged("timedelta", delta_form)),
    (decimal.Decimal, tagged("decimal", decimal.Decimal.__str__)),
    (uuid.UUID, tagged("uuid", uuid.UUID.__str__)),
    ((bytes, bytearray, memoryview), bytes_form),
    (list, items_form),
    (tuple, tagged("tuple", items_form)),
    ((set, frozenset), tagged("set", items_form)),
    (dict, tagged("dict", pairs_form)),
    ((ipaddress.IPv4Address, ipaddress.IPv6Address), tagged("ip", str)),
    ((ipaddress.IPv4Network, ipaddress.IPv6Network), tagged("network", str)),
)

READERS: dict[str, Callable[[Any], object]] = {
    "float": float,
    "bytes": base64.b64decode,
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "time": dt.time.fromisoformat,
    "timedelta": lambda form: dt.timedelta(form[0], form[1], form[2]),
    "decimal": decimal.Decimal,
    "uuid": uuid.UUID,
    "tuple": lambda form: tuple(value_from_json(item) for item in form),
    "set": lambda form: frozenset(value_from_json(item) for item in form),
    "dict": lambda form: {value_from_json(key): value_from_json(item) for key, item in form},
    "ip": ipaddress.ip_address,
    "network": ipaddress.ip_network,
}
