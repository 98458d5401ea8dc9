"""Check a dataset file before it is uploaded: ``logmine check FILE``.

Bedrock tells of a malformed file only once a job has started, and of some faults never: prompts that are too long are
left out in silence. A file is read line by line; what stays in memory is an id and two digests a row.
"""

from __future__ import annotations

import heapq
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from logmine import schemas
from logmine.errors import SourceError
from logmine.targets.rules import Level, findings, is_for_judge, is_own_form

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Records that Bedrock accepts in a file: docs.aws.amazon.com/bedrock/latest/userguide/rft-prepare-data.html.
MIN_ROWS: Final = 100
MAX_ROWS: Final = 20_000
#: Largest request of a synchronous call: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
LAMBDA_PAYLOAD_BYTES: Final = 6 * 1024 * 1024
#: Rows in a call, ``lambda_batch_size`` of AWS's recipes.
LAMBDA_BATCH_ROWS: Final = 128
#: Problems of one kind that are listed; the rest are counted.
MAX_LISTED: Final = 10
#: Levels of a row; deeper ones are refused, as trainers' readers do, before they cost anything.
MAX_NESTING: Final = 100
#: Paths whose type is remembered, so that a file with ever new keys does not fill the memory.
MAX_PATHS: Final = 10_000
#: ``maxPromptLength`` of AWS's recipe of Nova 2 Lite: the longest prompt that is not dropped in silence where the job says nothing else.
MAX_PROMPT_TOKENS: Final = 8192
BYTES_PER_TOKEN: Final = 4  # of UTF-8, about; no tokenizer of these models is public
#: What TRL passes to a reward function by name beside the columns, or reads for itself: docs of GRPOTrainer, TRL 1.16.
TRL_NAMES: Final = frozenset(
    {
        *("prompt", "prompts", "completion", "completions", "completion_ids", "trainer_state", "log_extra", "log_metric"),
        *("environment", "environments", "image", "images", "chat_template_kwargs"),
    }
)
UNIFORM_KEYS: Final = ("id", "reference_answer", "tools")
LINE_NUMBER: Final = re.compile(r"(?<=\bline )\d+")
#: What a path may show of a foreign key.
ODD_CHARACTERS: Final = re.compile(r"[^\w.\[\]$-]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that a trainer refuses (error) or may stumble over (warning)."""

    line: int  # from 1; 0: the file as a whole
    where: str  # path in the row
    message: str  # never holds text of a row
    level: Level


@dataclass(slots=True)
class _Seen:
    """What is known of the lines read so far."""

    n_rows: int = 0
    present: dict[str, bool] = field(default_factory=dict)  # of the first row
    types: dict[str, tuple[str, int]] = field(default_factory=dict)  # type of a path and the line where it was found
    id_lines: dict[str, int] = field(default_factory=dict)
    prompt_lines: dict[str, tuple[str, int]] = field(default_factory=dict)  # digest of the reference, by digest of the prompt
    for_judge: bool | None = None  # of the first row with a reference answer
    own_form: bool | None = None  # of the first row with a reference answer: whether it is in the form of logmine
    largest_bytes: list[int] = field(default_factory=list)  # a heap of the sizes of a full batch


def check_file(path: Path) -> list[Problem]:
    """Check a JSONL file against what Bedrock and SageMaker document, and what their readers do.

    Parameters
    ----------
    path
        ``train.jsonl``, ``eval.jsonl`` or a file made elsewhere. A file whose name begins with ``eval`` may have fewer than 100
        rows: that is a warning.

    Returns
    -------
    list of Problem
        By line; empty for a file without problems. At most ten problems of a kind are listed, and a last one counts the rest.

    Raises
    ------
    SourceError
        If there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            problems = list(_listed(_file_problems(file, is_eval=path.name.startswith("eval"))))
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read: {error.strerror}. Give the path of a JSONL file, such as train.jsonl of a build."
        ) from error
    return sorted(problems, key=lambda problem: problem.line)


def _listed(problems: Iterator[Problem]) -> Iterator[Problem]:
    counts: Counter[tuple[str, Level]] = Counter()
    for problem in problems:
        kind = (LINE_NUMBER.sub("…", problem.message), problem.level)
        counts[kind] += 1
        if counts[kind] <= MAX_LISTED:
            yield problem
    for (message, level), count in counts.items():
        if count > MAX_LISTED:
            yield Problem(0, "", f"{count - MAX_LISTED} more times: {message}", level)


def _file_problems(file: IO[bytes], *, is_eval: bool) -> Iterator[Problem]:
    seen = _Seen()
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            yield Problem(number, "", "a blank line: some readers skip it, others fail", "warning")
            continue
        seen.n_rows += 1
        yield from _line_problems(number, line, seen)
    yield from _whole_file_problems(seen, is_eval=is_eval)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines; one that no Lambda could take is cut one byte past the limit, to bound memory."""
    while line := file.readline(LAMBDA_PAYLOAD_BYTES + 1):
        piece = line
        while len(piece) > LAMBDA_PAYLOAD_BYTES and not piece.endswith(b"\n"):
            piece = file.readline(LAMBDA_PAYLOAD_BYTES + 1)
        yield line


def _line_problems(number: int, line: bytes, seen: _Seen) -> Iterator[Problem]:
    if len(line) > LAMBDA_PAYLOAD_BYTES:
        yield Problem(number, "", "larger than the 6 MB that a Lambda function takes: no reward could be computed", "error")
        return
    _keep_largest(seen.largest_bytes, len(line))
    if line.startswith(b"\xef\xbb\xbf"):
        yield Problem(number, "", "starts with a byte order mark: save the file as UTF-8 without one", "error")
        line = line[3:]
    row = _decoded(line)
    if row is None:
        yield Problem(number, "", _unreadable(line), "error")
        return
    if _repeats_keys(line):
        yield Problem(number, "", "an object with one key twice: readers keep either value", "error")
    for where, message, level in findings(row):
        yield Problem(number, where, message, level)
    yield from _trainer_problems(number, row)
    yield from _presence_problems(number, row, seen)
    yield from _mixture_problems(number, row, seen)
    yield from _type_problems(number, row, seen)
    yield from _repeat_problems(number, row, seen)


def _keep_largest(sizes: list[int], size_bytes: int) -> None:
    if len(sizes) < LAMBDA_BATCH_ROWS:
        heapq.heappush(sizes, size_bytes)
    else:
        heapq.heappushpop(sizes, size_bytes)


def _decoded(line: bytes) -> dict[str, Any] | None:
    """Return the object of a line; msgspec refuses what strict readers refuse: NaN, lone surrogates, bytes beyond UTF-8."""
    try:
        row = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return row if _nested_within(row, MAX_NESTING) else None


def _unreadable(line: bytes) -> str:
    if line.startswith((b"\x1f\x8b", b"PAR1")):
        return "compressed, or Parquet: trainers read plain JSONL"
    if line.lstrip().startswith(b"["):
        return "a JSON array: write each row as an object on a line of its own"
    return f"must be one JSON object in UTF-8 that ends where the line ends, at most {MAX_NESTING} levels deep"


def _repeats_keys(line: bytes) -> bool:
    repeated = False

    def noted(pairs: list[tuple[str, Any]]) -> None:
        nonlocal repeated
        repeated = repeated or len({key for key, _ in pairs}) < len(pairs)

    json.loads(line, object_pairs_hook=noted)
    return repeated


def _nested_within(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels > 0 and all(_nested_within(one, levels - 1) for one in inner)


def _trainer_problems(number: int, row: dict[str, Any]) -> Iterator[Problem]:
    prompt_bytes = sum(len(json.dumps(row.get(key), ensure_ascii=False).encode()) for key in ("messages", "tools") if key in row)
    if prompt_bytes > MAX_PROMPT_TOKENS * BYTES_PER_TOKEN:
        message = f"longer than about {MAX_PROMPT_TOKENS} tokens: trainers drop it in silence unless maxPromptLength of the job is raised"
        yield Problem(number, "messages", message, "warning")
    for key in sorted(TRL_NAMES & row.keys()):
        yield Problem(number, key, "a name that TRL keeps for itself: call the key something else", "warning")


def _presence_problems(number: int, row: dict[str, Any], seen: _Seen) -> Iterator[Problem]:
    for key in UNIFORM_KEYS:
        expected = seen.present.setdefault(key, key in row)
        if expected != (key in row):
            yield Problem(
                number, key, f"{key} must be in every row of a file or in none; the first row {'has' if expected else 'lacks'} it", "error"
            )


def _mixture_problems(number: int, row: dict[str, Any], seen: _Seen) -> Iterator[Problem]:
    """Tell rows for a judge from checked ones, and logmine's own from others: a file of both has no reward function."""
    if "reference_answer" not in row:
        return
    for_judge = is_for_judge(row["reference_answer"])
    if seen.for_judge is None:
        seen.for_judge = for_judge
    elif for_judge != seen.for_judge:
        yield Problem(number, "reference_answer", "rows for a judge and checked rows in one file: no reward function takes both", "error")
    own_form = is_own_form(row["reference_answer"])
    if seen.own_form is None:
        seen.own_form = own_form
    elif own_form != seen.own_form:
        message = "some rows hold the strings grader, answer and spec and nothing else, others do not: no reward function takes both"
        yield Problem(number, "reference_answer", message, "error")


def _type_problems(number: int, row: dict[str, Any], seen: _Seen) -> Iterator[Problem]:
    """Compare the type of every path with the first row that has it: readers based on Arrow refuse a file that mixes them."""
    for where, kind in dict.fromkeys(_kinds("", row)):
        expected, line = seen.types.get(where, (kind, number))
        if len(seen.types) < MAX_PATHS:
            seen.types.setdefault(where, (kind, number))
        if kind != expected:
            level: Level = "error" if where in UNIFORM_KEYS else "warning"
            yield Problem(
                number,
                ODD_CHARACTERS.sub("…", where)[:100],
                f"{kind} here, {expected} in line {line}: readers based on Arrow need one type",
                level,
            )


def _kinds(where: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield where, "an object"
        for key, inner in value.items():
            yield from _kinds(f"{where}.{key}" if where else key, inner)
    elif isinstance(value, list):
        yield where, "a list"
        for inner in value:
            yield from _kinds(f"{where}[]", inner)
    elif value is not None:
        yield where, "a string" if isinstance(value, str) else "true or false" if isinstance(value, bool) else "a number"


def _repeat_problems(number: int, row: dict[str, Any], seen: _Seen) -> Iterator[Problem]:
    name = row.get("id")
    if isinstance(name, str) and seen.id_lines.setdefault(name, number) != number:
        yield Problem(number, "id", f"the same id as in line {seen.id_lines[name]}", "error")
    prompt, reference = _digest(row.get("messages"), row.get("tools")), _digest(row.get("reference_answer"))
    first_reference, line = seen.prompt_lines.setdefault(prompt, (reference, number))
    if line != number and first_reference != reference:
        yield Problem(number, "reference_answer", f"the prompt of line {line} with another reference answer", "error")
    elif line != number:
        yield Problem(number, "messages", f"the prompt and the reference answer of line {line} once more", "warning")


def _digest(*values: object) -> str:
    return schemas.digest(json.dumps(value, sort_keys=True) for value in values)


def _whole_file_problems(seen: _Seen, *, is_eval: bool) -> Iterator[Problem]:
    if seen.n_rows < MIN_ROWS:
        yield Problem(0, "", f"{seen.n_rows} rows; Bedrock asks for at least {MIN_ROWS}", "warning" if is_eval else "error")
    if seen.n_rows > MAX_ROWS:
        yield Problem(0, "", f"{seen.n_rows} rows; Bedrock takes at most {MAX_ROWS}", "error")
    batch_bytes = sum(seen.largest_bytes)
    if batch_bytes > LAMBDA_PAYLOAD_BYTES:
        message = (
            f"the {LAMBDA_BATCH_ROWS} largest rows have {batch_bytes} bytes, more than the 6 MB that one call of the reward function takes"
        )
        yield Problem(0, "", f"{message}: lower lambda_batch_size, or max_prompt_tokens", "warning")
