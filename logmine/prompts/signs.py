"""What a conversation says of its own answers: failed tools, corrections, questions once more, thumbs. It ranks, and proves nothing.

An answer is followed by the results of the tools that it called, or by the user's next turn, and both are in the logs: the history of
every later call of the conversation. Each is a sign of the prompt that ends right before that answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Message = dict[str, Any]

_ERROR_TEXT = re.compile(
    r"\W*(?:traceback \(most recent call last\)|(?:[a-z_]\w*\.)*\w*(?:error|exception)(?:\s*[:(]|\W*\Z)|(?:failed|failure|fehler|erreur)\s*:)",
    re.IGNORECASE,
)
_ERROR_KEYS = ("error", "errors", "exception", "errorMessage", "errorType", "is_error", "isError")
_FAILED = ("error", "failed", "failure")

#: How users say that an answer is wrong, by language. They must stand near the beginning of the turn.
CORRECTIONS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "that's wrong", "that is wrong", "this is wrong", "you're wrong", "you are wrong", "wrong answer", "that's not right",
        "that is not right", "that's incorrect", "that is incorrect", "not correct", "you made a mistake", "not what i asked",
        "not what i meant", "try again", "are you sure",
    ),
    "ja": ("違います", "間違っ", "間違い", "正しくない", "もう一度", "やり直し", "そうではな", "そうじゃな"),
    "fr": ("c'est faux", "ce n'est pas correct", "ce n'est pas ça", "ce n'est pas ce que", "tu te trompes", "vous vous trompez", "réessaie", "réessayez"),
    "de": ("das ist falsch", "das stimmt nicht", "das ist nicht richtig", "nicht was ich", "versuch es noch", "versuchen sie es noch"),
    "es": ("eso es incorrecto", "no es correcto", "eso está mal", "no es lo que", "te equivocas", "inténtalo de nuevo", "inténtelo de nuevo"),
}  # fmt: skip
_CORRECTION = re.compile("|".join(re.escape(phrase) for phrases in CORRECTIONS.values() for phrase in phrases))
_CORRECTS_WITHIN = 60  # characters from the beginning of the turn: further in, it is told of something else

_RATING_KEY = re.compile("thumb|rating|feedback|reaction|stars?(?![a-z])", re.IGNORECASE)
RATED_DOWN = frozenset(
    ("down", "thumbs_down", "thumbsdown", "thumbs down", "negative", "bad", "dislike", "disliked", "unhelpful", "👎", "-1")
)
RATED_UP = frozenset(("up", "thumbs_up", "thumbsup", "thumbs up", "positive", "good", "like", "liked", "helpful", "👍", "+1"))
"""Values of ratings that mean one thing on every scale; a bare number of points does not."""

_OF_A_SCALE = re.compile(r"(?P<points>\d{1,3}(?:\.\d{1,3})?)\s*(?:(?:/|out of|of)\s*(?P<scale>\d{1,3})|stars?)")
_NUMBER = re.compile(r"\d(?:\.\d+)?")
_STAR_KEY = re.compile("stars?(?![a-z])", re.IGNORECASE)
_N_STARS = 5
_LOW, _HIGH = 0.4, 0.8  # shares of a scale: two stars of five at most, four at least


def count_signs(calls: pl.DataFrame) -> pl.DataFrame:
    """Return the signs against and for the answers of each prompt that has any.

    Parameters
    ----------
    calls
        All :data:`logmine.schemas.CALLS` of any number of whole conversations, each once.

    Returns
    -------
    DataFrame
        ``prompt_id``, ``signs_against`` (tool results that report an error, user turns that correct or ask again, ratings) and
        ``signs_for`` (ratings).
    """
    against, praised = _ratings(calls)
    against.update(prompt for prompt, _ in _said_later(calls))
    rows = [(prompt, against[prompt], praised[prompt]) for prompt in sorted(against.keys() | praised.keys())]
    return pl.DataFrame(rows, schema={"prompt_id": pl.String, "signs_against": pl.Int64, "signs_for": pl.Int64}, orient="row")


def _ratings(calls: pl.DataFrame) -> tuple[Counter[str], Counter[str]]:
    """Count the calls of each prompt that carry a rating down, and up."""
    down, up = Counter[str](), Counter[str]()
    for prompt, metadata in calls.filter(pl.col("metadata").list.len() > 0).select("prompt_id", "metadata").iter_rows():
        ratings = {rating_of(pair["key"], str(pair["value"] or "")) for pair in metadata if _RATING_KEY.search(pair["key"] or "")}
        down[prompt] += "down" in ratings
        up[prompt] += "up" in ratings
    return +down, +up


def rating_of(key: str, value: str) -> str | None:
    """Return whether a rating is ``up`` or ``down``: a word for it, or points of a scale that is told; None for what lies between or is unknown.

    Examples
    --------
    >>> rating_of("rating", "2/5"), rating_of("feedback", "5 stars"), rating_of("star_rating", "1")
    ('down', 'up', 'down')
    >>> rating_of("rating", "3 of 5"), rating_of("rating", "1")
    (None, None)
    """
    said = value.strip().lower()
    if said in RATED_DOWN or said in RATED_UP:
        return "down" if said in RATED_DOWN else "up"
    found = _OF_A_SCALE.fullmatch(f"{said} stars" if _STAR_KEY.search(key) and _NUMBER.fullmatch(said) else said)
    scale = int(found["scale"] or _N_STARS) if found else 0
    if found is None or scale <= 2 or float(found["points"]) > scale:
        return None
    share = float(found["points"]) / scale
    return "down" if share <= _LOW else "up" if share >= _HIGH else None


def _said_later(calls: pl.DataFrame) -> set[tuple[str, str]]:
    """Return the prompt and the sign that followed its answer, named by the id of the history up to it, so that it counts once."""
    asked = calls.filter(pl.col("prefix_ids").list.len() > 2).unique("prompt_id").select("prefix_ids", "messages")
    found: set[tuple[str, str]] = set()
    for prefix_ids, messages in asked.iter_rows():
        found.update((prefix_ids[at], prefix_ids[sign]) for at, sign in _signs(msgspec.json.decode(messages)))
    return found


def _signs(messages: Sequence[Message]) -> Iterator[tuple[int, int]]:
    """Yield where the prompt of an answer ends, and where a sign against that answer stands."""
    asked_at, asked = -1, ""
    for index, message in enumerate(messages):
        match message["role"]:
            case "assistant":
                asked_at = index - 1
            case "tool" if asked_at >= 0 and reports_error(message["content"]):
                yield asked_at, index
            case "user":
                if asked_at >= 0 and disputes(message["content"], asked):
                    yield asked_at, index
                asked = message["content"]
            case _:
                pass


def reports_error(result: str) -> bool:
    """Return whether a tool's result says that the call failed: in a field of its JSON, or as an error's or exception's text.

    Examples
    --------
    >>> reports_error('{"status": "error"}'), reports_error("ValueError: no such flight"), reports_error("Error rates fell.")
    (True, True, False)
    """
    if result.lstrip().startswith("{"):
        try:
            value = msgspec.json.decode(result)
        except msgspec.DecodeError:  # text that begins with a brace
            return False
        return _is_failure(value)
    return _ERROR_TEXT.match(result) is not None


def _is_failure(value: Mapping[str, Any]) -> bool:
    codes = (value.get("status"), value.get("statusCode"), value.get("status_code"))
    is_refused = any(isinstance(code, int) and not isinstance(code, bool) and 400 <= code < 600 for code in codes)
    has_failed = any(isinstance(code, str) and code.lower() in _FAILED for code in codes)
    return is_refused or has_failed or value.get("success") is False or any(value.get(key) for key in _ERROR_KEYS)


def disputes(turn: str, asked: str) -> bool:
    """Return whether a user's turn corrects the answer before it, or asks again what the turn before that answer ``asked``.

    Examples
    --------
    >>> disputes("That's wrong. Look at the date.", "When does it leave?"), disputes("Thanks! And on Monday?", "When does it leave?")
    (True, False)
    >>> disputes("Hello? When does it leave?", "When does it leave?")
    True
    """
    opening = turn[:_CORRECTS_WITHIN].lower().replace("\u2019", "'")
    return _CORRECTION.search(opening) is not None or _asks_again(turn, asked)


def _asks_again(turn: str, asked: str) -> bool:
    before, again = _words(asked), _words(turn)
    return (before.count(" ") >= 2 or len(before) >= 8) and f" {before} " in f" {again} "


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))
