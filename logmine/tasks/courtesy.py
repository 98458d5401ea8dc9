"""Courtesy inside a line: what is said around a question and asks nothing.

Whole lines of it are found from the data (:mod:`logmine.tasks.frames`). Within a line there is nothing to count, since the same words
stand before every other question; so the phrases are listed, and they count at the ends of a line only.
"""

from __future__ import annotations

import re
from typing import Final


def _with_a_slip(phrase: str) -> str:
    """Return a pattern of what one slip of the keyboard makes of ``phrase``: a letter too many, too few or wrong, or two swapped (Damerau 1964)."""
    cuts = [(phrase[:place], phrase[place:]) for place in range(len(phrase) + 1)]
    forms = {f"{head}[a-z ]{tail}" for head, tail in cuts} | {f"{head}{tail[1:]}" for head, tail in cuts if tail}
    forms |= {f"{head}[a-z ]{tail[1:]}" for head, tail in cuts if tail} | {
        head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if tail[1:]
    }
    return "|".join(sorted(forms, key=lambda form: (-len(form), form)))


_MISSPELLED: Final = "|".join(map(_with_a_slip, ("please", "i would like to know", "could you please", "can you please")))
_BEFORE: Final = re.compile(
    r"^(?:(?:hi|hey)(?: there| all| team| everyone)?(?=[ ,.!:])"
    r"|(?:hello|good (?:morning|afternoon|evening)|dear (?:all|team|sir or madam|assistant))(?: there| all| team| everyone)?(?=[,.!:])"
    r"|(?:please|kindly|pls|plz)\b|(?:can|could|would) you (?:please |kindly )?(?=[a-z])|i (?:would|'d|’d) like to know\b"
    r"|(?:bonjour|hallo|guten (?:tag|morgen)|hola|bitte|s'il (?:vous|te) plaît|por favor)\b"
    r"|(?:すみません|すいません|恐れ入ります|恐縮です)(?:が|けど)?|こんにちは|こんばんは|おはようございます|お世話に(?:なっております|なります)|お疲れ様です"
    r"|(?!(?:lease|please[ds])\b)(?:" + _MISSPELLED + r")(?= [a-z])"
    r"|你好|您好|请问|请)[\s,.!:;、。，！：]*",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"[\s,.!;、。，！]{0,3}(?<![^\W_])(?:please|pls|plz|thanks(?: (?:a lot|so much|in advance))?|thank you(?: (?:very much|so much|in advance))?|thx|cheers"
    r"|merci(?: (?:beaucoup|d'avance))?|s'il (?:vous|te) plaît|danke(?: (?:schön|im voraus))?|bitte|gracias|por favor)[.!?]{0,3}$"
    r"|[\s、。！]{0,3}(?:よろしく)?(?:お願い(?:いた)?します|お願い致します|ありがとうございます|谢谢|拜托了?)[。.！!？?]{0,3}$",
    re.IGNORECASE,
)
# Ways to ask in Japanese: a plain request, a polite one and a question.
_REQUEST: Final = re.compile(
    r"(?<=[てで])(?:頂けますか|いただけますか|いただけないでしょうか|もらえますか|もらえませんか|くれますか|くれませんか|下さい|くださいませんか|くださいますか|欲しいです|ほしいです)"
)
_STOP: Final = re.compile(r"[.!?。！？]+$")
_MAX_PHRASES: Final = 4  # at each end
_TAIL_CHARS: Final = 120  # in which thanks are looked for


def without_courtesy(line: str) -> str:
    """Return ``line`` without greetings, thanks and *please* at its ends, the last mark kept; ``line`` itself if nothing else is in it.

    Examples
    --------
    >>> without_courtesy("Hello, could you please name three rivers? Thanks!")
    'name three rivers?'
    >>> without_courtesy("plaese name three rivers"), without_courtesy("lease a car")
    ('name three rivers', 'lease a car')
    >>> without_courtesy("川を三つ挙げていただけますか。"), without_courtesy("thank you")
    ('川を三つ挙げてください。', 'thank you')
    """
    bare = line
    for _ in range(_MAX_PHRASES):
        bare = _BEFORE.sub("", bare, count=1)
        head, tail = bare[:-_TAIL_CHARS], bare[-_TAIL_CHARS:]
        bare = head + _AFTER.sub(_end_of, tail, count=1)
    if not any(map(str.isalnum, bare)):
        return line
    return bare if bare.isascii() else _REQUEST.sub("ください", bare)


def _end_of(found: re.Match[str]) -> str:
    """Return the mark that ends the sentence, of the one before or of this one."""
    marks = found.group().lstrip(" ,;、，")[:1]
    if marks and marks in ".!。！":
        return marks
    stop = _STOP.search(found.group())
    return stop.group() if stop and not _STOP.search(found.string[: found.start()]) else ""
