"""Compares the label that a completion gives with a reference label of a closed set."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from .final_answer import is_revised, last_statement, tidy, without_markup
from .judgement import Judgement, by_equality
from .literals import find_objects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_PROSE_CHARS: Final = 400  # in longer prose a label may be mentioned without being meant
MAX_FREE_CHARS: Final = 60  # without a set of labels, only an output this short is one
_KEYS: Final = (
    "label",
    "intent",
    "category",
    "class",
    "classification",
    "sentiment",
    "topic",
    "type",
    "tag",
    "answer",
    "prediction",
    "result",
)
_MARKER: Final = re.compile(
    r"(?:\b(?:label|intent|category|class|classification|sentiment|topic|tag|catégorie|étiquette|intention|categoría|etiqueta|kategorie|klasse)"
    r"|ラベル|分類|カテゴリー?|意図|类别|類別|标签|分类|意图)"
    r"[*_\"'\s]{0,4}(?:\b(?:is|est|es|ist)\b|は|是|为|[:：=])\s*",
    re.IGNORECASE,
)
_CONJUNCTION: Final = re.compile(r"^(?:or|and|oder|und|ou|et|o|y|または|もしくは|か|或者?|和)\b\s*|^(?:または|もしくは|或者?|和)")
_JOINED: Final = re.compile(r"\w+(?:[-_]\w+)+")
_NEGATION: Final = re.compile(r"\b(?:not|n't|isn't|neither|rather than|instead of|nicht|pas|no es)\b[^.\n]{0,30}\Z", re.IGNORECASE)


def check(spec: Mapping[str, Any]) -> None:
    """Require labels, where there are any, to be distinct texts."""
    labels = spec.get("labels", [])
    if (
        not isinstance(labels, list)
        or not all(isinstance(label, str) and label.strip() for label in labels)
        or len(set(labels)) != len(labels)
    ):
        raise ValueError('label: spec["labels"] must be a list of distinct, non-empty texts')


def extract(text: str | None, tool_calls: Sequence[Mapping[str, Any]], spec: Mapping[str, Any]) -> str | None:
    """Read the label that a completion gives, as the spec spells it.

    In this order: a field of a JSON object; the whole output; the last statement ("Label: …"); a label that begins the output
    and is set off from what follows; the only label that a short output mentions. Without labels in the spec, a
    short output in one line is itself the label.
    """
    del tool_calls
    if not text or not (tidied := tidy(text)):
        return None
    labels = _Labels.of(spec)
    if tidied.startswith(("{", "```")):
        return _from_object(tidied, labels)
    plain = without_markup(tidied)
    if (whole := labels.find(plain)) is not None:
        return whole
    stated = _stated(tidied)
    if stated is not None:
        return labels.leading(stated) or labels.only_mention(stated)
    return labels.leading(plain) or labels.only_mention(plain)


def gives_unknown_label(text: str, spec: Mapping[str, Any]) -> bool:
    """Say whether a completion gives one short text as its label, alone, in a field or after a marker, that mentions no label of the set."""
    tidied = tidy(text)
    labels = _Labels.of(spec)
    fields = _label_fields(tidied) if tidied.startswith(("{", "```")) else [_stated(tidied) or without_markup(tidied)]
    given = fields[0] if len(fields) == 1 else None
    return (
        given is not None
        and bool(given.strip())
        and len(given) <= MAX_FREE_CHARS
        and "\n" not in given.strip()
        and not labels.mentioned(given)
    )


def canonical(answer: str, spec: Mapping[str, Any]) -> str | None:
    """Give the label as the spec spells it."""
    return _Labels.of(spec).find(without_markup(answer))


def agrees(found: str, wanted: str, spec: Mapping[str, Any]) -> Judgement:
    """Compare labels."""
    del spec
    return by_equality(found, wanted)


def render(answer: str, spec: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Give the label alone."""
    return canonical(answer, spec) or answer, []


