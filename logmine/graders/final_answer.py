r"""Finds where a completion states its final answer.

A statement is a JSON field ``answer``, ``\boxed{…}``, ``#### …``, ``[ANSWER]…[/ANSWER]``, ``<answer>…</answer>``, or a phrase
such as "the answer is …" in one of several languages. Of several statements the last one counts, since a later one
corrects an earlier one; words of revision after it ("wait, no") withdraw it. What stands in tags of reasoning is no
statement at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from .literals import decimal_text, find_objects, unescape
from .phrase_heads import find_phrases

MAX_CHARS: Final = 20_000
"""Only the end of a completion is examined: answers stand there, and the time of the worst case stays bounded."""

_N_REMEMBERED: Final = 4096  # texts, at most 32 MB with those of _MAX_REMEMBERED_CHARS
_MAX_REMEMBERED_CHARS: Final = 4_000
_MAX_STATED_CHARS: Final = 1_000  # of what follows a phrase
_MAX_BOXES: Final = 20  # the last ones: only the very last counts, and each is scanned for its closing brace

Kind = Literal["field", "boxed", "tag", "hash", "phrase", "revision"]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a completion states as its answer; ``text`` is empty when it announces one and gives none."""

    kind: Kind
    start: int
    text: str


_CONTROL_TOKENS: Final = re.compile(
    r"</?s>|<\|(?:eot_id|im_end|im_start|end|endoftext|return|eom_id|end_of_text|assistant)\|>|<end_of_turn>|<eos>"
)
_REASONING: Final = re.compile(r"<(think|thinking|reasoning|scratchpad|reflection)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_UNOPENED_REASONING: Final = re.compile(r"\A.*</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
_CALCULATOR: Final = re.compile(r"<<[^<>\n]{0,200}>>")
# A model that was not told to stop goes on with the next question of its few-shot prompt.
_RUNAWAY: Final = re.compile(r"\n[ \t]*(?:Question|Q|Human|User|Problem|問題|问题|質問|Frage|Pregunta)\s?\d{0,3}\s?[:：]|\n\[PYTHON\]")

_FIELD: Final = re.compile(
    r"""(["'])(?:(?:final|correct|your)[_ ]?)?(?:answer|result|solution|prediction|答え|回答|答案|réponse|reponse|respuesta|antwort)\1\s*:\s*"""
    r"""(?:"((?:[^"\\]|\\.)*+)"?|'((?:[^'\\]|\\.)*+)'?|(\[[^\]\n]*\]|[^\s",}{][^,}\n]*))""",
    re.IGNORECASE | re.DOTALL,
)
_TAG: Final = re.compile(r"(?:<answer>|\[ANSWER\])(.*?)(?:</answer>|\[/ANSWER\]|\Z)", re.IGNORECASE | re.DOTALL)
_HASH: Final = re.compile(r"^\s{0,3}####[ \t]*([^\n]*)", re.MULTILINE)
_BOXED: Final = re.compile(r"\\(?:boxed|fbox)\s?\{")
_EMPHASIS: Final = r"[*_`\s]{0,6}"
# How each alternative begins is known to phrase_heads, which says where to try it.
_PHRASES: Final = re.compile(
    rf"""
    (?:(?:\banswer|\b(?:final|correct|right|best|my|closest)\s(?:choice|option|result))\b(?:[ \t][^\n.:=!?]{{0,60}}?)?{_EMPHASIS}(?:\b(?:is|are|would\ be|should\ be|must\ be|equals|was)\b|[:：=→])
    |^\W{{0,6}}(?:final|overall|end)\ (?:result|solution|total|count|value|number){_EMPHASIS}[:：]
    |(?:答え|答|正解|正答|解答|回答|結論|答案|正确选项|正確選項|正确的选项|本题选|應選|应选)(?:[^\n。.:：、，,はが是为為]{{0,12}}?){_EMPHASIS}(?:は|が|是|为|為|应为|應為|選|选|[:：=＝→])
    |\br[ée]ponse\b(?:[ \t][^\n.:]{{0,40}}?)?{_EMPHASIS}(?:\best\b|[:：])
    |\b(?:antwort|lösung|ergebnis)\b(?:[ \t][^\n.:]{{0,40}}?)?{_EMPHASIS}(?:\b(?:ist|lautet|wäre|beträgt)\b|[:：])
    |\brespuesta\b(?:[ \t][^\n.:]{{0,40}}?)?{_EMPHASIS}(?:\b(?:es|sería)\b|[:：])
    |\b(?:resposta|risposta)\b(?:[ \t][^\n.:]{{0,40}}?)?{_EMPHASIS}(?:\b(?:é|è)|[:：])
    |\bjibu\b(?:[ \t][^\n.:]{{0,40}}?)?{_EMPHASIS}(?:\bni\b|[:：])
    |\bответ\b{_EMPHASIS}(?:[:：]|—|-)
    |(?:정답|답)\s?(?:은|는|[:：])
    )
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
# "the answer is not 5", "is the answer is correct": no statement of an answer.
_NO_STATEMENT: Final = re.compile(
    r"^\W*(?:not\b|n't\b|correct\b\W*$|incorrect|wrong|clear\b|obtained|found by|given by|determined|provided|above|in the|based on|unclear\W*\Z)",
    re.IGNORECASE,
)
_REVISION: Final = re.compile(
    r"(?:\A|[\n.!?—–(…:]|\.\.)[\s*_]{0,4}(?:oh,? |but |hmm,? |no,? )?"
    r"(?:wait|actually|correction|scratch that|let me re|i made (?:a|an) (?:mistake|error)|on second thought|sorry|"
    r"moment mal|korrektur|en fait|espera|corrección|いや、|訂正|やっぱり|間違え|不对|不對|更正|等等)",
    re.IGNORECASE,
)
# "Let me know if you need more" says nothing about the answer and would hide the last sentence.
_PLEASANTRY: Final = re.compile(
    r"\s+(?:I hope (?:this|that)|Hope (?:this|that)|Let me know|Please let me know|Feel free|If you (?:have|need|would)|Is there anything else)\b[^\n]*\Z"
)
_PLEASANT_WORDS: Final = ("hope", "Hope", "let me know", "Let me know", "Feel free", "If you", "Is there")
_MERELY_CHECKED: Final = re.compile(r"\b(?:check|verify|double-check|confirm)(?:ing)?\s(?:the|our|my|your|this|that)?\s*\Z", re.IGNORECASE)
_MARKUP: Final = re.compile(r"(?<!\d)\*\*|\*\*(?!\d)|__|`+|^\s{0,3}#{1,6}\s+|^\s{0,3}>\s?", re.MULTILINE)
_LATEX_IN_JSON: Final = re.compile(
    r"\\(?=(?:text|times|tfrac|theta|neq|frac|boxed|bar|beta|begin|right|rightarrow|dfrac|sqrt|pi|cdot|left|circ|pm|[(\[$%{,!]))"
)
# The mark first, so that it alone is searched for; what stands before it is looked at from behind it.
_SENTENCE_END: Final = re.compile(
    r"[.!?。！？](?:(?<=[.!?])(?<=[\w)\]}\"'”’%$°*].)(?<!\b[A-Za-z].)(?<!\b[A-Za-z][a-z].)(?=\s+[^\W\d_a-z]|\s*$|\s+[^\w\s])|(?<=[。！？])|(?<=[.!])(?=\*\*))"
)


def tidy(text: str) -> str:
    """Cut a completion to what may hold its answer: the end, without control tokens and reasoning in tags."""
    end = without_reasoning(text)[-MAX_CHARS:]
    return _remembered_tidy(end) if len(end) <= _MAX_REMEMBERED_CHARS else _tidy(end)


def _tidy(end: str) -> str:
    text = _CALCULATOR.sub("", _CONTROL_TOKENS.sub("", end)) if "<" in end else end
    text = _without_runaway(text).strip()
    last_line = text[text.rfind("\n") + 1 :]
    return _PLEASANTRY.sub("", text) if any(words in last_line for words in _PLEASANT_WORDS) else text


def without_reasoning(text: str) -> str:
    """Remove what stands in tags of reasoning."""
    return _UNOPENED_REASONING.sub("", _REASONING.sub("", text)) if "<" in text else text


def last_statement(text: str) -> Statement | None:
    """Find the statement that counts in a text that :func:`tidy` has cut; None when there is none."""
    return _remembered_statement(text) if len(text) <= _MAX_REMEMBERED_CHARS else _last_statement(text)


def _last_statement(text: str) -> Statement | None:
    found = all_statements(text)
    if not found:
        return None
    last = found[-1]
    if last.kind in {"phrase", "hash", "boxed"}:
        revision = _REVISION.search(text, last.start)
        if revision is not None and not text.lstrip().startswith("{"):
            return Statement("revision", revision.start(), text[revision.end() :].strip())
    return last


# Several graders read one completion, and a task's completions are read by one after the other.
_remembered_tidy = lru_cache(maxsize=_N_REMEMBERED)(_tidy)
_remembered_statement = lru_cache(maxsize=_N_REMEMBERED)(_last_statement)


def only_field(text: str) -> str | None:
    """Give the one scalar of an output that is a JSON object with a single field; None for any other output."""
    objects = find_objects(text) if text.startswith(("{", "```")) else []
    values = list(objects[0][0].values()) if len(objects) == 1 else []
    if len(values) != 1:
        return None
    return decimal_text(values[0]) if isinstance(values[0], Decimal) else values[0] if isinstance(values[0], str) else None


def is_revised(text: str) -> bool:
    """Say whether a text holds words that withdraw what was said before."""
    return _REVISION.search(text) is not None


def first_sentence(text: str) -> str:
    """Cut a statement after its first sentence; ``St. Louis`` and ``3.5`` are not cut."""
    text = text.strip()
    end = _SENTENCE_END.search(text)
    return text[: end.start()].strip() if end else text


def last_sentence(text: str) -> str:
    """Give the last sentence of the last line that holds more than markup."""
    line = next((line.strip() for line in reversed(text.splitlines()) if re.search(r"\w", line)), "")
    ends = [end.end() for end in _SENTENCE_END.finditer(line) if re.search(r"\w", line[end.end() :])]
    return line[ends[-1] :].strip() if ends else line


def last_bold(text: str) -> str | None:
    """Give the last passage in bold of the last two lines, None when there is none."""
    if "**" not in text:
        return None
    lines = [line for line in text.splitlines() if line.strip()][-2:]
    passages = re.findall(r"\*\*([^*\n]{1,200})\*\*", "\n".join(lines))
    return passages[-1].strip() if passages else None


def without_markup(text: str) -> str:
    """Remove marks of bold, code, headings and quotes."""
    return _MARKUP.sub("", text).strip()


def _without_runaway(text: str) -> str:
    runaway = _RUNAWAY.search(text) if "\n" in text else None
    if runaway is None or not all_statements(text[: runaway.start()]):
        return text
    return text[: runaway.start()]


def all_statements(text: str) -> list[Statement]:
    """Find every statement of an answer in a text that :func:`tidy` has cut, in their order."""
    fields = (
        [Statement("field", match.start(), _field_text(match)) for match in _FIELD.finditer(text)] if '"' in text or "'" in text else []
    )
    found = [*fields, *_boxed(text), *_tagged(text), *_hashes(text)]
    if not (fields or text.startswith(("{", "```json", "[{"))):
        found += [statement for match in find_phrases(_PHRASES, text) if (statement := _phrase(text, match)) is not None]
    elif fields:
        # A box inside the reasoning of a JSON object is not its answer; one after the object is.
        found = [statement for statement in found if statement.kind == "field" or statement.start > text.rfind("}")] or fields
    return sorted(found, key=lambda statement: statement.start)


def _field_text(match: re.Match[str]) -> str:
    quoted = match[2] if match[2] is not None else match[3]
    if quoted is not None:
        return unescape(_LATEX_IN_JSON.sub(r"\\\\", quoted.replace("\\\\", "\\"))).strip()
    return "" if match[4].strip() in {"null", "None"} else match[4].strip()


def _boxed(text: str) -> list[Statement]:
    found: list[Statement] = []
    for opening in list(_BOXED.finditer(text) if "\\" in text else ())[-_MAX_BOXES:]:
        depth, at = 1, opening.end()
        limit = min(len(text), at + 500)
        while at < limit and depth:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        if not depth:
            found.append(Statement("boxed", opening.start(), text[opening.end() : at - 1].strip()))
    return found


def _tagged(text: str) -> list[Statement]:
    return [Statement("tag", match.start(), match[1].strip()) for match in _TAG.finditer(text)] if "<" in text or "[" in text else []


def _hashes(text: str) -> list[Statement]:
    # "#### Answer" is a heading; "#### 18" is the mark of GSM8K.
    found = _HASH.finditer(text) if "####" in text else ()
    return [Statement("hash", match.start(), match[1].strip()) for match in found if re.search(r"\d", match[1])]


def _phrase(text: str, match: re.Match[str]) -> Statement | None:
    if _MERELY_CHECKED.search(text, max(0, match.start() - 30), match.start()):
        return None
    rest = text[match.end() : match.end() + _MAX_STATED_CHARS]
    line = rest.lstrip("*_:： \t").split("\n", 1)[0]
    if not re.search(r"[^\W_]", line):
        line = next((later for later in rest.split("\n")[1:] if re.search(r"[^\W_]", later)), "")
    # Announced and not given, at a cut-off end: what was stated before stands.
    if not line or _NO_STATEMENT.match(line):
        return None
    return Statement("phrase", match.end(), line.strip())
