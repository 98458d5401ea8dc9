"""The instruction ids of M-IFEval and their arguments, as constraints of :mod:`logmine.graders.constraints`.

After the registry of https://github.com/lightblue-tech/M-IFEval: an id is ``language:category:name``. Some instructions are not told by their arguments alone
(the options of a constrained response, a count of lines); :func:`constraints_of` gives None for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Constraint = dict[str, Any]

TITLE_MARKS = {"en": ("<<", ">>"), "fr": ("##", "##"), "ja": ("『", "』")}
LESS_THAN = {"less than", "moins de", "未満"}
THREE_ASTERISKS = "***"
#: Instructions without arguments; a comma is another character in Japanese.
PLAIN: dict[str, Constraint] = {
    "detectable_content:informal_address": {"kind": "informal_address"},
    "detectable_content:no_digits": {"kind": "no_digits"},
    "detectable_format:json_format": {"kind": "json"},
    "combination:two_responses": {"kind": "responses", "min": 2, "max": 2, "separator": "******"},
    "startend:quotation": {"kind": "quoted"},
    "change_case:english_capital": {"kind": "uppercase"},
    "change_case:french_capital": {"kind": "uppercase"},
    "change_case:english_lowercase": {"kind": "lowercase"},
    "change_case:french_lowercase": {"kind": "lowercase"},
    "punctuation:no_period": {"kind": "avoids_characters", "characters": "。"},
    "special_character:no_accents": {"kind": "no_accents"},
    "letters:furigana": {"kind": "furigana"},
    "letters:hiragana_only": {"kind": "hiragana_only"},
    "letters:katakana_only": {"kind": "katakana_only"},
    "letters:no_hiragana": {"kind": "no_hiragana"},
    "letters:no_katakana": {"kind": "no_katakana"},
    "letters:kansuuji": {"kind": "no_digits"},
}


def _counted(kind: str, number: str, relation: str, **named: str) -> Callable[[Mapping[str, Any]], list[Constraint]]:
    """Return a reader of a count with its relation; ``named`` maps parameters to arguments."""

    def read(given: Mapping[str, Any]) -> list[Constraint]:
        bound = {"max": given[number] - 1} if given[relation] in LESS_THAN else {"min": given[number]}
        return [{"kind": kind, **{name: given[argument].casefold() for name, argument in named.items()}, **bound}]

    return read


def _exactly(kind: str, number: str, **more: str) -> Callable[[Mapping[str, Any]], list[Constraint]]:
    return lambda given: [{"kind": kind, "min": given[number], "max": given[number], **more}]


def _at_least(kind: str, number: str) -> Callable[[Mapping[str, Any]], list[Constraint]]:
    return lambda given: [{"kind": kind, "min": given[number]}]


def _first_word(given: Mapping[str, Any]) -> list[Constraint]:
    number = {"kind": "paragraphs", "min": given["num_paragraphs"], "max": given["num_paragraphs"]}
    return [number, {"kind": "paragraph_start", "n": given["nth_paragraph"], "word": given["first_word"]}]


WITH_ARGUMENTS: dict[str, Callable[[Mapping[str, Any]], list[Constraint]]] = {
    "keywords:existence": lambda given: [{"kind": "contains", "words": given["keywords"]}],
    "keywords:forbidden_words": lambda given: [{"kind": "avoids", "words": given["forbidden_words"]}],
    "keywords:frequency": _counted("word", "frequency", "relation", word="keyword"),
    "keywords:letter_frequency": _counted("letter", "let_frequency", "let_relation", letter="letter"),
    "language:response_language": lambda given: [{"kind": "language", "language": given["language"]}],
    "length_constraints:number_words": _counted("words", "num_words", "relation"),
    "length_constraints:number_letters": _counted("characters", "num_letters", "relation"),
    "length_constraints:number_sentences": _counted("sentences", "num_sentences", "relation"),
    "length_constraints:number_paragraphs": _exactly("paragraphs", "num_paragraphs", separator=THREE_ASTERISKS),
    "length_constraints:nth_paragraph_first_word": _first_word,
    "detectable_content:number_placeholders": _at_least("placeholders", "num_placeholders"),
    "detectable_content:postscript": lambda given: [{"kind": "postscript", "marker": given["postscript_marker"]}],
    "detectable_format:number_bullet_lists": _exactly("bullets", "num_bullets"),
    "detectable_format:number_numbered_lists": _exactly("numbered_entries", "num_items"),
    "detectable_format:number_highlighted_sections": _at_least("highlights", "num_highlights"),
    "detectable_format:multiple_sections": lambda given: [
        {"kind": "sections", "min": given["num_sections"], "mark": given["section_spliter"]}
    ],
    "detectable_format:nominal_ending": _at_least("noun_endings", "count"),
    "combination:repeat_prompt": lambda given: [{"kind": "repeats", "text": given["prompt_to_repeat"]}],
    "startend:end_checker": lambda given: [{"kind": "ends_with", "text": given["end_phrase"]}],
    "startend:sentence_unified_end": lambda given: [{"kind": "sentence_ending", "ending": given["ending"]}],
    "change_case:capital_word_frequency": _counted("capital_words", "capital_frequency", "capital_relation"),
    "special_character:ethel_or_cedilla": lambda given: [{"kind": "avoids_characters", "characters": given["forbidden_char"]}],
    "letters:kanji": _counted("kanji", "kanji_limit", "relation"),
}


def constraints_of(instructions: list[dict[str, Any]]) -> list[Constraint] | None:
    """Return the constraints that a list of instructions asks for, None where the arguments of one do not tell it."""
    found: list[Constraint] = []
    for instruction in instructions:
        language, name = instruction["id"].split(":", 1)
        given = instruction["kwargs"]
        if name == "punctuation:no_comma":
            found.append({"kind": "avoids_characters", "characters": "、" if language == "ja" else ","})
        elif name == "detectable_format:title":
            opening, closing = TITLE_MARKS[language]
            found.append({"kind": "title", "open": opening, "close": closing})
        elif name in PLAIN:
            found.append(PLAIN[name])
        elif name in WITH_ARGUMENTS and given:
            ordinal = {"ordinal": True} if language == "ja" and name == "detectable_format:multiple_sections" else {}
            found += [constraint | ordinal for constraint in WITH_ARGUMENTS[name](given)]
        else:
            return None
    return found
