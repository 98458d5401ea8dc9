import pytest
from hypothesis import given
from hypothesis import strategies as st

from logmine.prompts.conversations import stand_ins


@st.composite
def threads(draw):
    """Prompts of random trees: branches that extend an earlier prompt or open a conversation; some turns were never sent."""
    known = {}
    for branch in range(draw(st.integers(1, 5))):
        ids = list(draw(st.sampled_from([[], *known.values()])))
        for number, n_between in enumerate(draw(st.lists(st.integers(0, 1), min_size=1, max_size=6))):
            prompt = f"p{branch}.{number}"
            ids += [f"m{branch}.{number}"] * n_between + [prompt]
            known[prompt] = list(ids)
    return known


policies = st.sampled_from(["auto", "first", "last"])
budgets = st.integers(1, 4)


def paths(prefix_ids):
    """Prompts from an opening to each last call, in the order in which they were sent."""
    extended = {prompt for ids in prefix_ids.values() for prompt in ids[:-1]}
    return [[prompt for prompt in ids if prompt in prefix_ids] for prompt, ids in prefix_ids.items() if prompt not in extended]


def kept_of(path, chosen):
    return [prompt for prompt in path if chosen[prompt] == prompt]


@given(threads(), policies, budgets)
def test_every_prompt_has_a_stand_in_that_stands_for_itself(prefix_ids, policy, max_prompts):
    chosen = stand_ins(prefix_ids, policy=policy, max_prompts=max_prompts)
    assert chosen.keys() == prefix_ids.keys()
    assert all(chosen[kept] == kept for kept in chosen.values())


@given(threads(), policies, budgets)
def test_no_conversation_gives_more_than_its_share(prefix_ids, policy, max_prompts):
    chosen = stand_ins(prefix_ids, policy=policy, max_prompts=max_prompts)
    most = max_prompts if policy == "auto" else 1
    assert all(1 <= len(kept_of(path, chosen)) <= most for path in paths(prefix_ids))


@given(threads(), policies, budgets)
def test_a_stand_in_is_the_next_kept_turn_or_the_last_before(prefix_ids, policy, max_prompts):
    chosen = stand_ins(prefix_ids, policy=policy, max_prompts=max_prompts)
    for prompt, kept in chosen.items():
        path = next(path for path in paths(prefix_ids) if prompt in path and kept in path)
        here = path.index(prompt)
        passed = path[here : path.index(kept)] if path.index(kept) >= here else path[path.index(kept) + 1 :]
        assert not kept_of(passed, chosen)


@given(threads(), policies, budgets, st.randoms(use_true_random=False))
def test_the_order_of_prompts_does_not_matter(prefix_ids, policy, max_prompts, rng):
    shuffled = dict(rng.sample(list(prefix_ids.items()), len(prefix_ids)))
    chosen = stand_ins(shuffled, policy=policy, max_prompts=max_prompts)
    assert list(chosen.items()) == list(stand_ins(prefix_ids, policy=policy, max_prompts=max_prompts).items())


@given(threads(), st.integers(2, 4))
def test_auto_keeps_every_last_call_and_the_opening_of_the_longest(prefix_ids, max_prompts):
    chosen = stand_ins(prefix_ids, policy="auto", max_prompts=max_prompts)
    longest = max(len(path) for path in paths(prefix_ids))
    assert all(path[-1] in kept_of(path, chosen) for path in paths(prefix_ids))
    assert any(path[0] in kept_of(path, chosen) for path in paths(prefix_ids) if len(path) == longest)


FIVE = {name: list("abcde"[: n + 1]) for n, name in enumerate("abcde")}


@pytest.mark.parametrize(
    ("policy", "max_prompts", "expected"),
    [
        ("first", 3, {"a": "a", "b": "a", "c": "a", "d": "a", "e": "a"}),
        ("last", 3, {"a": "e", "b": "e", "c": "e", "d": "e", "e": "e"}),
        ("auto", 1, {"a": "a", "b": "a", "c": "a", "d": "a", "e": "a"}),
        ("auto", 2, {"a": "a", "b": "e", "c": "e", "d": "e", "e": "e"}),
        ("auto", 3, {"a": "a", "b": "c", "c": "c", "d": "e", "e": "e"}),
        ("auto", 9, {"a": "a", "b": "b", "c": "c", "d": "d", "e": "e"}),
    ],
)
def test_policies(policy, max_prompts, expected):
    assert stand_ins(FIVE, policy=policy, max_prompts=max_prompts) == expected


def test_branches_that_share_an_opening_share_its_prompts():
    branch = {name: [*"abcd", *"xyz"[: n + 1]] for n, name in enumerate("xyz")}
    chosen = stand_ins(FIVE | branch, policy="auto", max_prompts=3)
    assert sorted(set(chosen.values())) == ["a", "d", "e", "z"]
    assert chosen == {"a": "a", "b": "d", "c": "d", "d": "d", "e": "e", "x": "z", "y": "z", "z": "z"}


def test_among_branches_of_one_length_the_smallest_id_stands_for_what_they_share():
    prefix_ids = {"a": ["a"], "b": ["a", "b"]} | {leaf: ["a", "b", leaf] for leaf in "uvwxyz"}
    assert stand_ins(prefix_ids, policy="auto", max_prompts=2) == {"a": "a", "b": "u"} | {leaf: leaf for leaf in "uvwxyz"}


def test_a_turn_whose_history_was_never_sent_opens_a_conversation():
    assert stand_ins({"late": ["a", "b", "late"]}, policy="first", max_prompts=3) == {"late": "late"}


def test_no_prompts_need_no_stand_ins():
    assert stand_ins({}, policy="auto", max_prompts=3) == {}
