import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.errors import LedgerError
from logmine.ledger import Entry, check

counts = st.integers(0, 10**6)
reasons = st.dictionaries(st.sampled_from(["failed_call", "not_chat", "redelivered"]), counts)


@given(counts, reasons)
def test_what_is_passed_on_or_dropped_balances(n_out, dropped):
    entries = [Entry("decode", "records", n_out + sum(dropped.values()), n_out, dropped), Entry("canonicalize", "records", n_out, n_out)]
    assert check(entries) == entries


@pytest.mark.parametrize(("n_out", "missing"), [(7, r"\+1 unaccounted"), (9, "-1 unaccounted")])
def test_a_stage_that_loses_or_doubles_a_record_is_named(n_out, missing):
    with pytest.raises(
        LedgerError, match=rf"the ledger of decode does not balance: 1,010 records in, {n_out} out, 1,002 dropped; {missing}"
    ):
        check([Entry("decode", "records", 1010, n_out, {"failed_call": 1000, "not_chat": 2})])


def test_a_stage_takes_what_the_one_before_passed_on():
    with pytest.raises(LedgerError, match="decode passed on 5 records, but canonicalize was given 4"):
        check([Entry("decode", "records", 5, 5), Entry("canonicalize", "records", 4, 4)])


def test_another_unit_starts_another_account():
    entries = [Entry("decode", "records", 5, 5), Entry("choose", "prompts", 2, 2)]
    assert check(entries) == entries


def test_no_entries_balance():
    assert check([]) == []
