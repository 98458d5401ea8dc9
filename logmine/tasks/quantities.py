"""Numbers of a text, in digits, words and characters, and what they count."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_NUMBER: Final = re.compile(
    r"\d+(?:[.,:/]\d+)*|[〇零一二三四五六七八九十百千万億兆两兩半倍双両数壱弐参]+|[ひふみよむ][とたっ]つ|いつつ|ななつ|やっつ|ここのつ"
)
_IDENTIFIER: Final = re.compile(r"[a-z]+[-_]?\d\w*|\d+[a-z]+\d\w*")  # v2, covid-19, SI5UKW
_ROMAN: Final = re.compile(r"\b(?=[ivx]{2,}\b)x{0,3}(?:ix|iv|v?i{0,3})\b")
_WORD: Final = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    r"score|couple|nought|(?:thir|four|fif|six|seven|eigh|nine)teenth|twelfth|eleventh|(?:twent|thirt|fort|fift|sixt|sevent|eight|ninet)ieth|"
    r"hundredth|thousandth|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|trillion|half|halves|third|quarter|"
    r"once|twice|thrice|single|double|triple|quadruple|pair|dozen|"
    r"first|second|fourth|fifth|sixth|seventh|eighth|ninth|tenth|"
    r"deux|trois|quatre|cinq|sept|huit|neuf|dix|moitié|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|hälfte|"
    r"dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|mitad)\b"
)
# A unit counts behind a number only: elsewhere it is a word like any other.
_UNIT: Final = re.compile(
    r"(?:(?<=\d)|(?<=\d[ -])|(?<=[〇零一二三四五六七八九十百千万億兆两兩半数何]))"
    r"((?:square |cubic |nautical |sq\.? )?(?:(?:kilo|centi|milli|micro|nano|mega|giga|tera)?(?:met(?:er|re)|gram|lit(?:er|re)|watt|volt|hertz|byte|bit|joule)|"
    r"mile|yard|foot|feet|inch(?:es)?|ounce|pound|ton(?:ne)?|gallon|pint|quart|acre|hectare|degree|celsius|fahrenheit|kelvin|"
    r"(?:tea|table)spoon|cup|tablet|capsule|drop|calorie|knot|lakh|crore|"
    r"second|minute|hour|day|week|month|year|decade|dollar|cent|euro|yen|yuan|rupee|franc|peso|percent|"
    r"[kcmµμn]?m|k?m/h|mph|ft|yd|mi|in|kg|g|[mµμ]g|lb|oz|l|[mcdµμ]l|tsp|tbsp|k?cal|[km]?pa|psi|ppm|dpi|px|pt|fps|rpm|db|[km]?v|ma|mah|"
    r"h|hr|min|s|sec|[mµμn]s|[kmgt]i?b(?:ps)?|[km]?w|kwh|[kmg]?hz|°?[cfk]|[ap]\.?m|usd|eur|gbp|jpy|cny)s?(?![a-z])"
    r"|(?:ミリ|センチ|キロ)?(?:メートル|グラム|リットル)|ミリ|センチ|キロ|トン|マイル|フィート|インチ|ヤード|ポンド|オンス|ガロン|パーセント|ドル|ユーロ|ウォン|"
    r"ルーブル|ルピー|ペソ|カロリー|ビット|バイト|円|元|"
    r"秒|分|時間|時|日|週間|[かヶカケ]月|月|年|世紀|度|割|坪|歳|才|個|つ|本|枚|人|名|匹|頭|羽|冊|台|杯|階|回|番|位|"
    r"公里|千米|厘米|毫米|英里|英尺|英寸|米|公斤|千克|毫克|克|斤|吨|毫升|升|磅|美元|欧元|日元|小时|分钟|天|周|个月|岁|个|只)"
)
# Where a capital is a thousand million times as much, or eight times.
_CASED: Final = re.compile(r"(?<=\d)\s?(m(?:W|V|A|Hz|Pa|Wh)|[KMGT]b)(?:it)?(?:ps|/s)?(?![A-Za-z])")
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def quantities(plain: str) -> tuple[str, str]:
    """Return the numbers of ``plain`` and their units, each in the order of the text.

    Parameters
    ----------
    plain
        A text in NFKC. Digits of every script are read (decimal digits of Unicode), with and without commas between thousands; numerals of
        Japanese and Chinese, Roman numerals, number words of English, French, German and Spanish, and identifiers that hold a digit.

    Examples
    --------
    >>> quantities("Run 5 km in World War II")
    ('5|ii', 'km')
    """
    folded = plain.casefold()
    western = _THOUSANDS.sub("", folded if folded.isascii() else "".join(_western(letter) for letter in folded))
    numbers = [found.group() for pattern in (_NUMBER, _WORD, _IDENTIFIER, _ROMAN) for found in pattern.finditer(western)]
    units = [_unit(found) for found in _UNIT.findall(western)]
    return "|".join(numbers), "|".join([*units, *_CASED.findall(plain)])


def _unit(found: str) -> str:
    found = found.replace(".", "").replace("μ", "µ")
    return found.removesuffix("s") if found.isascii() and len(found) > 2 else found


def _western(letter: str) -> str:
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
