"""Says whether a text follows one instruction: True, False, or None where that can be read in two ways."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

from .constraint_counts import COUNTERS, occurrences, paragraphs, without_accents, without_outer_quotes
from .constraint_language import detect_language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_WRAPPING: Final = " \t\n\r\u3000*_#>\"'“”‘’«»「」『』"
_QUOTATION_MARKS: Final = (('"', '"'), ("“", "”"), ("«", "»"), ("「", "」"), ("„", "“"), ("'", "'"))
_FENCED: Final = re.compile(r"\A```\w*\s*\n?(.*?)\n?\s*```\Z", re.DOTALL)
_EMOJI: Final = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\U0001f1e6-\U0001f1ff]")
_TU: Final = re.compile(r"(?<![\w'’-])(?:tu|toi|te|ton|ta|tes|t['’])(?![a-zà-ÿ])", re.IGNORECASE)
_VOUS: Final = re.compile(r"(?<!\w)(?:vous|votre|vos)(?!\w)", re.IGNORECASE)
_KANJI_RUN: Final = re.compile(r"[\u4e00-\u9faf々]+")
_FURIGANA: Final = re.compile(r"(?<![\u4e00-\u9faf々])[\u4e00-\u9faf々]++[（(][ぁ-んー]+[）)]")
_MIN_LINE_LETTERS: Final = 40
_MAX_LINES: Final = 50
_LONG_WORDS: Final = 30
Verdict = bool | None


def holds(constraint: Mapping[str, Any], text: str) -> Verdict:
    """Say whether a text follows an instruction.

    Raises
    ------
    KeyError
        For an unknown kind.
    """
    kind = constraint["kind"]
    if kind in COUNTERS:
        low, high = COUNTERS[kind](text, constraint)
        return _unless_split(_within(low, constraint), _within(high, constraint))
    return CHECKS[kind](text, constraint)


def prompt_digests(prompt: str) -> list[str]:
    """Digest a prompt and its longer lines, so that an echo of them is known without their text."""
    lines = [line for line in map(_letters_of, prompt.splitlines()) if len(line) >= _MIN_LINE_LETTERS]
    return sorted({_digest(line) for line in [_letters_of(prompt), *lines[-_MAX_LINES:]]})


def _within(number: int, constraint: Mapping[str, Any]) -> bool:
    return constraint.get("min", 0) <= number <= constraint.get("max", number)


def _unless_split(one: bool, other: bool) -> Verdict:  # noqa: FBT001 - two readings of one text
    return one if one == other else None


def _letters_of(text: str) -> str:
    return "".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def _digest(letters: str) -> str:
    return hashlib.blake2b(letters.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _own_words(text: str, constraint: Mapping[str, Any]) -> Verdict:
    known = set(constraint["prompt"])
    rest = [line for line in map(_letters_of, text.splitlines()) if line and _digest(line) not in known]
    return bool(rest) and _digest(_letters_of(text)) not in known


def _json(text: str, _: Mapping[str, Any]) -> Verdict:
    fenced = _FENCED.match(text.strip())
    try:
        value = json.loads((fenced[1] if fenced else text).strip())
    except (ValueError, RecursionError):
        return False
    return True if isinstance(value, (dict, list)) else None


def _contains(text: str, constraint: Mapping[str, Any]) -> Verdict:
    found = [_contains_one(text, word) for word in constraint["words"]]
    return False if False in found else None if None in found else True


def _contains_one(text: str, word: str) -> Verdict:
    """Take "files" for a use of "file", and leave "profile" open; Japanese compounds hold their parts."""
    _, anywhere = occurrences(text, word)
    if not anywhere:
        return False
    if word[0] > "\u2fff":
        return True
    return True if re.search(rf"(?<!\w){re.escape(word)}", text, re.IGNORECASE) else None


def _avoids(text: str, constraint: Mapping[str, Any]) -> Verdict:
    found = [occurrences(text, word) for word in constraint["words"]]
    if any(own for own, _ in found):
        return False
    compounds = any(anywhere for (_, anywhere), word in zip(found, constraint["words"], strict=True) if word[0] > "\u2fff")
    return None if compounds else True


def _avoids_characters(text: str, constraint: Mapping[str, Any]) -> Verdict:
    folded = unicodedata.normalize("NFC", text).casefold()
    return not any(character in folded for character in constraint["characters"].casefold())


def _title(text: str, constraint: Mapping[str, Any]) -> Verdict:
    opening, closing = re.escape(constraint["open"]), re.escape(constraint["close"])
    return any(re.search(r"\w", match[1]) for match in re.finditer(rf"{opening}([^\n]{{1,200}}?){closing}", text))


def _postscript(text: str, constraint: Mapping[str, Any]) -> Verdict:
    letters = [re.escape(part) for part in re.findall(r"\w", constraint["marker"])]
    spelled = constraint["marker"].isascii() and len(letters) <= 4
    form = r"[.\-–]{0,2}\s?".join(letters) + r"(?![a-zA-Z])" if spelled else re.escape(constraint["marker"])
    if re.search(rf"^[^\w\n]{{0,6}}{form}", text, re.IGNORECASE | re.MULTILINE):
        return True
    return None if re.search(rf"(?<!\w){form}", text, re.IGNORECASE) else False


def _responses(text: str, constraint: Mapping[str, Any]) -> Verdict:
    parts = [part.strip() for part in text.split(constraint["separator"])]
    inner = parts[1:] if not parts[0] else parts
    inner = inner[:-1] if inner and not inner[-1] else inner
    return all(inner) and len(set(inner)) == len(inner) and _within(len(inner), constraint)


def _quoted(text: str, constraint: Mapping[str, Any]) -> Verdict:
    text = text.strip()
    pairs = [(constraint["open"], constraint["close"])] if "open" in constraint else _QUOTATION_MARKS
    if len(text) < 3:
        return False
    return any(text.startswith(opening) and text.endswith(closing) for opening, closing in pairs)


def _one_of(text: str, constraint: Mapping[str, Any]) -> Verdict:
    """Require one of the options, and no other: an option that is part of a longer one found is not counted."""
    folded = " ".join(text.split()).casefold()
    found = [option for option in constraint["options"] if " ".join(option.split()).casefold() in folded]
    longest = [option for option in found if not any(option != other and option.casefold() in other.casefold() for other in found)]
    return len(longest) == 1


def _starts_with(text: str, constraint: Mapping[str, Any]) -> Verdict:
    return _plain(text).startswith(_plain(constraint["text"]))


def _ends_with(text: str, constraint: Mapping[str, Any]) -> Verdict:
    ending, wanted = _plain(text), _plain(constraint["text"])
    if ending.endswith(wanted):
        return True
    return None if ending.rstrip(".。!?…") and ending.rstrip(".。!…").endswith(wanted.rstrip(".。!…")) else False


def _repeats(text: str, constraint: Mapping[str, Any]) -> Verdict:
    given, wanted = _plain(text), _plain(constraint["text"])
    if given.startswith(wanted):
        return True
    return None if given.startswith(wanted[: max(30, len(wanted) // 2)]) else False


def _plain(text: str) -> str:
    return " ".join(text.strip(_WRAPPING).casefold().replace("’", "'").split())


def _paragraph_start(text: str, constraint: Mapping[str, Any]) -> Verdict:
    parts = paragraphs(text, constraint.get("separator", "\n\n"))
    at = constraint["n"] - 1
    if at >= len(parts):
        return False
    return re.match(rf"\W*{re.escape(constraint['word'])}", parts[at], re.IGNORECASE) is not None


def _language(text: str, constraint: Mapping[str, Any]) -> Verdict:
    found = detect_language(text)
    return None if found is None else found == constraint["language"]


def _letters_all(allowed: Callable[[str], bool]) -> Callable[[str, Mapping[str, Any]], Verdict]:
    def check(text: str, _: Mapping[str, Any]) -> Verdict:
        return all(allowed(character) for character in text) and any(character.isalpha() for character in text)

    return check


def _hiragana(character: str) -> bool:
    return "ぁ" <= character <= "ゖ" or character == "ー" or not character.isalpha()


def _katakana(character: str) -> bool:
    return "ァ" <= character <= "ヺ" or "ｦ" <= character <= "ﾟ" or character in "ー・" or not character.isalpha()


def _not_katakana(character: str) -> bool:
    return not ("ァ" <= character <= "ヺ" or "ｦ" <= character <= "ﾟ")


def _not_kanji(character: str) -> bool:
    return not _KANJI_RUN.match(character)


def _furigana(text: str, _: Mapping[str, Any]) -> Verdict:
    return len(_KANJI_RUN.findall(text)) == len(_FURIGANA.findall(text))


def _sentence_ending(text: str, constraint: Mapping[str, Any]) -> Verdict:
    plain = re.sub(r"「[^「」]*」|『[^『』]*』", "", without_outer_quotes(text))
    parts = [part.strip(" 　*_)）") for part in re.split(r"[。！？!?\n]", plain)]
    ended = [part.endswith(constraint["ending"]) for part in parts if re.search(r"\w", part)]
    return bool(ended) and all(ended)


def _accent_free(text: str, _: Mapping[str, Any]) -> Verdict:
    latin = (character for character in unicodedata.normalize("NFC", text) if character < "\u0250" and character.isalpha())
    return not any(unicodedata.decomposition(letter) and without_accents(letter) != letter for letter in latin)


def _informal_address(text: str, _: Mapping[str, Any]) -> Verdict:
    n_tu, n_vous = len(_TU.findall(text)), len(_VOUS.findall(text))
    if n_tu > n_vous:
        return True
    # A long text that addresses nobody informally may still hold a bare imperative; none was seen.
    return False if not n_tu and (n_vous or len(text.split()) >= _LONG_WORDS) else None


CHECKS: Final[dict[str, Callable[[str, Mapping[str, Any]], Verdict]]] = {
    "own_words": _own_words,
    "json": _json,
    "contains": _contains,
    "avoids": _avoids,
    "avoids_characters": _avoids_characters,
    "title": _title,
    "postscript": _postscript,
    "responses": _responses,
    "quoted": _quoted,
    "one_of": _one_of,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "repeats": _repeats,
    "paragraph_start": _paragraph_start,
    "language": _language,
    "lowercase": _letters_all(lambda character: not (character.isupper() or character.istitle())),
    "uppercase": _letters_all(lambda character: not character.islower()),
    "no_digits": lambda text, _: not re.search(r"\d", text),
    "no_emoji": lambda text, _: not _EMOJI.search(text),
    "no_accents": _accent_free,
    "hiragana_only": _letters_all(_hiragana),
    "katakana_only": _letters_all(_katakana),
    "no_hiragana": lambda text, _: not re.search(r"[ぁ-ゖ]", text),
    "no_katakana": _letters_all(_not_katakana),
    "no_kanji": _letters_all(_not_kanji),
    "furigana": _furigana,
    "sentence_ending": _sentence_ending,
    "informal_address": _informal_address,
}
"""Check by kind, of the kinds that are no counts."""
