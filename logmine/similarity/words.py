"""The words of a text as it is compared, without punctuation."""

from __future__ import annotations

import re
from typing import Final

CJK: Final = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u9fff々]")

# All that is no mark of punctuation, so that words keep the marks that Thai or Hindi set above and below their letters, and symbols such as
# emoji count. Japanese and Chinese, which set no spaces, are cut at marks and at other scripts only.
_WORD: Final = re.compile(
    r"[\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u9fff々]+"
    r"|[^\s!-/:-@\[-`{-~\u00a1\u00a7\u00ab\u00b4\u00b6-\u00b8\u00bb\u00bf\u060c\u061b\u061f\u0964\u0965\u200b-\u206f\u2010-\u2027"
    r"\u3000-\u3020\u3030\u3041-\u3096\u30a0-\u30fc\u3400-\u9fff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]+"
    r"|(?<!\S)(?!(?<=\d )%)[;:|&%$#@^~<>=+*/\\]+(?!\S)"
)
_CAPITALIZED: Final = re.compile(r"(?<=[\w,;] )[A-Z\u00c0-\u00de][^\W\d_]+")


def words_of(text: str) -> list[str]:
    """Return the words of ``text``; a mark that stands by itself is one, such as a semicolon that a question is about.

    Examples
    --------
    >>> words_of("what does ; do, in c?"), words_of("川を3つ、挙げて。")
    (['what', 'does', ';', 'do', 'in', 'c'], ['川を', '3', 'つ', '挙げて'])
    """
    return _WORD.findall(text)


def names_in(written: str) -> frozenset[str]:
    """Return the words of a text as written that have a capital inside a sentence, without case; none of a text in capitals.

    Examples
    --------
    >>> sorted(names_in("Where does the Danube leave Austria? In Hainburg."))
    ['austria', 'danube', 'hainburg']
    """
    return frozenset() if written.isupper() else frozenset(name.casefold() for name in _CAPITALIZED.findall(written))
