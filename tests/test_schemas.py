import itertools

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from logmine import schemas
from logmine.errors import SchemaError
from logmine.schemas import KEYS, TABLES, arrow_schema, digest, empty, require, sort_key
from logmine.schemas.types import arrow_type

PLAIN = (pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.timestamp("us", "UTC"))
every_table = pytest.mark.parametrize("table", TABLES)


def leaves(dtype):
    """The types of which a list or struct is made."""
    if not pa.types.is_nested(dtype):
        return [dtype]
    return [leaf for n in range(dtype.num_fields) for leaf in leaves(dtype.field(n).type)]


@every_table
def test_tables_are_stored_with_types_that_every_engine_takes(table):
    assert {leaf for field in arrow_schema(table) for leaf in leaves(field.type)} <= set(PLAIN)


@every_table
def test_a_table_comes_back_from_parquet_as_it_was_declared(table, tmp_path):
    pq.write_table(empty(table).to_arrow().cast(arrow_schema(table)), tmp_path / "t.parquet")
    assert pl.read_parquet(tmp_path / "t.parquet").schema == TABLES[table]


@every_table
def test_rows_are_ordered_by_columns_of_their_table(table):
    assert set(sort_key(table)) <= set(TABLES[table])


def test_keys_are_given_for_tables_alone():
    assert KEYS.keys() <= TABLES.keys()


def test_reasons_are_told_apart():
    reasons = [*schemas.DROP_REASONS, *schemas.DECISIONS_MADE]
    assert len(set(reasons)) == len(reasons)


def test_a_type_outside_the_border_is_refused():
    with pytest.raises(SchemaError, match="UInt32 is not allowed"):
        arrow_type(pl.UInt32())


def test_required_columns_come_in_their_order_without_others():
    systems = pl.DataFrame({"n_prompts": [3], "extra": [1], "system": ["Add."], "system_id": ["a"]})
    assert_frame_equal(require(systems, "systems"), pl.DataFrame([("a", "Add.", 3)], schema=schemas.SYSTEMS, orient="row"))


def test_a_column_without_any_value_takes_the_declared_type():
    systems = pl.DataFrame({"system_id": ["a"], "system": [None], "n_prompts": [3]})
    assert require(systems, "systems").schema == schemas.SYSTEMS


def test_missing_columns_and_other_types_are_named():
    with pytest.raises(SchemaError) as caught:
        require(pl.DataFrame({"system_id": ["a"], "n_prompts": ["3"]}), "systems")
    assert "system: expected String, found no such column" in str(caught.value)
    assert "n_prompts: expected Int64, found String" in str(caught.value)


@given(st.lists(st.text(st.characters(), max_size=3), max_size=4), st.lists(st.text(st.characters(), max_size=3), max_size=4))
def test_digests_agree_only_where_parts_do(one, other):
    assert (digest(one) == digest(other)) == (one == other)


def test_digests_see_where_parts_end_and_take_half_a_surrogate_pair():
    texts = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["\ud800"], []]
    assert all(digest(one) != digest(other) for one, other in itertools.combinations(texts, 2))
