import dataclasses
import json

import pytest

from logmine.config import Config, load_config, sections, setting_words
from logmine.errors import UsageError


@pytest.fixture
def load(tmp_path):
    """Return a function that loads a configuration given as text."""

    def read(text, **overrides):
        path = tmp_path / "logmine.toml"
        path.write_text(text, encoding="utf-8")
        return load_config(path, overrides)

    return read


def test_defaults_alone_without_a_file():
    assert load_config() == Config()


def test_a_file_sets_what_it_names_and_leaves_the_rest(load):
    config = load('[prompts]\nmax_prompt_tokens = 100\n[references]\nreference_keys = ["gold", "label"]\n')
    assert config.prompts.max_prompt_tokens == 100
    assert config.prompts.conversation_policy == "auto"
    assert config.references.reference_keys == ("gold", "label")


def test_flags_win_over_the_file(load):
    text = "[difficulty]\nmin_attempts = 2\nmin_pass_rate = 0.1\n[selection]\nmax_rows = 7\n"
    config = load(text, min_attempts=9, split_salt="other", only_tasks=["sums"])
    assert (config.difficulty.min_attempts, config.difficulty.min_pass_rate) == (9, 0.1)
    assert (config.selection.max_rows, config.selection.split_salt, config.selection.only_tasks) == (7, "other", ("sums",))


def test_none_is_off_and_zero_is_zero():
    assert load_config(None, {"base_model": None}).difficulty.base_model is None
    assert load_config(None, {"min_rows": 0}).targets.min_rows == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[prompt]\nmax_prompt_tokens = 1", "unknown section [prompt]. Did you mean 'prompts'?"),
        ("[zzz]", "unknown section [zzz]. Known: logs, prompts, tasks"),
        ("prompts = 3", "[prompts] must be a section, found a value"),
        ("[prompts]\nmax_prompt_token = 1", "unknown key 'max_prompt_token' in [prompts]. Did you mean 'max_prompt_tokens'?"),
        ("[prompts]\nmin_attempts = 1", "unknown key 'min_attempts' in [prompts]"),
        ("[prompts]\nmax_prompt_tokens = 'many'", "in [prompts]: Expected `int`, got `str` - at `$.max_prompt_tokens`"),
        ("[prompts]\nmax_prompt_tokens = true", "Expected `int`, got `bool`"),
        ("[prompts]\nmax_prompt_tokens = 0.5", "Expected `int`, got `float`"),
        ("[prompts]\nconversation_policy = 'best'", "$.conversation_policy"),
        ("[selection]\nonly_tasks = 'sums'", "Expected `array`, got `str`"),
        ("[selection]\nmulti_turn = 1", "Expected `bool`, got `int`"),
        ("[prompts]\nmax_prompt_tokens = 0", "[prompts] max_prompt_tokens is 0; it must be at least 1."),
        ("[logs]\nmax_nesting = 901", "[logs] max_nesting is 901; it must be at least 10 and at most 900."),
        ("[difficulty]\nmin_pass_rate = nan", "min_pass_rate is nan; it must be at least 0.0 and at most 1.0."),
        ("[difficulty]\nmin_pass_rate = 0.9", "min_pass_rate is 0.9; it must be at most max_pass_rate, 0.8."),
        ("[difficulty\n", "not valid TOML"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(load, text, expected):
    with pytest.raises(UsageError) as caught:
        load(text)
    assert "logmine.toml: " in str(caught.value)
    assert expected in str(caught.value)


def test_an_unknown_flag_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match=r"unknown setting 'max_row'\. Did you mean 'max_rows'"):
        load_config(None, {"max_row": 3})


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / "latin.toml"):
        with pytest.raises(UsageError, match=f"{path}: cannot be read"):
            load_config(path)


LIMITS = [
    (name, item.name, item.metadata[end])
    for name, kind in sections()
    for item in dataclasses.fields(kind)
    for end in ("ge", "le")
    if end in item.metadata and item.name not in ("min_pass_rate", "max_pass_rate")
]


@pytest.mark.parametrize(("section", "name", "limit"), LIMITS)
def test_limits_are_inclusive(section, name, limit):
    assert getattr(getattr(load_config(None, {name: limit}), section), name) == limit


@pytest.mark.parametrize("ends", [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)])
def test_a_band_may_touch_its_limits(ends):
    difficulty = load_config(None, dict(zip(("min_pass_rate", "max_pass_rate"), ends, strict=True))).difficulty
    assert (difficulty.min_pass_rate, difficulty.max_pass_rate) == ends


def toml_text(settings):
    """Settings as TOML, which JSON values are too; what is None is off, and left out."""
    keys = {
        section: [f"{key} = {json.dumps(value)}" for key, value in values.items() if value is not None]
        for section, values in settings.items()
        if section != "task"
    }
    return "\n".join(line for section, lines in keys.items() for line in (f"[{section}]", *lines))


@pytest.mark.parametrize("changes", [{}, {"base_model": "amazon.nova-2-lite-v1:0", "only_tasks": ["a", "b"], "multi_turn": True}])
def test_resolved_settings_come_back_from_toml(load, changes):
    config = load_config(None, changes)
    assert load(toml_text(config.to_dict())) == config


def test_every_key_has_help_and_a_name_of_its_own():
    keys = [item for _, kind in sections() for item in dataclasses.fields(kind)]
    assert all(item.metadata["help"].endswith(".") for item in keys)
    assert len({item.name for item in keys}) == len(keys)


def test_words_turn_the_settings_of_a_file_into_those_of_a_build():
    made = load_config(None, {"base_model": "amazon.nova-2-lite-v1:0", "multi_turn": True, "min_attempts": 5})
    assert " ".join(setting_words(made, load_config(None, {"min_attempts": 5}))) == "--base-model amazon.nova-2-lite-v1:0 --multi-turn"
    assert "--min-attempts 4" in " ".join(setting_words(load_config(None, {"min_attempts": 4}), made))
    assert setting_words(made, made) == []
