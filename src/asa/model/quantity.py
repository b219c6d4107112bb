"""Numbers as people write them: `40M` rows, `500MB`."""

import re

__all__ = ["quantity"]

FORM = re.compile(r"(\d+(?:[._]\d+)*)\s*([kmgt]?)(i?b)?", re.IGNORECASE)
POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def quantity(text: str) -> int | None:
    """Return the number that a text with a suffix stands for; None for any other text.

    `40M` is 40 million, `500MB` 500 million bytes, `1GiB` 1024**3 of them.
    """
    match = FORM.fullmatch(text.strip())
    if match is None:
        return None
    number, letter, unit = match.groups()
    base = 1024 if unit and unit.lower() == "ib" else 1000
    try:
        return round(float(number.replace("_", "")) * float(base ** POWERS[letter.lower()]))
    except ValueError:
        return None
