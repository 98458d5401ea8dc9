"""The answer guard: a signature of what can change the answer.

Embeddings and shingles rank a prompt with one number changed above real duplicates, so no threshold can tell
them apart; an equal guard is part of every match instead.
"""

from __future__ import annotations

import re
import unicodedata

from logmine.graders.choice import find_options
from logmine.schemas import digest
from logmine.tasks.code import code_in, code_tokens
from logmine.tasks.quantities import quantities

_OPERATOR = re.compile(r"(?<=[\d)\]])\s*[-−+*/^=<>×÷≤≥≠±]|[-−+*/^=<>×÷≤≥≠±]\s*(?=[\d(]|[^\W\d_]\b)|[%‰°$€£¥₹₩√]")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|nowhere|without|cannot|except|excluding|neither|nor|unless|hardly)\b"
    r"|\b(?:do|does|did|is|are|was|were|has|have|had|ca|could|wo|would|should|must|need)n['’]?t\b"
    r"|\b(?:nicht|kein(?:e[mnrs]?)?|ohne|nie|ne|pas|sans|jamais|aucune?|sin|nunca|ningun[ao]?|não|sem|non|senza|mai)\b"
    r"|ない|せん|まんせ|なく|なし|ずに|以外|不|没|無|无|非|除|未|否|别|勿|莫"
)
# Which of two things is meant, where Japanese and Chinese change one character.
_CONTRAST = re.compile(
    r"[上下左右前後后内外東西南北东男女春夏秋冬朝昼夜晩晚大小多少高低長短长新旧古増減增减買売买卖始終终開閉开闭正負负偶奇父母兄弟姉妹夫妻]|[月火水木金土日]曜"
)
_JAPANESE_NAME = re.compile(r"(?:[\u4e00-\u9fff々]{1,4}|[ァ-ヶー]{1,8}|[ぁ-ん]{2,3})(?<!お客)(?<!皆)(?=さん|くん|ちゃん|様|氏|先生)")
_QUOTED = re.compile(
    r"[\"＂]([^\"＂\n]+)[\"＂]|“([^“”\n]+)”|„([^„“\n]+)“|«([^«»\n]+)»|「([^「」\n]+)」|『([^『』\n]+)』|`([^`\n]+)`"
    r"|《([^《》\n]+)》|〈([^〈〉\n]+)〉|(?<!\w)'([^'\n]+)'(?!\w)|‘([^‘’\n]+)’(?!\w)"
)
# Words that mean something else with a capital. Their case is only looked at where a text has both cases, and not where a sentence begins.
_CAPITONYM = re.compile(
    r"(?<=[\w,;] )(?:AIDS|Apple|Amazon|August|Bill|Chad|China|Cuba|IT|Java|Jordan|March|Mark|May|Mercury|Polish|Turkey|US|WHO|Will|Windows)\b"
)


def guard(text: str) -> str:
    """Return the signature of the answer-bearing parts of ``text``.

    In order of the text: numbers in any script, number words (see :func:`logmine.tasks.quantities.quantities`) and the units behind
    them; operators, signs and currencies beside them; negations; quoted spans; code with its case and indentation; lists of options
    with their marks; in Japanese and Chinese, characters that name one of two opposites. Prompts with different guards are never
    duplicates.

    Examples
    --------
    >>> guard("Add 3 and 4.") == guard("add 3  and 4!"), guard("Add 3 and 4.") == guard("Add 3 and 5.")
    (True, False)
    """
    plain = unicodedata.normalize("NFKC", text)
    folded = plain.casefold()
    quoted = ["".join(groups) for groups in _QUOTED.findall(text)]
    return digest(
        [
            *quantities(folded),
            "|".join(found.strip() for found in _OPERATOR.findall(folded)),
            "|".join(_NEGATION.findall(folded)),
            "|".join(quoted),
            code_in(text),
            "|".join(code_tokens(text)),
            *_options_in(text),
            "" if plain.isascii() else "|".join([*_CONTRAST.findall(folded), *_JAPANESE_NAME.findall(folded)]),
            "|".join(_CAPITONYM.findall(plain)) if plain != plain.upper() else "",
        ]
    )


def _options_in(text: str) -> list[str]:
    """Return the marks and texts of a list of options; their case is kept where it tells two of them apart."""
    options = find_options(text)
    folded = {mark: " ".join(unicodedata.normalize("NFKC", option).casefold().split()) for mark, option in options.items()}
    shown = folded if len(set(folded.values())) == len(folded) else options
    return [part for mark, option in shown.items() for part in (mark.casefold(), option)]
