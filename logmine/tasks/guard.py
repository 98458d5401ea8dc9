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
    r"\b(?:not|no|never|none|nothing|nobody|nowhere|without|cannot|except|exclud\w+|besides|barring|neither|nor|unless|hardly|avoid\w*|lack\w*|"
    r"(?:other|rather) than|(?:apart|aside) from|instead of|(?:all|every\w*) but)\b|\bnon-?(?=[a-z]{4})"
    r"|\b(?:ai|do|does|did|is|are|was|were|has|have|had|ca|could|wo|would|should|must|need)n['’]?t\b|\bcan not\b"
    r"|\b(?:im(?:possible|proper|perfect|mature)|il(?:legal|logical)|in(?:active|valid|correct|complete|accurate|visible|direct|eligible|compatible)|"
    r"ir(?:regular|relevant)|un(?:able|available|install\w*|subscribe\w*|safe|paid|read|known|like|likely|lock\w*|do)|"
    r"dis(?:able[ds]?|like[ds]?|agree\w*|connect\w*|allow\w*))\b"
    r"|\b(?:nicht|kein(?:e[mnrs]?)?|ohne|nie|ne|pas|sans|jamais|aucune?|sin|nunca|ningun[ao]?|não|sem|non|senza|mai)\b"
)
_NEGATION_CJK = re.compile(
    r"ない|せん|まんせ|なく|なし|抜き|以外|不|没|無|无|非|除|未|禁|否|别|勿|莫|せず|ずに|からず"
    r"|(?<=[一-龥][わらかさたなまばがえれけめべてげね])[ずぬ]|(?<=[一-龥])(?<!必)ず|(?<=[一-龥][らかえせ])ん(?![でだ])|られん"
)
_CONTRACTED = re.compile(r"n['’]?t\b|\bcan ?not\b")
# Which of two things is meant, where Japanese and Chinese change one character.
_CONTRAST = re.compile(
    r"[上下左右前後后内外東西南北东男女春夏秋冬朝昼夜晩晚大小多少高低長短长新旧古増減增减買売买卖始終终開閉开闭正負负偶奇父母兄弟姉妹夫妻]|[月火水木金土日]曜"
)
_JAPANESE_NAME = re.compile(r"(?:[\u4e00-\u9fff々]{1,4}|[ァ-ヶー]{1,8}|[ぁ-ん]{2,3})(?<!客)(?<!皆)(?=さん|くん|ちゃん|様|氏|先生)")
_QUOTED = re.compile(
    r"[\"＂]([^\"＂\n]+)[\"＂]|“([^“”\n]+)”|„([^„“\n]+)“|«([^«»\n]+)»|「([^「」\n]+)」|『([^『』\n]+)』|`([^`\n]+)`"
    r"|《([^《》\n]+)》|〈([^〈〉\n]+)〉|(?<!\w)'([^'\n]+)'(?!\w)|‘([^‘’\n]+)’(?!\w)"
)
# Words that mean something else with a capital. Their case is only looked at where a text has both cases, and not where a sentence begins.
_CAPITONYM = re.compile(
    r"(?<=[\w,;] )(?:AIDS|Apple|Amazon|August|Bill|Chad|China|Cuba|IT|Java|Jordan|March|Mark|May|Mercury|Polish|Turkey|U\.?S|WHO|Will|Windows)\b"
)
# A letter that names one of several things, and is no article or pronoun.
_LETTERED = re.compile(
    r"\b(?:vitamin|hepatitis|influenza|plan|type|grade|group|option|section|appendix|exhibit|schedule|war|elizabeth|charles|george|henry|william|"
    r"james|richard|edward) ([a-z])\b(?!['’])"
)


def guard(text: str) -> str:
    """Return the signature of the answer-bearing parts of ``text``.

    In order of the text: numbers in any script, number words (see :func:`logmine.tasks.quantities.quantities`) and the units behind
    them; operators, signs and currencies beside them; negations; letters that name one of several things; quoted spans; code with its
    case and indentation; lists of options with their marks; in Japanese and Chinese, characters that name one of two opposites. Prompts
    with different guards are never duplicates.

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
            *quantities(plain),
            "|".join(found.strip() for found in _OPERATOR.findall(folded)),
            "|".join("not" if _CONTRACTED.search(found) else found for found in _NEGATION.findall(folded)),
            "" if plain.isascii() else "|".join(_NEGATION_CJK.findall(folded)),
            "|".join(_LETTERED.findall(folded)),
            "|".join(quoted),
            code_in(text),
            "|".join(code_tokens(text)),
            *_options_in(text),
            "" if plain.isascii() else "|".join([*_CONTRAST.findall(folded), *_JAPANESE_NAME.findall(folded)]),
            "|".join(_CAPITONYM.findall(plain)).replace(".", "") if plain != plain.upper() else "",
        ]
    )


def _options_in(text: str) -> list[str]:
    """Return the marks and texts of a list of options; their case is kept where it tells two of them apart."""
    options = find_options(text)
    folded = {mark: " ".join(unicodedata.normalize("NFKC", option).casefold().split()) for mark, option in options.items()}
    shown = folded if len(set(folded.values())) == len(folded) else options
    return [part for mark, option in shown.items() for part in (mark.casefold(), option)]