class _Labels:
    """A closed set of labels, prepared for finding them in text; ``labels`` may be empty."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        folded = {label: _folded(label) for label in labels}
        # Labels such as C and C++, or +1 and -1, differ in punctuation alone: then it counts.
        self._fold = _folded if len(set(folded.values())) == len(labels) and all(folded.values()) else _cased
        self._by_form = {self._fold(label): label for label in labels}
        forms = sorted(self._by_form, key=lambda form: (-len(form), form))
        self._mention = re.compile("|".join(_bounded(form) for form in forms)) if forms else None

    @staticmethod
    def of(spec: Mapping[str, Any]) -> _Labels:
        return _prepared(tuple(spec.get("labels", ())))

    def find(self, text: str) -> str | None:
        """Find the label that the whole text is."""
        if len(text) > MAX_PROSE_CHARS:
            return None
        form = self._fold(text)
        if self._mention is None:
            return form if form and len(form) <= MAX_FREE_CHARS and "\n" not in text.strip() else None
        return self._by_form.get(form)

    def leading(self, text: str) -> str | None:
        """Find the label that begins a text and is set off from the rest, when no other label follows at once."""
        if self._mention is None:
            return self.find(re.split(r"\s[-–—]\s|[\n:;,(。]|\.(?:\s|$)", text, maxsplit=1)[0])
        head, separator, rest = _set_off(text)
        label = self.find(head)
        if label is None or not separator:
            return label
        following = self.find(_set_off(rest)[0])
        if following not in {None, label} or (is_revised(rest) and self.mentioned(rest) - {label}):
            return None
        return label

    def only_mention(self, text: str) -> str | None:
        """Find the one label that a short text mentions and does not deny."""
        if self._mention is None or len(text) > MAX_PROSE_CHARS:
            return None
        mentions = self.mentioned(text)
        return next(iter(mentions)) if len(mentions) == 1 else None

    def mentioned(self, text: str) -> set[str]:
        """Find the labels that a text mentions and does not deny."""
        # Half of an identifier is no mention: card_arrival_time says nothing about card_arrival.
        form = self._fold(_JOINED.sub(lambda joined: joined[0] if self.find(joined[0]) else " ", text[:MAX_PROSE_CHARS]))
        if self._mention is None:
            return set()
        return {self._by_form[match[0]] for match in self._mention.finditer(form) if not _NEGATION.search(form[: match.start()])}


@lru_cache(maxsize=256)
def _prepared(labels: tuple[str, ...]) -> _Labels:
    return _Labels(labels)


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).casefold()).split())


def _cased(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("_", " ").strip("\"'`*. ").split())


def _bounded(form: str) -> str:
    # Scripts without spaces have no word boundaries to ask for.
    before = r"(?<!\w)" if form[0].isascii() else ""
    after = r"(?!\w)" if form[-1].isascii() else ""
    return f"{before}{re.escape(form)}{after}"


def _set_off(text: str) -> tuple[str, str, str]:
    """Split a text at the first mark that sets a label off from what follows."""
    found = re.search(r"\s[-–—]+\s|[\n:;,(（/|、。：]|\.(?=\s|$)|\s(?=because\b|since\b|or\b|and\b)", text)
    return (text[: found.start()], found[0], _CONJUNCTION.sub("", text[found.end() :].lstrip())) if found else (text, "", "")


def _stated(text: str) -> str | None:
    """Give what follows the last marker or statement of an answer."""
    markers = list(_MARKER.finditer(text))
    marker = markers[-1] if markers else None
    statement = last_statement(text)
    if statement is not None and (marker is None or statement.start > marker.end()):
        return without_markup(statement.text)
    return without_markup(text[marker.end() :].split("\n\n", 1)[0]) if marker is not None else None


def _label_fields(text: str) -> list[str | None]:
    """Give the text that each JSON object gives as its label: a field so named, or its only one."""
    found: list[str | None] = []
    for value, _, _ in find_objects(text):
        texts = {key.casefold(): field for key, field in value.items() if isinstance(field, str)}
        named = next((texts[key] for key in _KEYS if key in texts), None)
        found.append(named if named is not None else next(iter(texts.values())) if len(texts) == 1 else None)
    return found


def _from_object(text: str, labels: _Labels) -> str | None:
    found = {labels.find(field) if field is not None else None for field in _label_fields(text)}
    if not found and text.startswith("```"):
        return labels.find(re.sub(r"\A```\w*\s|```\s*\Z", "", text))
    return next(iter(found)) if len(found) == 1 else None
