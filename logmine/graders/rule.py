"""Asks a function that the user wrote: what only its author knows to be right.

The function is called with the completion's text, its tool calls, the reference answer and what the user's settings give it beside the text of
the prompt (``{"prompt": …, **options}``), and returns True, False, a score in [0, 1] or None for "cannot say". What it raises, and a call
beyond :data:`MAX_SECONDS`, is an abstention with its reason; what it prints is lost. It runs in this process, without a limit of memory beside that
of the process: it is its user's own code, which may keep what it loads (a word list, a model), and the same call must serve the reward Lambda,
whose memory its settings bound. What it cannot allocate is a ``MemoryError``, an abstention like others.

The spec names the function by module, name and a digest of the source, ``{"rule": "rules:check@0123456789ab"}``. No code comes with a reference:
the source is installed by who runs the graders (:func:`install`), or lies in the package ``rules`` beside this file, as in the reward
Lambda. A reference is proved by its own answer, or by ``example``, a completion that the rule accepts.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import importlib
import io
import json
import re
import signal
import sys
import threading
import types
from typing import TYPE_CHECKING, Any, Final

from .judgement import Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_SECONDS: Final = 2.0
DIGEST_CHARS: Final = 12
FOLDER: Final = "rules"
NOT_HERE: Final = "the rule's function is not here"
_NAME: Final = re.compile(r"([\w.]+):(\w+)@([0-9a-f]{12})")
_SOURCES: Final[dict[str, str]] = {}  # by digest
_LOADED: Final[dict[str, types.ModuleType]] = {}


class _TimeUpError(BaseException):
    """Not an Exception, so that a rule that catches everything it knows does not catch this."""


def install(source: str) -> str:
    """Make a rule's source known to this process, and return its digest."""
    digest = hashlib.blake2b(source.encode(), digest_size=DIGEST_CHARS // 2).hexdigest()
    _SOURCES[digest] = source
    return digest


def bundled_sources(specs: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """Return the files that the rules of ``specs`` need beside this one, by path; empty for none."""
    digests = {found[3] for spec in specs if (found := _NAME.fullmatch(str(spec.get("rule"))))}
    files = {f"{FOLDER}/r{digest}.py": _SOURCES[digest].encode() for digest in sorted(digests & _SOURCES.keys())}
    return {f"{FOLDER}/__init__.py": b"", **files} if files else {}


def check(spec: Mapping[str, Any]) -> None:
    """Require the rule's name, and options, a prompt and an example of their types."""
    if not isinstance(spec.get("rule"), str) or not _NAME.fullmatch(spec["rule"]):
        raise ValueError('rule: spec["rule"] must be "module:function@digest"')
    for name, kind in (("options", dict), ("prompt", str), ("example", dict)):
        if not isinstance(spec.get(name, kind()), kind):
            raise ValueError(f'rule: spec["{name}"] must be {"an object" if kind is dict else "text"}')  # noqa: TRY004 - every fault of a spec is one error


def extract(text: str | None, tool_calls: Sequence[Mapping[str, Any]], spec: Mapping[str, Any]) -> str | None:
    """Return the whole completion as JSON text: only the rule knows what is an answer in it."""
    del spec
    if not (text or "").strip() and not tool_calls:
        return None
    return json.dumps({"text": text or "", "tool_calls": list(tool_calls)}, sort_keys=True, ensure_ascii=False)


def canonical(answer: str, spec: Mapping[str, Any]) -> str | None:
    """Accept any text, and none: a rule may need no reference answer."""
    del spec
    return answer


def agrees(found: str, wanted: str, spec: Mapping[str, Any]) -> Judgement:
    """Ask the rule; the answer told is what it said."""
    completion = json.loads(found)
    given = {"prompt": spec.get("prompt", ""), **copy.deepcopy(spec.get("options", {}))}
    try:
        function = _function(spec["rule"])
        if function is None:
            return _abstention(NOT_HERE)
        said = _within_time(function, (completion["text"], completion["tool_calls"], wanted, given))
    except _TimeUpError:
        return _abstention(f"more than {MAX_SECONDS:g} s")
    except Exception as error:  # noqa: BLE001 - whatever a user's function raises is an abstention, counted by its reason
        return _abstention(f"raised {type(error).__name__}")
    if said is None:
        return _abstention("the rule cannot say")
    if not isinstance(said, bool | int | float) or not 0 <= said <= 1:
        return _abstention(f"returned {type(said).__name__}, not True, False, None or a score in [0, 1]")
    return Judgement("correct" if said == 1 else "incorrect", f"{float(said):g}", float(said))


def render(answer: str, spec: Mapping[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Return the example that the rule accepts; without one, the answer itself."""
    example = spec.get("example")
    return (str(example.get("text") or ""), list(example.get("tool_calls") or [])) if example else (answer, [])


def _abstention(reason: str) -> Judgement:
    return Judgement("abstain", None, None, reason)


def _function(rule: str) -> Callable[..., Any] | None:
    """Return the function, None where its source is not here or lacks it."""
    found = _NAME.fullmatch(rule)
    if found is None:
        return None
    module, name, digest = found.groups()
    if digest not in _LOADED:
        loaded = _load(module, digest)
        if loaded is None:
            return None
        _LOADED[digest] = loaded
    return getattr(_LOADED[digest], name, None)


def _load(module: str, digest: str) -> types.ModuleType | None:
    if digest not in _SOURCES:
        try:
            return importlib.import_module(f".{FOLDER}.r{digest}", __package__)
        except ModuleNotFoundError:
            return None
    loaded = types.ModuleType(f"logmine_rule_{digest}")
    sys.modules[loaded.__name__] = loaded  # dataclasses look their module up
    exec(compile(_SOURCES[digest], f"{module.rsplit('.', 1)[-1]}.py", "exec"), loaded.__dict__)  # noqa: S102 - the user's own, named in the settings
    return loaded


def _within_time(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401 - whatever the rule returns
    """Call ``function``; an alarm interrupts it in the main thread, elsewhere it is left behind when its time is up."""
    with contextlib.redirect_stdout(io.StringIO()):
        if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
            return _with_alarm(function, arguments)
        return _in_a_thread(function, arguments)


def _with_alarm(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401
    def ring(*_: object) -> None:
        raise _TimeUpError

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, MAX_SECONDS)
        try:
            return function(*arguments)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)


def _in_a_thread(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:  # noqa: ANN401
    said: list[Any] = []
    raised: list[Exception] = []

    def call() -> None:
        try:
            said.append(function(*arguments))
        except Exception as error:  # noqa: BLE001 - raised again where the rule was asked
            raised.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(MAX_SECONDS)
    if raised:
        raise raised[0]
    if not said:
        raise _TimeUpError
    return said[0]
