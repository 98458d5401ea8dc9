import dataclasses
import typing

import click
import pytest
from click.testing import CliRunner

from logmine.cli.options import config_path, given, settings_options
from logmine.config import load_config, sections


@click.command()
@settings_options
def show(**settings):
    """Print the settings that were given, one a line."""
    config_file = settings.pop("config_file")
    for name, value in sorted(given(settings).items()):
        click.echo(f"{name}={value!r}")
    click.echo(f"file={config_file}")


def shown(*arguments):
    return CliRunner().invoke(show, arguments)


SCALARS = [
    (item.name, section, item)
    for section, kind in sections()
    for item in dataclasses.fields(kind)
    if typing.get_origin(typing.get_type_hints(kind)[item.name]) is not tuple
]


@pytest.mark.parametrize(("name", "section", "item"), SCALARS)
def test_every_key_of_a_single_value_has_a_flag_with_its_default(name, section, item):
    option = next(option for option in show.params if option.name == name)
    assert option.opts == ["--" + name.replace("_", "-")]
    assert option.help == f"{item.metadata['help']}  [{section}: {'off' if item.default is None else item.default}]"
    assert option.default is None


def test_nothing_is_given_without_flags():
    assert shown().output == "file=None\n"


def test_flags_come_with_the_types_of_their_keys():
    found = shown("--max-rows", "7", "--min-pass-rate", "0.1", "--base-model", "nova", "--no-multi-turn", "--conversation-policy", "last")
    assert found.output.splitlines()[:-1] == [
        "base_model='nova'",
        "conversation_policy='last'",
        "max_rows=7",
        "min_pass_rate=0.1",
        "multi_turn=False",
    ]


def test_a_flag_set_to_zero_is_given():
    values = given({"min_rows": 0, "multi_turn": False, "base_model": None})
    assert values == {"min_rows": 0, "multi_turn": False}
    assert load_config(None, values).targets.min_rows == 0


@pytest.mark.parametrize(
    "arguments", [("--max-rows", "many"), ("--conversation-policy", "best"), ("--max-row", "7"), ("--config", "none.toml")]
)
def test_a_flag_that_cannot_be_read_ends_with_2(arguments):
    found = shown(*arguments)
    assert found.exit_code == 2
    assert arguments[0] in found.output


def test_the_settings_of_the_folder_are_read_and_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert config_path(None) is None
    (tmp_path / "logmine.toml").touch()
    assert config_path(None).name == "logmine.toml"
    assert capsys.readouterr().err == "settings: logmine.toml\n"
    assert config_path(tmp_path / "other.toml") == tmp_path / "other.toml"
