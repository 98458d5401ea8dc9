"""The plain types of columns that may cross the border of a room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from logmine.errors import SchemaError

if TYPE_CHECKING:
    from polars.datatypes import DataTypeClass

TIME: Final = pl.Datetime("us", "UTC")
KEY_VALUES: Final = pl.List(pl.Struct({"key": pl.String, "value": pl.String}))


def arrow_type(dtype: pl.DataType | DataTypeClass) -> pa.DataType:  # pyright: ignore[reportUnknownParameterType] - pyarrow has no types
    """Return the Arrow type in which ``dtype`` is stored.

    Raises
    ------
    SchemaError
        If it is none of the plain types.
    """
    if isinstance(dtype, pl.List):
        return pa.list_(arrow_type(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return pa.struct([pa.field(field.name, arrow_type(field.dtype)) for field in dtype.fields])
    if isinstance(dtype, pl.Datetime):
        return pa.timestamp("us", "UTC")
    plain = {pl.String: pa.string(), pl.Int64: pa.int64(), pl.Float64: pa.float64(), pl.Boolean: pa.bool_()}
    for candidate, arrow in plain.items():
        if dtype == candidate:
            return arrow
    raise SchemaError(f"the type {dtype} is not allowed at the border of a room")
