"""Phrases that ask how something is done: what stands behind them is the question.

A vector tells such a phrase from another more surely than it tells two questions apart, the more so the shorter they are; so the phrases are listed.
They ask for one thing only where they end in the thing to be done: "can I …" and "why do I …" are other questions, and stay.
"""

from __future__ import annotations

import re
from typing import Final

from logmine.similarity.words import words_of

_HOW: Final = re.compile(
    r"(?:^|(?<=[.!?:;\n]))\s*"
    r"(?:(?:can|could|would|will) (?:you|someone|somebody|anyone|anybody) (?:please |kindly )?|please |pls )?"
    r"(?:(?:tell|show|teach) (?:me|us) |explain (?:to me |to us )?|describe |(?:i|we)(?:['’]d| would) like to know |(?:i|we) (?:want|need) to know |do you know )?"
    r"(?:how (?:do|can|could) (?:i|we) |how to |in (?:what|which) way (?:do|can|could) (?:i|we) "
    r"|(?:what(?:['’]s| is| are) )?the (?:best |right |proper |correct )?(?:ways?|steps|method|procedure) to )",
    re.MULTILINE,
)
_HOW_JAPANESE: Final = re.compile(
    r"(?:(?:方法|手順|やり方)(?:を|について)(?:教えてください|教えて下さい|教えて|説明してください|知りたいです(?:が)?|知りたい)"
    r"|には、?どう(?:したら|すれば)(?:いい|良い|よい)(?:ですか|でしょうか|の(?:ですか|でしょうか)))(?=[。？?!！\s]|$)"
)
_HOW_CAN_JAPANESE: Final = re.compile(
    r"(?:^|(?<=[。！？\n]))、?どう(?:すれば|したら)、?([^。！？\n]+?)(?:こと|事)ができ(?:ますか|るでしょうか)(?=[。？?!！\s]|$)"
)


def what_is_asked(text: str) -> str:
    """Return the words of ``text`` without case and punctuation, every phrase that asks how something is done in one form.

    Examples
    --------
    >>> what_is_asked("How do I pay?") == what_is_asked("Could you please tell me the best way to pay?")
    True
    >>> what_is_asked("どうすれば椅子を直すことができますか") == what_is_asked("椅子を直す方法を教えてください。")
    True
    >>> what_is_asked("how do i pay") == what_is_asked("can i pay")
    False
    """
    folded = _HOW.sub(" how to ", text.casefold())
    folded = _HOW_CAN_JAPANESE.sub(r"\1方法", folded)
    return " ".join(words_of(_HOW_JAPANESE.sub("方法", folded)))
