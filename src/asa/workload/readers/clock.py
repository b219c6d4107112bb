"""Times as servers write them, in seconds since the epoch."""

import re
import time
from calendar import timegm
from functools import lru_cache

__all__ = ["local_seconds", "seconds"]

# Abbreviations that mean one offset wherever they are used in server logs, in minutes.
OFFSETS = {
    "": 0, "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120,
    "EEST": 180, "MSK": 180, "JST": 540, "KST": 540, "EST": -300, "EDT": -240, "CDT": -300,
    "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600,
    "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
}  # fmt: skip
DATE_LENGTH = 19
EPOCH = re.compile(r"[0-9]{1,12}\.[0-9]{1,6}")
DIGITS = "0123456789"


def seconds(text: str) -> float | None:
    """Return the time of `2026-11-22 10:00:00.123 UTC`; None for an unknown zone or no time.

    Seconds since the epoch, `1795366000.123`, stand for themselves.
    """
    if text[4:5] != "-":
        return float(text) if EPOCH.fullmatch(text) else None
    fraction, zone = fraction_and_zone(text[DATE_LENGTH:])
    whole = whole_seconds(text[:DATE_LENGTH], zone)
    return whole if whole is None else whole + fraction


@lru_cache(maxsize=4_096)
def fraction_and_zone(rest: str) -> tuple[float, str]:
    """Return what follows the seconds of a time: `.123 UTC`; milliseconds recur."""
    if not rest.startswith("."):
        return 0.0, rest
    zone = rest[1:].lstrip(DIGITS)
    return float("0" + rest.removesuffix(zone)), zone


@lru_cache(maxsize=1_024)
def whole_seconds(date: str, zone: str) -> float | None:
    """Return the time of a date to the second in a zone; log lines share it."""
    try:
        parts = (int(date[start:end]) for start, end in SPANS)
        year, month, day, hour, minute, second = parts
        if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60):
            return None
        offset = minutes(zone.strip())
    except ValueError:
        return None
    moment = (year, month, day, hour, minute, second)
    return None if offset is None else float(timegm((*moment, 0, 0, 0)) - offset * 60)


@lru_cache(maxsize=1_024)
def local_seconds(text: str) -> float | None:
    """Return the time of `261122 10:00:00`, MySQL's old form; without zone it is taken for local.

    One with a zone is read as `seconds` does.
    """
    if "T" in text:
        return seconds(text)
    try:
        return time.mktime(time.strptime(text, "%y%m%d %H:%M:%S"))
    except (ValueError, OverflowError):
        return None


SPANS = ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))


def minutes(zone: str) -> int | None:
    """Return a zone's offset east of UTC; None where its name does not tell."""
    if zone in OFFSETS:
        return OFFSETS[zone]
    if zone[:1] in ("+", "-") and zone[1:].replace(":", "").isdigit():
        digits = zone[1:].replace(":", "").ljust(4, "0")
        total = int(digits[:2]) * 60 + int(digits[2:4])
        return -total if zone[0] == "-" else total
    if zone and zone in time.tzname:
        return -(time.altzone if zone == time.tzname[1] and time.daylight else time.timezone) // 60
    return None
