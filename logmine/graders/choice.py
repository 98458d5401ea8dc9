"""Compares the option that a completion chooses with a reference option, and finds the options of a prompt."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from .final_answer import first_sentence, last_bold, last_sentence, last_statement, only_field, tidy, without_markup
from .judgement import Judgement, by_equality

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_PROMPT_CHARS: Final = 100_000  # the question stands at the end of a prompt, behind instructions and examples
_LETTERS: Final = "ABCDEFGHIJ"
_FAMILIES: Final = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "abcdefghijklmnopqrstuvwxyz",
    "ＡＢＣＤＥＦＧＨＩＪ",
    "①②③④⑤⑥⑦⑧⑨⑩",
    "アイウエオカキクケコ",
    "АБВГДЕЖЗИК",
    "甲乙丙丁戊己庚辛壬癸",
    "가나다라마바사아자차",
    "أبجدهوزحطي",
    "กขคงจฉชซฌญ",
    "0123456789",
)
_NEXT_MARK: Final = {mark: following for family in _FAMILIES for mark, following in pairwise(family)}
_FIRST_MARKS: Final = frozenset([*(family[0] for family in _FAMILIES), "1"])
_MARK: Final = "[" + "".join(family for family in _FAMILIES[:-1]) + "]"
_AT_LINE_START: Final = re.compile(
    rf"^[ \t]*(?:[-*•][ \t])?(?:\*\*)?(?:(?P<open>[(\[（【])?(?P<mark>{_MARK})(?P<close>[)\]）】.:：、．]|[ \t]?[-–][ \t])(?:\*\*)?|(?P<bare>[①-⑩]))[ \t]*",
    re.MULTILINE,
)
_IN_LINE: Final = re.compile(rf"(?<![^\s,;。])(?:(?P<open>[(\[（])?(?P<mark>{_MARK})(?P<close>[)\]）])|(?P<bare>[①-⑩]))[ \t]*")
# Numbered lists are steps and rules as often as options: they count only under a heading that says so.
_HEADING: Final = re.compile(
    r"\b(?:options|choices|alternatives|opciones|optionen)\b[^\n:]{0,40}:|(?:選択肢|选项|選項|보기)[^\n:：]{0,20}[:：]", re.IGNORECASE
)
_NUMBERED: Final = re.compile(
    r"(?:(?<=[\s,、，;:：])|^)(?P<open>\()?(?P<mark>\d)(?P<close>[).:：．])[ \t]*(?P<bare>(?!))?(?=\D)", re.MULTILINE
)
_CONJUNCTION: Final = r"(?:[番번]\s?)?(?:or|and|oder|und|ou|et|o|y|e|или|либо|и|/|,|&|\+|または|もしくは|か|と|、|或者?|和|及|또는|와|과|이나|나|หรือ|และ|أو|و)"
_DENIED: Final = re.compile(
    r"\s*番?(?:ではな|じゃな|でな|は誤|は間違|は不正解|이?\s?아니|不是|不对|是错)|\s*(?:is not|isn't|n'est pas|ist nicht|no es|не)\b"
)
_DENYING: Final = re.compile(r"\b(?:not|n't|isn't|except)\b|誤り|間違|不正解|正しくな|ではな|不正确|不对|错误|아니|틀[렸린]", re.IGNORECASE)
# A mark with a letter of its own script behind it begins a word, but for what ends or counts it: 나 in 나무, ก in กรุงเทพ, not in 나입니다.
_WORD: Final = re.compile(
    r"[ァ-ヺ][ァ-ヺー]|[가-힣](?!입니|이다|이에|예요|번|와\s|과\s|또는|이나\s|[가이]\s)[가-힣]|[一-鿿](?!项|選|选|是|正确|对|和|或|及|番)[一-鿿]"
    r"|[ก-๛]{2}|[ء-ي]{2}|\d\s?(?:[つ個个개人年月日回件%％円元]|가지)"
)
_LOOKALIKES: Final = {"А": "A", "С": "C", "A": "А"}  # Cyrillic and Latin; В is B to the eye and C by its place
_LEAD_PATTERN: Final = (
    r"^\W*(?:(?:(?i:most likely|likely|probably|therefore|thus|clearly|definitely|option|choice|letter|answer|statement|the|la|le|die|der|das|"
    r"lettre|letra|opción|réponse|antwort)\b|选项|選択肢|選項|記号)[\s:：]*){{0,4}}"
    r"(?:[(\[（【「]\s?(?P<inside>(?i:{marks}))\s?[)\]）】」]"
    r"|(?P<marked>(?i:{marks}))(?=\s*(?:$|[).:：,;，、。．\]）]))"
    # A bare A or I before a word is an article or a pronoun.
    r"|(?P<bare>(?!(?:A|I|a|i)\s+(?!because\b|since\b|as\b|due\b|or\b|and\b|oder\b|und\b|ou\b|et\b|или\b|либо\b|и\b|[A-J]\b)\w)(?:{marks}))(?=\s|[^\w]|[^\x00-\x7f]))"
)
_DELIMITERS: Final = " .):：]）】」、．"
_LATEX_TEXT: Final = re.compile(r"\\(?:text|mathrm|textbf|mathbf|boxed)\s?\{([^{}]*)\}")


def check(spec: Mapping[str, Any]) -> None:
    """Require options, where there are any, to map marks to texts."""
    options = spec.get("options", {})
    if not isinstance(options, dict) or not all(isinstance(text, str) and key.strip() for key, text in options.items()):
        raise ValueError('choice: spec["options"] must map each mark to the text of its option, such as {"A": "Paris"}')


def extract(text: str | None, tool_calls: Sequence[Mapping[str, Any]], spec: Mapping[str, Any]) -> str | None:
    """Read the mark of the option that a completion chooses.

    In this order: the last statement of an answer; the only field of a JSON object; a short output; a first line that is one option, when no other
    line is; one option in bold at the end, or named in the last sentence. Several options without a decision give None.
    """
    del tool_calls
    if not text or not (tidied := tidy(text)):
        return None
    options = _options(spec)
    statement = last_statement(tidied)
    if statement is not None:
        return _decided(statement.text, options)
    if (only := only_field(tidied)) is not None:
        return _decided(only, options)
    lines = [line for line in tidied.splitlines() if line.strip()]
    if len(lines) == 1 and (last_sentence(tidied) == tidied or _leading_mark(tidied, options)):
        return _decided(tidied, options)
    if len({_leading_mark(line, options) for line in lines} - {None}) > 1:
        return None
    if (first := _leading_mark(lines[0], options)) is not None:
        return first if _decided(last_sentence(tidied), options) in {None, first} else None
    bold = last_bold(tidied)
    decided = _decided(bold, options) if bold is not None else None
    return decided or _named(last_sentence(tidied), options)


def canonical(answer: str, spec: Mapping[str, Any]) -> str | None:
    """Give the mark as the spec writes it, for a mark, a bracketed mark, or the text of an option."""
    return _decided(answer, _options(spec)) if len(answer) <= 2_000 else None


def agrees(found: str, wanted: str, spec: Mapping[str, Any]) -> Judgement:
    """Compare marks."""
    del spec
    return by_equality(found, wanted)


def render(answer: str, spec: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """State the mark in a sentence."""
    return f"The answer is ({canonical(answer, spec) or answer}).", []


def marks_named(text: str, spec: Mapping[str, Any]) -> set[str | None]:
    """Give the marks of all options that a text names, and those that begin a line of it or stand alone."""
    options = _options(spec)
    leading = {_lead(line, options) for line in text.splitlines() if line.strip()}
    return _all_named(text, options) | {found[0] for found in leading if found is not None}


def holds_text(text: str, option_text: str) -> bool:
    """Say whether the text of an option stands in a text, case and punctuation aside; an empty one does not."""
    folded = _folded(option_text)
    return bool(folded) and re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", _folded(text)) is not None


def find_options(prompt_text: str) -> dict[str, str]:
    r"""Find the last complete list of options in a prompt.

    A list begins with the first mark of its kind and goes on with consecutive marks in one style: ``A. …``, ``(A) …``,
    ``A) …``, ``①…``, ``ア. …``, each on a line of its own, else within lines where the marks are bracketed. Few-shot prompts
    hold several lists; the last one belongs to the question.

    Returns
    -------
    dict
        Mark to text, in order; empty when there is no list of at least two.

    Examples
    --------
    >>> find_options("Capital of France?\nA. Lyon\nB. Paris\nAnswer:")
    {'A': 'Lyon', 'B': 'Paris'}
    """
    text = prompt_text[-MAX_PROMPT_CHARS:]
    for pattern in (_AT_LINE_START, _IN_LINE):
        runs = [run for run in _runs(pattern.finditer(text)) if len(run) > 1]
        if runs:
            return _texts(text, runs[-1])
    return _numbered(text)


def _numbered(text: str) -> dict[str, str]:
    headings = list(_HEADING.finditer(text))
    below = text[headings[-1].end() :].strip().split("\n\n", 1)[0] if headings else ""
    runs = [run for run in _runs(_NUMBERED.finditer(below)) if len(run) > 1]
    return _texts(below, runs[0]) if runs else {}


def _runs(marks: Iterator[re.Match[str]]) -> list[list[re.Match[str]]]:
    """Gather consecutive marks of one style, each run from the first mark of its kind."""
    runs: list[list[re.Match[str]]] = []
    open_runs: dict[tuple[str | None, str | None], list[re.Match[str]]] = {}
    for match in marks:
        mark, style = match["mark"] or match["bare"], (match["open"], (match["close"] or "").strip())
        run = open_runs.get(style)
        if run is not None and mark == _NEXT_MARK.get(run[-1]["mark"] or run[-1]["bare"] or ""):
            run.append(match)
        elif mark in _FIRST_MARKS:
            open_runs[style] = [match]
            runs.append(open_runs[style])
    return sorted(runs, key=lambda run: run[-1].start())


def _texts(text: str, run: list[re.Match[str]]) -> dict[str, str]:
    ends = [*(match.start() for match in run[1:]), _line_end(text, run[-1].end())]
    return {
        match["mark"] or match["bare"]: " ".join(text[match.end() : end].split()).strip("*;,、 ")
        for match, end in zip(run, ends, strict=True)
    }


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _options(spec: Mapping[str, Any]) -> dict[str, str]:
    return spec.get("options") or dict.fromkeys(_LETTERS, "")


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[\s.,;:!?。、！？\"'“”‘’()`*$]+", " ", unicodedata.normalize("NFKC", text).casefold()).split())


def _keys(options: Mapping[str, str]) -> dict[str, str]:
    """Map what a completion may write for a mark to the mark: Ｂ and b for B, 1 for ①."""
    return {form: key for key in options for form in (unicodedata.normalize("NFKC", key).casefold(), key)}


@lru_cache(maxsize=4096)
def _marks(keys: tuple[str, ...]) -> str:
    forms = {form for key in keys for form in (key, unicodedata.normalize("NFKC", key))}
    return "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form)))


def _key_of(written: str, options: Mapping[str, str]) -> str | None:
    return written if written in options else _keys(options).get(unicodedata.normalize("NFKC", written).casefold())


def _decided(span: str, options: Mapping[str, str]) -> str | None:
    """Read the decision in a span that is said to be the answer."""
    span = _LATEX_TEXT.sub(r"\1", without_markup(span)).strip(" \n$\"'")
    bare = span.strip(_DELIMITERS + "([（【")
    if bare not in options and _LOOKALIKES.get(bare) in options:
        span = _LOOKALIKES[bare]
    by_text = _by_text(span, options)
    if by_text is not None:
        return by_text
    lead = _lead(span, options)
    if lead is None:
        sentence = first_sentence(span)
        return _by_text(sentence, options) or _named(sentence, options)
    key, rest = lead
    if _names_another(rest, options) or _DENIED.match(rest):
        return None
    contradicted = _by_text(rest.lstrip(_DELIMITERS), options)
    return key if contradicted in {None, key} else None


def _lead(span: str, options: Mapping[str, str]) -> tuple[str, str] | None:
    """Read the mark that begins a span, and what follows it; full-width marks stand for plain ones."""
    marks = _marks(tuple(options))
    for form in dict.fromkeys((span, unicodedata.normalize("NFKC", span))):
        found = _lead_pattern(marks).match(form)
        if found is not None and not (found["bare"] and _WORD.match(form, found.end() - 1)):
            written = found["inside"] or found["marked"] or found["bare"]
            key = _key_of(written, options)
            return (key, form[found.end() :]) if key is not None else None
    return None


@lru_cache(maxsize=4096)
def _lead_pattern(marks: str) -> re.Pattern[str]:
    return re.compile(_LEAD_PATTERN.format(marks=marks))


def _names_another(rest: str, options: Mapping[str, str]) -> bool:
    """Say whether a second mark follows at once: "B or C", "(A) (B)"."""
    return _another_pattern(_marks(tuple(options))).match(rest.lstrip(")]）】")) is not None


@lru_cache(maxsize=4096)
def _another_pattern(marks: str) -> re.Pattern[str]:
    return re.compile(
        rf"\s*{_CONJUNCTION}\s*(?i:option |choice )?[(\[（]?(?:{marks})(?![^\W\u3040-\u9fff\uac00-\ud7a3])|\s+(?:[(\[（](?:{marks})[)\]）]|(?:{marks})(?!\w))"
    )


def _by_text(span: str, options: Mapping[str, str]) -> str | None:
    folded = _folded(span)
    if not folded:
        return None
    matching = _keys_by_text(tuple(options.items())).get(folded, ())
    return matching[0] if len(matching) == 1 else None


@lru_cache(maxsize=4096)
def _keys_by_text(options: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """Map the folded text of each option to the marks that have it."""
    found: dict[str, list[str]] = {}
    for key, text in options:
        if text:
            found.setdefault(_folded(text), []).append(key)
    return found


def _leading_mark(line: str, options: Mapping[str, str]) -> str | None:
    """Read a line that is a mark alone, or a mark with its delimiter and text."""
    line = without_markup(line).strip()
    match = _line_pattern(_marks(tuple(options))).match(line)
    return _key_of(match["mark"], options) if match else None


@lru_cache(maxsize=4096)
def _line_pattern(marks: str) -> re.Pattern[str]:
    return re.compile(rf"[(\[（【]?(?P<mark>{marks})(?:[)\]）】.:：、．]+|$)\s*")


def _named(sentence: str, options: Mapping[str, str]) -> str | None:
    """Find the one option that a sentence names."""
    sentence = without_markup(sentence)
    named = _all_named(sentence, options)
    return next(iter(named)) if len(named) == 1 and not _DENYING.search(sentence) else None


def _all_named(sentence: str, options: Mapping[str, str]) -> set[str | None]:
    """Find the options that a sentence names: bracketed, after "option", or as a lone capital that is no word."""
    return {
        _key_of(match["inside"] or match["after"] or match["cjk"] or match["circled"] or match["lone"], options)
        for match in _named_pattern(_marks(tuple(options))).finditer(sentence)
    }


@lru_cache(maxsize=4096)
def _named_pattern(marks: str) -> re.Pattern[str]:
    circled = "|".join(re.findall("[①-⑩]", marks)) or "(?!)"  # these stand in a sentence like words
    return re.compile(
        rf"[(\[（【「](?P<inside>{marks})[)\]）】」]|\b(?i:option|choice|answer|opción|réponse|antwort)\s(?P<after>{marks})(?!\w)"
        rf"|(?:选项?|選択肢|選|選ぶのは)\s?(?P<cjk>{marks})(?!\w)|(?P<circled>{circled})|(?<![\w'’])(?P<lone>(?!A\b|I\b)(?:{marks}))(?=[^\w'’]|$)"
    )
