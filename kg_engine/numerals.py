"""Write numbers in one form, exactly and by their digits alone.

No number is turned into a Python number before its size is known, so that work grows with the
length of a numeral and never with the size of what it says.
Source: https://www.w3.org/TR/xmlschema11-2/ sections 3.3.3 to 3.3.5 and 3.4.13.
"""

from __future__ import annotations

import re

SINGLE, DOUBLE = (24, -149, 128), (53, -1074, 1024)
Format = tuple[int, int, int]
Range = tuple[int | None, int | None]
_INTEGER = re.compile(r"([+-]?)(?=[0-9])0*+([0-9]*+)\Z")
_DECIMAL = re.compile(r"([+-]?)(?=\.?[0-9])0*+([0-9]*+)(?:\.([0-9]*+))?\Z")
_FLOAT = re.compile(
    r"([+-]?)(?=\.?[0-9])0*+([0-9]*+)(?:\.([0-9]*+))?(?:[eE]([+-]?)(?=[0-9])0*+([0-9]*+))?\Z"
)
_SPECIAL = {"INF": "INF", "+INF": "INF", "-INF": "-INF", "NaN": "NaN"}
_DIGITS, _REACH, _LONG = 800, 400, 20


def integer(lexical: str) -> str | None:
    """Return an integer without plus and without leading zeros; None where it is none."""
    found = _INTEGER.match(lexical)
    return _signed(found[1], found[2] or "0") if found else None


def inside(number: str, bounds: Range) -> bool:
    """Say whether an integer, in its one form, lies between two bounds of at most 64 bits."""
    low, high = bounds
    if len(number) > _LONG + 1:
        return (low if number.startswith("-") else high) is None
    value = int(number)
    return (low is None or value >= low) and (high is None or value <= high)


def decimal(lexical: str) -> str | None:
    """Return a decimal without plus and without needless zeros; an integer has no point."""
    found = _DECIMAL.match(lexical)
    if not found:
        return None
    fraction = (found[3] or "").rstrip("0")
    return _signed(found[1], (found[2] or "0") + (f".{fraction}" if fraction else ""))


def floating(lexical: str, format: Format) -> str | None:
    """Return the shortest numeral that rounds to the same value of a binary format.

    Plus and minus zero are two values, and NaN is one.
    """
    if lexical in _SPECIAL:
        return _SPECIAL[lexical]
    found = _FLOAT.match(lexical)
    if not found:
        return None
    return ("-" if found[1] == "-" else "") + _shortest(_rounded(found, format), format)


def _signed(sign: str, digits: str) -> str:
    return "-" + digits if sign == "-" and digits != "0" else digits


def _rounded(found: re.Match[str], format: Format) -> float:
    _, whole, after, minus, power = found.groups()
    digits = (whole + (after or "")).lstrip("0")
    if not digits:
        return 0.0
    if len(power or "") > _LONG:
        return 0.0 if minus == "-" else float("inf")
    reach = len(digits) - len(after or "") + int((minus or "") + (power or "0"))
    if abs(reach) > _REACH:
        return 0.0 if reach < 0 else float("inf")
    if len(digits) > _DIGITS:
        digits = digits[:_DIGITS] + ("1" if digits[_DIGITS:].strip("0") else "0")
    exponent = reach - len(digits)
    return _nearest(int(digits) * 10 ** max(exponent, 0), 10 ** max(-exponent, 0), format)


def _nearest(over: int, under: int, format: Format) -> float:
    """Round a positive fraction to the nearest value of a format, ties to even."""
    precision, least, most = format
    exponent = max(over.bit_length() - under.bit_length() - precision, least)
    quotient, rest, whole = _divided(over, under, exponent)
    if quotient.bit_length() > precision:
        exponent += 1
        quotient, rest, whole = _divided(over, under, exponent)
    if 2 * rest > whole or (2 * rest == whole and quotient % 2):
        quotient += 1
    if quotient.bit_length() + exponent > most:
        return float("inf")
    return float(quotient) * 2.0**exponent


def _divided(over: int, under: int, exponent: int) -> tuple[int, int, int]:
    whole = under << max(exponent, 0)
    return *divmod(over << max(-exponent, 0), whole), whole


def _shortest(value: float, format: Format) -> str:
    if value == float("inf"):
        return "INF"
    told = (f"{value:.{digits}e}" for digits in range(17))
    read = ((text, _FLOAT.match(text)) for text in told)
    text = next(text for text, found in read if found and _rounded(found, format) == value)
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}E{int(exponent)}"
