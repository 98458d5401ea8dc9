import polars as pl
import pytest
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.config import Config
from logmine.errors import SchemaError
from logmine.stages import Read, Stage

SYSTEMS = pl.DataFrame([("s2", "Add.", 1), ("s1", "Sort.", 2)], schema=schemas.SYSTEMS, orient="row")


def name_topics(systems, *more, config=None):
    """Toy stage: a topic for each system prompt."""
    topics = systems.select(
        pl.col("system_id").alias("topic_id"),
        pl.col("system").alias("name"),
        "n_prompts",
        theme=pl.lit(None),
        n_callers=pl.lit(1, pl.Int64),
        other=pl.lit(1),
    )
    return {"topics": topics, "topic_of": schemas.empty("topic_of"), "seen": (more, config)}


def stage(**changes):
    plain = {"name": "name", "kind": "map", "function": name_topics, "reads": (Read("systems"),), "writes": ("topics",)}
    return Stage(**plain | changes)


def test_tables_come_in_declared_form_ordered_by_their_key():
    expected = pl.DataFrame([("s1", "Sort.", None, 2, 1), ("s2", "Add.", None, 1, 1)], schema=schemas.TOPICS, orient="row")
    assert_frame_equal(stage().call({"systems": SYSTEMS}, Config())["topics"], expected)


def test_frames_come_in_the_order_of_reads_with_the_section_of_the_stage():
    seen = []

    def remember(*frames, config):
        seen.extend([*(frame.columns[0] for frame in frames), config])
        return {}

    both = stage(function=remember, reads=(Read("topics"), Read("systems")), section="topics", writes=())
    assert both.call({"systems": SYSTEMS, "topics": schemas.empty("topics")}, Config()) == {}
    assert seen == ["topic_id", "system_id", Config().topics]


def test_further_sections_are_given_by_their_names():
    seen = []

    def remember(systems, config, references):
        seen.append((systems.height, config, references))
        return {}

    several = stage(function=remember, section="topics", beside=("references",), writes=())
    several.call({"systems": SYSTEMS}, Config())
    assert (seen, several.sections) == ([(2, Config().topics, Config().references)], ("topics", "references"))


def test_a_stage_that_remembers_is_given_the_folder(tmp_path):
    seen = []

    def remember(systems, memory):
        seen.append((systems.height, memory))
        return {}

    stage(function=remember, remembers=True, writes=()).call({"systems": SYSTEMS}, Config(), memory=tmp_path)
    assert seen == [(2, tmp_path)]


def test_only_what_is_declared_is_given():
    assert list(stage(writes=("topic_of",)).call({"systems": SYSTEMS}, Config())) == ["topic_of"]


def test_a_table_with_other_columns_is_a_bug_and_says_so():
    wrong = stage(function=lambda systems: {"topics": systems})
    with pytest.raises(SchemaError, match="the table topics does not have its declared columns"):
        wrong.call({"systems": SYSTEMS}, Config())


def in_parts(systems):
    """Toy stage: its tables part by part, in Arrow's form."""
    for _ in range(2):
        yield {"topic_of": schemas.arrow_schema("topic_of").empty_table()}
    yield {"topics": stage().call({"systems": systems}, Config())["topics"].to_arrow().cast(schemas.arrow_schema("topics"))}


def test_tables_may_come_in_parts():
    parts = stage(function=in_parts, writes=("topic_of", "topics"))
    assert [list(part) for part in parts.make({"systems": SYSTEMS}, Config())] == [["topic_of"], ["topic_of"], ["topics"]]
    assert_frame_equal(parts.call({"systems": SYSTEMS}, Config())["topics"], stage().call({"systems": SYSTEMS}, Config())["topics"])
