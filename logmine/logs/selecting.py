"""Which records of a source are wanted: by time, model, operation, caller and requestMetadata.

Records that are not wanted stay in the books: they are invocations whose ``unusable`` is ``not_selected``, with the reason as
detail. Objects whose key says that they cannot hold a wanted record are not read at all.
"""

from __future__ import annotations

import fnmatch
import re
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import msgspec
import polars as pl

from logmine.errors import UsageError
from logmine.model_ids import same_base_model
from logmine.schemas import RUN_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from logmine.config import LogsConfig

FLUSH_SLACK: Final = timedelta(hours=1)  # a file carries the time at which it was written, about a minute after its last record
_FOLDER_HOUR: Final = re.compile(r"/(\d{4})/(\d{2})/(\d{2})/(\d{2})/[^/]*$")
_ABOVE_DATES: Final = re.compile(r"(^|/)AWSLogs/([^/]+/(BedrockModelInvocationLogs/([^/]+/)?)?)?$")
_DATED: Final = re.compile(r"(?:^|/)BedrockModelInvocationLogs/[^/]+/(\d{4})/(?:(\d\d)/(?:(\d\d)/(?:(\d\d)/)?)?)?$")
_ROLE: Final = re.compile(r":(?:assumed-role|user|role|federated-user)/([^/]+)")
_CONTENT: Final = ("messages", "tools", "completion", "reasoning", "completion_tool_calls")
_GRAMMAR: Final = (
    'It takes Bedrock\'s filter grammar: {"equals": {"app": "tutor"}}, {"notEquals": {"env": "dev"}}, '
    '{"andAll": [...]} or {"orAll": [...]} of 1 to 16 of these.'
)


Look = Literal["skip", "open", "list"]
"""Of a folder: nothing below it is wanted, some below it may be, all may be."""


class Window(NamedTuple):
    """The time between ``since`` and ``until``, either of which may be open."""

    since: datetime | None
    until: datetime | None

    def may_hold(self, first: datetime, behind: datetime) -> bool:
        """Return whether an object written from ``first`` to before ``behind`` can hold a wanted record."""
        return (self.since is None or behind + FLUSH_SLACK > self.since) and (self.until is None or first - FLUSH_SLACK < self.until)

    def look(self, folder: str) -> Look:
        """Return what to do with a folder, by the year, month, day and hour that its key, with a slash behind, ends with.

        Examples
        --------
        >>> window = Window(moment("since", "2026-10-12"), None)
        >>> [window.look(f"AWSLogs/1/BedrockModelInvocationLogs/eu-central-1/2026/{part}/") for part in ("09", "10", "11")]
        ['skip', 'open', 'list']
        """
        span = _span(folder)
        if span is None:
            return "open" if _ABOVE_DATES.search(folder) else "list"
        first, behind = span
        if not self.may_hold(first, behind):
            return "skip"
        hour = timedelta(hours=1)
        return "list" if self.may_hold(first, first + hour) and self.may_hold(behind - hour, behind) else "open"


