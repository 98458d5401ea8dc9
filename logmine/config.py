"""Settings: frozen dataclasses, one a room, read from one strict ``logmine.toml``.

``None`` is off; 0 is zero. Every key is a flag of ``logmine build`` too, with dashes for underscores: ``[prompts] max_prompt_tokens`` is
``--max-prompt-tokens``; a key with several values has a flag that may be given again. Flags win over the file. What the user says of single
tasks stands in ``[[task]]`` blocks (:mod:`logmine.task_blocks`), which have no flags.
"""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from logmine.bands import Band, BandName, Ends, resolve_band
from logmine.errors import UsageError
from logmine.task_blocks import TaskBlock, nearest, read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def key(default: Any, about: str, *, flag: str | None = None, **limits: float) -> Any:  # noqa: ANN401 - a field of any type
    """Declare a key with its default, its help text, inclusive limits ``ge`` and ``le``, and its flag where the name does not give it."""
    metadata = {"help": about, "flag": flag, **limits}
    if isinstance(default, list):
        return field(default_factory=lambda: tuple(default), metadata=metadata)
    return field(default=default, metadata=metadata)


DEFAULT_FILE = Path("logmine.toml")  # that the command line reads when no other is given
BLOCKS = "task"


@dataclass(frozen=True, kw_only=True, slots=True)
class LogsConfig:
    """Reading of log objects."""

    max_object_bytes: int = key(2_000_000_000, "Largest object after decompression, in bytes.", ge=1)
    max_record_bytes: int = key(64_000_000, "Largest record, in bytes of JSON.", ge=1)
    max_nesting: int = key(200, "Deepest nesting of a record.", ge=10, le=900)
    since: str | None = key(None, "Earliest time of a record, inclusive, in UTC: 2026-10-12 or 2026-10-12T14:30.")
    until: str | None = key(None, "Latest time of a record, exclusive.")
    models: tuple[str, ...] = key([], "Models whose records are read, in any form of their ids; all when empty.", flag="--model")
    operations: tuple[str, ...] = key([], "Operations whose records are read, such as Converse; all when empty.", flag="--operation")
    identities: tuple[str, ...] = key([], "Callers whose records are read: role names or ARNs, * and ? allowed.", flag="--identity")
    where: str | None = key(None, "Filter on requestMetadata, JSON in Bedrock's grammar: equals, notEquals, andAll, orAll.")


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptsConfig:
    """Canonical prompts, and which turns of a conversation count."""

    max_prompt_tokens: int = key(8192, "Longest prompt that is kept, in tokens; trainers drop longer ones in silence.", ge=1)
    conversation_policy: Literal["auto", "last", "first"] = key(
        "auto", "Turns of a conversation that become prompts: auto (spread over its decision points), last, first."
    )
    max_prompts_per_conversation: int = key(3, "Prompts that one conversation may give.", ge=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class TasksConfig:
    """Applications and their templates."""

    min_template_prompts: int = key(8, "Prompts that must share a text before it counts as a template.", ge=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class SimilarityConfig:
    """Duplicates and vectors."""

    encoder: str = key("embedded", "embedded, bedrock:MODEL_ID, or the name or folder of a sentence-transformers model.")
    encoder_device: Literal["cpu", "cuda"] = key(
        "cpu", "Where a sentence-transformers model runs. On a GPU the last digits of a vector may change from run to run."
    )
    near_threshold: float = key(0.7, "Jaccard similarity from which two prompts with the same words are near duplicates.", ge=0.5, le=1.0)
    semantic_threshold: float | None = key(
        0.95,
        "Cosine similarity, around the mean of all prompts, from which two prompts of a task are semantic duplicates; 1 for hardly any.",
        ge=0.5,
        le=1.0,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicsConfig:
    """Topics, for coverage and strata."""

    max_topics: int = key(60, "Most topics that are looked for.", ge=1)
    min_identities: int = key(1, "Callers (roles or users) that a topic needs to be named in a report.", ge=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferencesConfig:
    """Graders and reference answers."""

    reference_keys: tuple[str, ...] = key(
        [], "requestMetadata keys that hold the reference answer; found by name and behavior when empty.", flag="--reference-key"
    )
    exclude_models: tuple[str, ...] = key(
        [],
        "Models whose answers become no references by consensus, no labels and no fine-tuning candidates, in any form of their ids.",
        flag="--exclude-model",
    )
    outcomes_keys: tuple[str, ...] = key(
        [],
        "requestMetadata keys that are columns of the outcomes file; columns named metadata.KEY are found by themselves.",
        flag="--outcomes-key",
    )
    reward_range: str = key("0:1", "Least and greatest reward in the outcomes file, such as 1:5.")
    min_consensus_attempts: int = key(4, "Answers that a reference by consensus needs.", ge=2)
    min_consensus_confidence: float = key(0.6, "Least confidence of a reference by consensus.", ge=0.0, le=1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class DifficultyConfig:
    """Baseline difficulty."""

    base_model: str | None = key(None, "Model to be tuned, in any form of its id; only its attempts measure a pass rate.")
    band: BandName = key(  # noqa: RUF009 - declares a field
        "balanced", "Band of pass rates that are neither too hard nor too easy; --dry-run counts what each keeps."
    )
    min_pass_rate: float | None = key(None, "Lower end of the band, in place of the preset's.", ge=0.0, le=1.0)
    max_pass_rate: float | None = key(None, "Upper end of the band, in place of the preset's.", ge=0.0, le=1.0)
    band_ends: Ends | None = key(  # noqa: RUF009 - declares a field
        None, "Whether a pass rate that equals an end of the band lies inside; a preset's own ends when off, else inclusive."
    )
    min_attempts: int = key(4, "Judged attempts below which the band is unknown.", ge=1)
    min_band_mass: float = key(0.5, "Share of the posterior that must lie in the band.", ge=0.0, le=1.0)
    group_size: int = key(8, "Rollouts a prompt in training; used to plan rollouts.", ge=2)
    min_reward_std: float = key(
        0.05, "Standard deviation of graded rewards (between 0 and 1) below which a prompt teaches nothing.", ge=0.0, le=0.5
    )

    @property
    def resolved_band(self) -> Band:
        """The preset, with the bounds that were given in place of its own."""
        return resolve_band(self.band, self.min_pass_rate, self.max_pass_rate, self.band_ends)


@dataclass(frozen=True, kw_only=True, slots=True)
class SelectionConfig:
    """Which prompts are written, and on which side of the split."""

    only_tasks: tuple[str, ...] = key([], "Names or ids of the tasks to keep; all when empty.", flag="--task")
    judge_tasks: tuple[str, ...] = key([], "Open-ended tasks whose prompts are written for a judge, into judge/.", flag="--judge")
    max_rows: int = key(20_000, "Budget of rows, train and eval together.", ge=1)
    eval_fraction: float = key(0.15, "Share of leakage groups held out.", ge=0.0, le=0.5)
    split_salt: str = key("logmine", "Changes which groups are held out.")
    keep: str | None = key(
        None, "Filter that takes the place of the band, such as '0 < pass_rate < 1 and n_attempts >= 8'; see the columns in the docs."
    )
    easy_fraction: float = key(0.0, "Share of rows kept for prompts that are too easy, the hardest of them first.", ge=0.0, le=0.5)
    min_train_confidence: float = key(
        0.75,
        "Least confidence of a reference by consensus that is trained on; with a lower one a prompt is rated, not written.",
        ge=0.0,
        le=1.0,
    )
    multi_turn: bool = key(default=False, about="Write prompts with earlier turns too; Bedrock trains on single turns.")


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetsConfig:
    """The consumer of the dataset."""

    target: Literal["bedrock-rft"] = key("bedrock-rft", "Format of train.jsonl and eval.jsonl.")
    min_rows: int = key(100, "Training rows below which the exit code says so.", ge=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Everything that decides the content of a build."""

    logs: LogsConfig = field(default_factory=LogsConfig)
    prompts: PromptsConfig = field(default_factory=PromptsConfig)
    tasks: TasksConfig = field(default_factory=TasksConfig)
    similarity: SimilarityConfig = field(default_factory=SimilarityConfig)
    topics: TopicsConfig = field(default_factory=TopicsConfig)
    references: ReferencesConfig = field(default_factory=ReferencesConfig)
    difficulty: DifficultyConfig = field(default_factory=DifficultyConfig)
    selection: SelectionConfig = field(default_factory=SelectionConfig)
    targets: TargetsConfig = field(default_factory=TargetsConfig)
    task: tuple[TaskBlock, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the resolved settings, section by section and block by block, as the manifest holds them."""
        return msgspec.to_builtins(self) | {BLOCKS: [block.to_dict() for block in self.task]}


def sections() -> Iterator[tuple[str, type]]:
    """Yield the name and the dataclass of every section of ``logmine.toml``."""
    for section in fields(Config):
        if section.name != BLOCKS:
            yield section.name, section.default_factory  # type: ignore[misc]


def load_config(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Config:
    """Read ``path`` and lay ``overrides`` over it.

    Parameters
    ----------
    path
        A ``logmine.toml``; defaults alone when None.
    overrides
        Values by key, without section, as flags give them.

    Raises
    ------
    UsageError
        If the file cannot be read, a section or key is unknown, a value has the wrong type or lies
        outside its limits, or a block names no task.
    """
    where = str(path) if path else "settings"
    given = _read_toml(path) if path else {}
    known = dict(sections())
    blocks = read_blocks(where, given.pop(BLOCKS, []), path.parent if path else Path())
    for name, table in given.items():
        if name not in known:
            raise UsageError(f"{where}: unknown section [{name}]{nearest(name, known)}")
        if not isinstance(table, dict):
            raise UsageError(f"{where}: [{name}] must be a section, found a value. Write it as [{name}] with its keys below.")
    homes = {item.name: name for name, kind in known.items() for item in fields(kind)}
    for name, value in (overrides or {}).items():
        if name not in homes:
            raise UsageError(f"unknown setting {name!r}{nearest(name, homes)}")
        given.setdefault(homes[name], {})[name] = value
    return Config(**{name: _section(where, name, kind, given.get(name, {})) for name, kind in known.items()}, task=blocks)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not valid TOML: {error}. Mend that line, then run the same command again.") from error


def _section(where: str, name: str, kind: type, values: dict[str, Any]) -> Any:  # noqa: ANN401 - a dataclass of any room
    known = {item.name: item for item in fields(kind)}
    for found in values:
        if found not in known:
            raise UsageError(f"{where}: unknown key {found!r} in [{name}]{nearest(found, known)}")
    try:
        section = msgspec.convert(values, type=kind)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: in [{name}]: {error}") from error
    for item in known.values():
        _check_limits(where, name, item, getattr(section, item.name))
    if isinstance(section, DifficultyConfig) and (band := section.resolved_band).low > band.high:
        raise UsageError(f"{where}: [{name}] min_pass_rate is {band.low}; it must be at most max_pass_rate, {band.high}.")
    return section


def _check_limits(where: str, section: str, item: dataclasses.Field[Any], value: Any) -> None:  # noqa: ANN401
    low, high = item.metadata.get("ge"), item.metadata.get("le")
    if value is None or ((low is None or value >= low) and (high is None or value <= high)):
        return
    limits = " and ".join(
        text for text in (f"at least {low}" if low is not None else "", f"at most {high}" if high is not None else "") if text
    )
    raise UsageError(f"{where}: [{section}] {item.name} is {value}; it must be {limits}.")


def setting_words(config: Config, file: Config) -> list[str]:
    """Return the flags, with their values, that turn the settings of ``file`` into ``config``; what has no flag is left out."""
    return [word for flag, values in _changed_settings(config, file) for value in values for word in (flag, *value)]


def _changed_settings(config: Config, file: Config) -> Iterator[tuple[str, list[list[str]]]]:
    for name, kind in sections():
        for item in fields(kind):
            value = getattr(getattr(config, name), item.name)
            if value is not None and value != getattr(getattr(file, name), item.name) and "help" in item.metadata:
                yield _flag(item.metadata.get("flag") or "--" + item.name.replace("_", "-"), value)


def _flag(flag: str, value: Any) -> tuple[str, list[list[str]]]:  # noqa: ANN401 - of any setting
    if isinstance(value, bool):
        return (flag if value else f"--no-{flag[2:]}"), [[]]
    return flag, [[str(one)] for one in (value if isinstance(value, tuple) else (value,))]
