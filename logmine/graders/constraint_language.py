"""Tells the language of a text by its script and its function words, or says that it cannot tell."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Final

_MIN_LETTERS: Final = 20
_SCRIPT_FRACTION: Final = 0.7  # of the letters: names and terms of other scripts stand in any text
_LATIN_HITS: Final = 0.12  # of the words of a text are function words of its language
_LATIN_LEAD: Final = 1.5
_SPARSE_HITS: Final = 0.05  # verse and lists hold few function words: then one language must lead far
_SPARSE_LEAD: Final = 2.5
_SPARSE_WORDS: Final = 4

_SCRIPTS: Final = {
    "HIRAGANA": "kana", "KATAKANA": "kana", "HANGUL": "ko", "THAI": "th", "HEBREW": "he", "BENGALI": "bn", "TAMIL": "ta", "TELUGU": "te",
    "KANNADA": "kn", "MALAYALAM": "ml", "GUJARATI": "gu", "GURMUKHI": "pa", "GREEK": "el", "ARMENIAN": "hy", "GEORGIAN": "ka",
    "ARABIC": "arabic", "CYRILLIC": "cyrillic", "DEVANAGARI": "devanagari", "LATIN": "latin", "CJK": "han",
}  # fmt: skip
_WORDS: Final = {
    "en": "the of and to in is that it for you with are on this be as your have from or was can will not by an at we",
    "fr": "le la les de des et est un une du en que qui dans pour pas sur au aux avec ce cette il elle je vous nous sont ou plus par mon ma ton tes son ses leur sous mais comme sans tu ne se ils",
    "de": "der die das und ist nicht ein eine zu den mit von für auf sie ich es dem im des auch wie wird werden sind als oder",
    "es": "el la los las de que y en un una es por con para se del al no su como más lo o son este esta",
    "it": "il la che di e un una per non è sono con del della in si gli le da al come più anche questo i",
    "pt": "o a os as de que e em um uma é para com não do da dos das se por como mais ao você na no",
    "nl": "de het een en van is dat in op te zijn met voor niet je aan die er ook maar om als bij",
    "sv": "och att det som en är på av för med den till ett inte har de om kan eller så",
    "pl": "i w nie na się jest to z do że jak co po o dla przez są ale lub oraz od może",
    "fi": "ja on ei se että hän oli ovat mutta kun niin joka myös tai kuin hänen sen voi mitä olla tämä",
    "vi": "và là của có không được một cho trong với người các những đã này khi bạn để tôi như",
    "sw": "na ya wa kwa ni katika za la kuwa hii au kama cha yake hiyo watu sana pia lakini yako",
    "id": "yang dan di ini itu dengan untuk dari dalam tidak pada adalah akan anda juga atau ke sebagai bisa",
    "tr": "ve bir bu için ile da de çok olarak daha ne gibi olan en her var değil kadar ancak veya",
}  # fmt: skip
_FUNCTION_WORDS: Final = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_BY_LETTERS: Final = {
    # Letters and words that one language of the script has and the others lack.
    "arabic": (("ur", re.compile(r"[ٹڈڑںےہ]")), ("fa", re.compile(r"[پچژگکی]"))),
    "cyrillic": (("uk", re.compile(r"[іїєґ]")), ("ru", re.compile(r"[ыэё]")), ("bg", re.compile(r"ъ"))),
    "devanagari": (
        ("mr", re.compile(r"ळ|(?<!\w)(?:आहे|आणि|आहेत)(?!\w)")),
        ("ne", re.compile(r"(?<!\w)(?:छ|छन्|हुन्छ|गर्न|तपाईं)(?!\w)")),
        ("hi", re.compile(r"(?<!\w)(?:है|हैं|और|में|का|की|के)(?!\w)")),
    ),
}
_LEAST: Final = {"arabic": "ar"}


def detect_language(text: str) -> str | None:
    """Give the ISO 639-1 code of the language of most of a text; None when the text is short, mixed or of no known language.

    Examples
    --------
    >>> detect_language("The cat sat on the mat and looked at the dog that was in the garden.")
    'en'
    >>> detect_language("42") is None
    True
    """
    scripts = Counter(_script(letter) for letter in text[:20_000] if letter.isalpha())
    n_letters = scripts.total()
    if scripts["kana"] and 10 * (scripts["kana"] + scripts["han"]) >= 7 * n_letters:
        return "ja"
    if n_letters < _MIN_LETTERS:
        return None
    script, most = max(scripts.items(), key=lambda pair: (pair[1], pair[0]))
    if most < _SCRIPT_FRACTION * n_letters:
        return None
    if script == "latin":
        return _latin(text)
    if script in _BY_LETTERS:
        return _by_letters(text, script)
    return "zh" if script == "han" else script or None


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").split(" ", 1)[0] if letter > "\x7f" else "LATIN"
    return _SCRIPTS.get(name, "")


def _latin(text: str) -> str | None:
    words = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", text[:20_000]).casefold())
    hits = {language: sum(1 for word in words if word in known) for language, known in _FUNCTION_WORDS.items()}
    ranked = sorted(hits.items(), key=lambda pair: (-pair[1], pair[0]))
    (best, most), (_, next_most) = ranked[0], ranked[1]
    is_prose = most >= max(2, _LATIN_HITS * len(words)) and most >= _LATIN_LEAD * next_most
    is_sparse = most >= max(_SPARSE_WORDS, _SPARSE_HITS * len(words)) and most >= _SPARSE_LEAD * next_most
    return best if is_prose or is_sparse else None


def _by_letters(text: str, script: str) -> str | None:
    counts = [(len(pattern.findall(text)), language) for language, pattern in _BY_LETTERS[script]]
    n_words = len(text.split())
    for n_found, language in counts:
        if 20 * n_found >= n_words and n_found:
            return language
    return _LEAST.get(script)