def _span(folder: str) -> tuple[datetime, datetime] | None:
    """Return when a folder named by a date begins, and what is behind it."""
    found = _DATED.search(folder)
    if found is None:
        return None
    year, month, day, hour = (None if part is None else int(part) for part in found.groups())
    try:
        first = datetime(year or 1, month or 1, day or 1, hour or 0, tzinfo=UTC)
        if day is not None:
            return first, first + (timedelta(days=1) if hour is None else timedelta(hours=1))
        return first, datetime(first.year + (month in (None, 12)), 1 if month is None else month % 12 + 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def window_of(config: LogsConfig) -> Window | None:
    """Return the time that is wanted, None for any.

    Raises
    ------
    UsageError
        If ``since`` or ``until`` cannot be read.
    """
    window = Window(moment("since", config.since), moment("until", config.until))
    return None if window == (None, None) else window


def prune_objects(objects: pl.DataFrame, config: LogsConfig) -> pl.DataFrame:
    """Return the objects that may hold a record between ``since`` and ``until``, by the hour in their key, with an hour of slack.

    Objects whose key names no hour are kept.

    Raises
    ------
    UsageError
        If a setting of what is wanted cannot be read, ``where`` included: better now than after the first object.
    """
    if config.where is not None:
        metadata_filter(config.where)
    window = window_of(config)
    if window is None:
        return objects
    return objects.filter(pl.Series([_may_hold(name, window) for name in objects["object"]], dtype=pl.Boolean))


def _may_hold(name: str, window: Window) -> bool:
    found = _FOLDER_HOUR.search("/" + name)
    if found is None:
        return True
    try:
        hour = datetime(*map(int, found.groups()), tzinfo=UTC)  # type: ignore[misc]
        return window.may_hold(hour, hour + timedelta(hours=1))
    except (ValueError, OverflowError):
        return True


def moment(key: str, text: str | None) -> datetime | None:
    """Return the moment that a setting names, UTC where it names no zone.

    Raises
    ------
    UsageError
        If ``text`` is no ISO 8601 date or time.

    Examples
    --------
    >>> moment("since", "2026-10-12").isoformat()
    '2026-10-12T00:00:00+00:00'
    """
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--{key} {text!r}: not a date or time. Write it as 2026-10-12 or 2026-10-12T14:30, in UTC.") from error
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def selects(config: LogsConfig) -> bool:
    """Return whether any setting says which records are wanted."""
    return any((config.since, config.until, config.models, config.operations, config.identities)) or config.where is not None


def mark_unselected(invocations: pl.DataFrame, config: LogsConfig) -> pl.DataFrame:
    """Mark the rows that are not wanted with ``unusable`` = ``not_selected``; their texts are left out.

    Attempts that ``logmine rollout`` asked for are always wanted: they are newer than the logs, and carry no caller.

    Parameters
    ----------
    invocations
        Rows of :data:`logmine.schemas.INVOCATIONS`.
    config
        What is wanted: ``since`` (inclusive), ``until`` (exclusive), ``models``, ``operations``, ``identities``, ``where``.

    Raises
    ------
    UsageError
        If a setting cannot be read.
    """
    conditions = list(_conditions(invocations, config))
    if not conditions:
        return invocations
    reason = reduce(
        lambda other, pair: pl.when(~pair[1]).then(pl.lit(pair[0])).otherwise(other), reversed(conditions), pl.lit(None, pl.String)
    )
    is_rollout = pl.col("metadata").list.eval(pl.element().struct.field("key") == RUN_KEY).list.any().fill_null(value=False)
    marked = invocations.with_columns(unselected=pl.when(~is_rollout).then(reason))
    is_out = pl.col("unselected").is_not_null()
    return marked.with_columns(
        pl.when(is_out).then(pl.lit("not_selected")).otherwise("unusable").alias("unusable"),
        pl.when(is_out).then("unselected").otherwise("unusable_detail").alias("unusable_detail"),
        *(pl.when(~is_out).then(name).alias(name) for name in _CONTENT),
    ).drop("unselected")


def _conditions(invocations: pl.DataFrame, config: LogsConfig) -> Iterator[tuple[str, pl.Expr]]:
    """Yield each condition with the name of what fails where it is false."""
    since, until = moment("since", config.since), moment("until", config.until)
    if since is not None:
        yield "time", (pl.col("invoked_at") >= since).fill_null(value=False)
    if until is not None:
        yield "time", (pl.col("invoked_at") < until).fill_null(value=False)
    if config.models:
        yield "model", _member(invocations["base_model"], lambda model: any(same_base_model(model, wanted) for wanted in config.models))
    if config.operations:
        wanted = [name.casefold() for name in config.operations]
        yield "operation", pl.col("operation").str.to_lowercase().is_in(wanted).fill_null(value=False)
    if config.identities:
        yield "identity", _member(invocations["identity"], lambda arn: any(_is_caller(arn, wanted) for wanted in config.identities))
    if config.where is not None:
        yield "requestMetadata", metadata_filter(config.where)


def _member(column: pl.Series, is_wanted: Callable[[str], bool]) -> pl.Expr:
    wanted = [value for value in column.unique().drop_nulls() if is_wanted(value)]
    return pl.col(column.name).is_in(wanted).fill_null(value=False)


def _is_caller(arn: str, wanted: str) -> bool:
    role = _ROLE.search(arn)
    return fnmatch.fnmatchcase(arn, wanted) or (role is not None and fnmatch.fnmatchcase(role.group(1), wanted))


def metadata_filter(where: str) -> pl.Expr:
    """Return the condition that a filter in Bedrock's grammar sets on requestMetadata.

    Source: ``RequestMetadataFilters`` of the Amazon Bedrock API: exactly one of ``equals``, ``notEquals``, ``andAll``, ``orAll``; the
    first two map exactly one key, the others hold 1 to 16 of the first two. A record without the key is not equal.

    Raises
    ------
    UsageError
        If ``where`` is not such a filter.
    """
    try:
        read: Any = msgspec.json.decode(where)
    except msgspec.DecodeError as error:
        raise UsageError(f"--where is not JSON: {error}. {_GRAMMAR}") from error
    if not isinstance(read, dict) or len(read) != 1:
        raise UsageError(f"--where must hold exactly one condition. {_GRAMMAR}")
    ((name, value),) = read.items()
    if name in ("equals", "notEquals"):
        return _comparison(name, value)
    if name not in ("andAll", "orAll") or not isinstance(value, list) or not 1 <= len(value) <= 16:
        raise UsageError(f"--where: {name!r} is no filter, or does not hold a list of 1 to 16. {_GRAMMAR}")
    parts = [_base_filter(part) for part in value]
    return pl.all_horizontal(parts) if name == "andAll" else pl.any_horizontal(parts)


def _base_filter(part: Any) -> pl.Expr:  # noqa: ANN401 - whatever the user wrote
    if not isinstance(part, dict) or not part or not set(part) <= {"equals", "notEquals"}:
        raise UsageError(f"--where: each part must be an equals or notEquals. {_GRAMMAR}")
    return pl.all_horizontal([_comparison(name, value) for name, value in part.items()])


def _comparison(name: str, pair: Mapping[str, Any]) -> pl.Expr:
    if not isinstance(pair, dict) or len(pair) != 1 or not all(isinstance(value, str) for value in pair.values()):
        raise UsageError(f"--where: {name} must map exactly one key to a text. {_GRAMMAR}")
    ((key, value),) = pair.items()
    held = pl.element().struct.field("key").eq(key) & pl.element().struct.field("value").eq(value)
    equal = pl.col("metadata").list.eval(held).list.any().fill_null(value=False)
    return equal if name == "equals" else ~equal
