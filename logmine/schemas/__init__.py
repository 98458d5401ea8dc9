"""Every table that crosses the border of a room, declared once. Read this file first.

One module a room, in the order of the data: ``logs``, ``prompts``, ``tasks``, ``similarity``, ``topics``, ``references``,
``difficulty``, ``selection``. Upper-case names are :class:`polars.Schema` constants, one a table; :data:`TABLES` (``tables``) finds them by
the name under which the pipeline keeps them. Allowed types at a border are the plain ones that every engine takes: String,
Int64, Float64, Boolean, Datetime[us, UTC], List, Struct. Lengths are in characters, times are UTC, ids are
lower-case hex of BLAKE2b.

Chat messages and tools are JSON text in OpenAI's form, not nested columns: a tool call's arguments, a schema's key
order or ``1.0`` must come out as they went in, and an Arrow struct cannot promise that.
"""

from __future__ import annotations

from logmine.schemas.difficulty import DIFFICULTY, PRIORS, TALLIES, VERDICTS
from logmine.schemas.digests import digest
from logmine.schemas.logs import DROP_REASONS, DROPPED, INVOCATIONS, OBJECTS, OBJECTS_READ, RUN_KEY
from logmine.schemas.prompts import CALLS, COMPLETIONS, PROMPTS
from logmine.schemas.references import ATTEMPTS, CANDIDATES, CONFIRMED, GIVEN, GRADERS, MATCHES, OPINIONS, OUTCOMES, REFERENCES, UNUSED
from logmine.schemas.selection import CHOICES, DATASET, DECISIONS, DECISIONS_MADE, JUDGED, NEEDS, REQUESTS
from logmine.schemas.similarity import DUPLICATES, KIN, MEANINGS, NEAR_DUPLICATES, TEXTS, VECTORS
from logmine.schemas.tables import KEYS, TABLES, arrow_schema, empty, require, sort_key
from logmine.schemas.tasks import FOUND_TASKS, MEMBERS, PLACED, RULINGS, SCOPED, SYSTEMS, TASKS
from logmine.schemas.topics import TOPIC_OF, TOPICS
from logmine.schemas.types import KEY_VALUES, TIME

__all__ = [
    "ATTEMPTS",
    "CALLS",
    "CANDIDATES",
    "CHOICES",
    "COMPLETIONS",
    "CONFIRMED",
    "DATASET",
    "DECISIONS",
    "DECISIONS_MADE",
    "DIFFICULTY",
    "DROPPED",
    "DROP_REASONS",
    "DUPLICATES",
    "FOUND_TASKS",
    "GIVEN",
    "GRADERS",
    "INVOCATIONS",
    "JUDGED",
    "KEYS",
    "KEY_VALUES",
    "KIN",
    "MATCHES",
    "MEANINGS",
    "MEMBERS",
    "NEAR_DUPLICATES",
    "NEEDS",
    "OBJECTS",
    "OBJECTS_READ",
    "OPINIONS",
    "OUTCOMES",
    "PLACED",
    "PRIORS",
    "PROMPTS",
    "REFERENCES",
    "REQUESTS",
    "RULINGS",
    "RUN_KEY",
    "SCOPED",
    "SYSTEMS",
    "TABLES",
    "TALLIES",
    "TASKS",
    "TEXTS",
    "TIME",
    "TOPICS",
    "TOPIC_OF",
    "UNUSED",
    "VECTORS",
    "VERDICTS",
    "arrow_schema",
    "digest",
    "empty",
    "require",
    "sort_key",
]
