import json

import polars as pl

from logmine import schemas
from logmine.targets import write_needs

PLAIN = {"need": "references", "messages": "[]", "task_id": "t", "value": 1.0, "n_attempts": 1, "signs_against": 0, "signs_for": 0}


def test_among_rows_of_equal_value_signs_of_failure_come_first(tmp_path):
    changes = {"a": {}, "b": {"n_attempts": 3}, "c": {"signs_against": 1}, "d": {"value": 2.0}, "e": {"signs_for": 5}}
    rows = [dict.fromkeys(schemas.NEEDS) | PLAIN | {"prompt_id": name} | change for name, change in changes.items()]
    write_needs(pl.DataFrame(rows, schema=schemas.NEEDS), tmp_path)
    written = [json.loads(line) for line in (tmp_path / "needs_references.jsonl").read_text().splitlines()]
    assert [row["prompt_id"] for row in written] == ["d", "c", "b", "a", "e"]
