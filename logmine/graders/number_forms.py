"""Reads the numbers that people and models write, in the forms of many locales, into one canonical string.

Canonical: ``18``, ``-0.5``, ``1/3`` where no decimal ends, ``60%`` with its sign. A number that can be read in two
ways (``1,06``, ``12 500``, ``2.5.1``, ``12:30``) has no value: it is never guessed. One form keeps a trace of its doubt:
``9.110`` may be 9.11 or nine thousand, so its zeros stay, and :func:`may_be_thousands` knows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

_MAX_DIGITS: Final = 100
_MAX_EXPONENT: Final = 100
_SHORT_DIGITS: Final = 18

_LOOK_ALIKES: Final = {
    **{ord(full): ord(full) - 0xFEE0 for full in "０１２３４５６７８９．，％－＋／＝：（）"},
    **dict.fromkeys(map(ord, "−﹣‐‑"), "-"),
    **dict.fromkeys(map(ord, "⁄∕"), "/"),
    **dict.fromkeys(map(ord, "✕✖⋅·"), "×"),
    ord("٫"): ".",
    ord("٬"): ",",
}
_VULGAR: Final = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5", "⅘": "4/5", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"}  # fmt: skip
_VULGAR_PATTERN: Final = re.compile(f"(\\d?)([{''.join(_VULGAR)}])")

_LATEX: Final = (
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\[,!;: ]"), ""),
    (re.compile(r"\\([%$#&])"), r"\1"),
    (re.compile(r"\\(?:text|mathrm|mathbf|textbf|mbox|operatorname|boxed|fbox)\s?\{([^{}]*)\}"), r" \1 "),
    (re.compile(r"\\[dtc]?frac\s?\{\s?(-?\d{1,40})\s?\}\s?\{\s?(\d{1,40})\s?\}"), r" \1/\2"),
    (re.compile(r"\\[dtc]?frac(\d)(\d)"), r" \1/\2"),
    (re.compile(r"\\(?:left|right|displaystyle|quad|qquad)(?![a-zA-Z])"), ""),
    (re.compile(r"\\(?:times|cdot)(?![a-zA-Z])"), "×"),
    (re.compile(r"\\(?:approx|simeq)(?![a-zA-Z])"), "≈"),
    (re.compile(r"\^\s?\{?\s?\\circ\s?\}?"), "°"),
    (re.compile(r"\\[()\[\]]"), " "),
    (re.compile(r"-\s{1,3}(?=\d{1,40}/\d)"), "-"),
)
# A sign may stand before the currency: -$5.
_SIGNED_CURRENCY: Final = re.compile(r"-\s?[$€£¥￥₹₩₽]\s?(?=[\d.])")
_CURRENCY: Final = re.compile(r"[$€£¥￥₹₩₽]|(?<![A-Za-z])(?:USD|EUR|GBP|JPY|CNY|RMB|INR|CHF|AUD|CAD|Rs\.?|R\$|kr)\s?(?=-?\d)")

_NUMBER: Final = re.compile(
    r"""
    (?<![0-9A-Za-z_.,:/^\\À-ɏͰ-ϿЀ-ӿ])(?<![A-Za-z]-)
    (?P<sign>[-+])?
    (?:(?P<whole>\d{1,9})[ ](?=\d{1,9}/\d))?                   # 1 1/2
    (?P<body>\d++(?:[.,'’\u00a0\u202f\u2009\u2007]\d++|[ ]\d{3}(?!\d))*+|\.\d++)
    (?:[eE](?P<exponent>[-+]?\d{1,9})(?![\w.])|\s?[×xX*]\s?10\s?(?:\^|\*\*)\s?\{?\s?(?P<power>[-+]?\d{1,9})\s?\}?)?
    (?P<denominators>(?:[ ]?/[ ]?\d++(?![\d.,]\d))*+)
    (?P<clock>(?::\d++)*+)
    (?P<ordinal>(?:st|nd|rd|th)\b)?
    (?:\s?(?P<scale>thousand|million|billion|trillion|lakh|crore|Tausend|Million(?:en)?|Milliarden?|millones|mil|mille|millions?|milliards?|dozen|[kKMB])(?![A-Za-z])
      |\s?(?P<myriad>[千百万萬億亿兆](?:\d++[千百万萬億亿]?)*+))?
    (?P<percent>\s?(?:%|percent\b|per\ cent\b|percentage\ points?\b|Prozent\b|pour\ ?cent\b|por\ ciento\b|パーセント|asilimia\b))?
    (?P<residue>\s?(?:\^|\*\*|√|π|!(?=\s*$)|\\[a-zA-Z]|\\pm|±|[xyzabnikpqr]\b(?!\s?[a-z])))?
    """,
    re.VERBOSE,
)
_SCALES: Final = {
    "thousand": 3, "Tausend": 3, "mil": 3, "mille": 3, "lakh": 5, "million": 6, "millions": 6, "Million": 6, "Millionen": 6, "millones": 6,
    "crore": 7, "billion": 9, "Milliarde": 9, "Milliarden": 9, "milliard": 9, "milliards": 9, "trillion": 12,
}  # fmt: skip
_MYRIADS: Final = {"百": 10**2, "千": 10**3, "万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8, "兆": 10**12}
_KANJI_DIGITS: Final = {
    "〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    "壱": 1, "弐": 2, "参": 3,
}  # fmt: skip
_KANJI: Final = re.compile(r"[〇零一二两兩三四五六七八九壱弐参十百千万萬億亿兆]{1,20}")
_MAYBE_THOUSANDS: Final = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
_ASCII_GROUPS: Final = re.compile(r"\d{1,3}(?: \d{3})+")
_WIDE_GROUPS: Final = re.compile(r"\d{1,3}(?:['’\u00a0\u202f\u2009\u2007]\d{3})+(?:[.,]\d+)?")
_SPACE_GROUPS_DECIMAL: Final = re.compile(r"\d{1,3}(?: \d{3})+[.,]\d+")
_COMMA_GROUPS: Final = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d+)?")
_DOT_GROUPS: Final = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+,\d+|[1-9]\d{0,2}(?:\.\d{3}){2,}")
_PLAIN: Final = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_SURELY_DECIMAL_COMMA: Final = re.compile(r"0,\d+")


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text; ``value`` is None when it can be read in two ways or is part of a larger expression."""

    start: int
    end: int
    value: str | None


def plain_text(text: str) -> str:
    r"""Rewrite full-width digits, Unicode minus, simple LaTeX and currency marks as plain ASCII numbers.

    Examples
    --------
    >>> plain_text("−$1{,}000 or \\frac{1}{2} of １８")
    '-1,000 or  1/2 of 18'
    """
    text = text.translate(_LOOK_ALIKES)
    text = _VULGAR_PATTERN.sub(_spelled_fraction, text)
    if "\\" in text or "{" in text:
        for pattern, plain in _LATEX:
            text = pattern.sub(plain, text)
    return _CURRENCY.sub(" ", _SIGNED_CURRENCY.sub("-", text))


def find_numbers(text: str) -> list[Number]:
    """Find the numbers of a text that :func:`plain_text` has rewritten, in their order."""
    return [Number(match.start(), match.end(), _value(match)) for match in _NUMBER.finditer(text)]


def read_kanji(text: str) -> str | None:
    """Read a number in kanji at the start of a text: ``二百三十円`` is 230.

    Only for a text that is known to state a number: 一 and 十 are also parts of everyday words.
    """
    match = _KANJI.match(text)
    if match is None:
        return None
    total, section, digits = 0, 0, ""
    for mark in match[0]:
        if mark in _KANJI_DIGITS:
            digits += str(_KANJI_DIGITS[mark])
        elif mark in "十百千":
            section += int(digits or "1") * (10 if mark == "十" else _MYRIADS[mark])
            digits = ""
        else:
            total += (section + int(digits or "0")) * _MYRIADS[mark]
            section, digits = 0, ""
    return str(total + section + int(digits or "0"))


def may_be_thousands(value: str) -> str | None:
    """Give the other reading of ``9.110``: nine thousand in many locales, None when there is none."""
    return value.replace(".", "") if _MAYBE_THOUSANDS.fullmatch(value) else None


def as_fraction(value: str) -> Fraction:
    """Give the exact value of a canonical number, its percent sign aside."""
    return Fraction(value.removesuffix("%"))


def number_text(number: Fraction) -> str:
    """Write a rational number canonically: a decimal where one ends, else a fraction."""
    rest, places = number.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    if rest != 1:
        return f"{number.numerator}/{number.denominator}"
    scaled = abs(number.numerator) * 10**places // number.denominator
    whole, decimals = divmod(scaled, 10**places)
    sign = "-" if number < 0 else ""
    return f"{sign}{whole}.{decimals:0{places}d}" if places else f"{sign}{whole}"


def _spelled_fraction(match: re.Match[str]) -> str:
    return f"{match[1]} {_VULGAR[match[2]]}" if match[1] else _VULGAR[match[2]]


def _value(match: re.Match[str]) -> str | None:
    if match["clock"] or match["residue"] or match["denominators"].count("/") > 1:
        return None
    read = _body(match["body"])
    if read is None:
        return None
    if _is_bare(match) and not match["percent"] and (plain := _plain_text(read)) is not None:
        return f"-{plain}" if match["sign"] == "-" and plain != "0" else plain
    number = _with_parts(Fraction(read), match)
    if number is None or len(str(number.numerator)) > 2 * _MAX_DIGITS:
        return None
    if match["sign"] == "-":
        number = -number
    written = number_text(number)
    if any(len(part) > _MAX_DIGITS - 2 for part in written.lstrip("-").split("/")):
        return None  # too long to be read back
    if match["percent"]:
        return f"{written}%" if "/" not in written else None
    return _with_doubt(written, read, match)


def _with_doubt(written: str, read: str, match: re.Match[str]) -> str:
    if _is_bare(match) and read == match["body"] and _MAYBE_THOUSANDS.fullmatch(read):
        return f"-{read}" if match["sign"] == "-" else read
    return written


def _is_bare(match: re.Match[str]) -> bool:
    return not (match["whole"] or match["exponent"] or match["power"] or match["denominators"] or match["scale"] or match["myriad"])


def _plain_text(read: str) -> str | None:
    """Write a short whole number as :func:`number_text` does, without the detour over fractions; None for other numbers."""
    return str(int(read)) if len(read) <= _SHORT_DIGITS and read.isdecimal() and read.isascii() else None


def _body(written: str) -> str | None:
    """Resolve the marks of one written number; None when they can be read in two ways."""
    if len(written) > _MAX_DIGITS:
        return None
    if _PLAIN.fullmatch(written):
        return written
    if _COMMA_GROUPS.fullmatch(written):
        return written.replace(",", "")
    if _DOT_GROUPS.fullmatch(written):
        return written.replace(".", "").replace(",", ".")
    if _SURELY_DECIMAL_COMMA.fullmatch(written):
        return written.replace(",", ".")
    if _WIDE_GROUPS.fullmatch(written) or _SPACE_GROUPS_DECIMAL.fullmatch(written):
        return re.sub(r"[^\d.,]", "", written).replace(",", ".")
    return None


def _with_parts(number: Fraction, match: re.Match[str]) -> Fraction | None:
    """Apply fraction bar, whole part, exponent and words of scale; None when one of them is in doubt."""
    if match["denominators"]:
        below = int(match["denominators"].strip(" /")) if len(match["denominators"]) <= _MAX_DIGITS else 0
        if not below:
            return None
        number /= below
    if match["whole"]:
        if not match["denominators"] or number >= 1:
            return None
        number += int(match["whole"])
    exponent = int(match["exponent"] or match["power"] or "0")
    if abs(exponent) > _MAX_EXPONENT:
        return None
    number *= Fraction(10) ** exponent
    if match["scale"]:
        power = _SCALES.get(match["scale"])
        return None if power is None else number * 10**power
    return number if not match["myriad"] else _with_myriads(number, match["myriad"])


def _with_myriads(number: Fraction, marks: str) -> Fraction | None:
    """Read what follows the first digits of 3万5千: each part ends in a smaller mark than the one before."""
    parts = re.findall(r"(\d*)([千百万萬億亿兆]?)", marks)
    total, last = number * _MYRIADS[parts[0][1]], _MYRIADS[parts[0][1]]
    for digits, mark in parts[1:]:
        if not digits:
            continue
        size = _MYRIADS.get(mark, 1)
        if size >= last or len(digits) > 12 or int(digits) * size >= last:
            return None
        total, last = total + int(digits) * size, size
    return total
