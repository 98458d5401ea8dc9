"""The laws of reading hold for every input that the fuzzer found worth keeping."""

import gzip
import importlib.util
from pathlib import Path

import pytest

HERE = Path(__file__).parent
INPUTS = sorted(path for path in (HERE / "fuzz_corpus").iterdir() if path.is_file())
PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")

spec = importlib.util.spec_from_file_location("fuzz", HERE / "fuzz.py")
fuzz = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fuzz)


@pytest.mark.parametrize("path", INPUTS, ids=[path.name[:12] for path in INPUTS])
def test_the_laws_hold_for_an_input_of_the_corpus(path, tmp_path):
    data = path.read_bytes()
    tables = fuzz.check(data, tmp_path)
    if not data.startswith(PACKED):
        again = fuzz.check(gzip.compress(data), tmp_path)
        assert again["invocations"].equals(tables["invocations"])
        assert again["dropped"].equals(tables["dropped"])


def test_the_laws_are_checked(tmp_path):
    row = fuzz.read(b'{"schemaType":"ModelInvocationLog","requestId":"r"}', tmp_path)["invocations"].row(0, named=True)
    fuzz.check_row(row)
    for wrong in ({"messages": "[]"}, {"stop_reason": "odd"}, {"unusable": None}, {"tools": '[{"a":NaN}]'}, {"tools": r'["\ud800"]'}):
        with pytest.raises((AssertionError, UnicodeEncodeError)):
            fuzz.check_row(row | wrong)
