import click
import pytest
from click.testing import CliRunner

from logmine.cli.errors import reports_errors
from logmine.errors import AccessError, LedgerError, OutputError, SourceError, UsageError


def ended(error):
    """Run a command that raises ``error``."""

    @click.command()
    @reports_errors
    def command():
        raise error

    return CliRunner().invoke(command)


@pytest.mark.parametrize("kind", [UsageError, AccessError, SourceError, OutputError, LedgerError])
def test_an_error_is_a_message_and_an_exit_code(kind):
    result = ended(kind("no such folder.\nName another."))
    assert result.exit_code == kind.exit_code
    assert (result.stdout, result.stderr) == ("", "logmine: no such folder.\nName another.\n")


def test_an_interrupted_command_says_how_to_go_on():
    result = ended(KeyboardInterrupt())
    assert result.exit_code == 6
    assert result.stderr == "logmine: interrupted. Run the same command again: it continues where it stopped.\n"


def test_anything_else_is_a_bug_and_shows_where():
    result = ended(ZeroDivisionError("division by zero"))
    assert result.exit_code == 70
    assert "ZeroDivisionError: division by zero" in result.stderr
    assert result.stderr.endswith("logmine: this is a bug in logmine; please report it with the lines above.\n")


def test_errors_of_click_stay_its_own():
    result = ended(click.UsageError("no such option"))
    assert result.exit_code == 2
    assert "Error: no such option" in result.stderr


def test_a_command_that_ends_well_is_left_alone():
    assert CliRunner().invoke(click.command()(reports_errors(lambda: click.echo("done")))).output == "done\n"
