"""``logmine rollout``: buy the attempts that a build lacks."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from logmine.cli.errors import reports_errors
from logmine.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from logmine.rollouts import Asker, Backend, BatchAsker, BatchJobs, Form, Progress
    from logmine.settling import Settling

INTERVAL_S = 5.0
TERMINAL_INTERVAL_S = 0.5


@click.command()
@click.argument("out", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--model", "models", multiple=True, metavar="ID", help="Model to ask; the base model of the build by default. May be given again."
)
@click.option(
    "--purpose", type=click.Choice(["difficulty", "references"]), default="difficulty", show_default=True, help="What is lacking."
)
@click.option(
    "--attempts",
    type=click.IntRange(min=2),
    default=8,
    show_default=True,
    help="Settle each prompt as surely as this many attempts would; most need fewer, doubtful ones up to half as many again.",
)
@click.option("--max-calls", type=click.IntRange(min=1), help="Calls that may be made, those of an interrupted run included.")
@click.option("--max-tokens", type=click.IntRange(min=1), help="Tokens that may be spent, input and output together.")
@click.option(
    "--concurrency", type=click.IntRange(min=1, max=256), default=8, show_default=True, help="Calls at a time; fewer when throttled."
)
@click.option(
    "--first-pause",
    "first_pause_s",
    type=click.FloatRange(0.001, 30.0),
    default=1.0,
    show_default=True,
    help="Seconds of the pause after a call that was throttled or failed; it doubles with each that follows, up to 30.",
)
@click.option("--temperature", type=click.FloatRange(0.0, 2.0), default=1.0, show_default=True, help="Of every call.")
@click.option("--max-output-tokens", type=click.IntRange(min=1), default=2048, show_default=True, help="Of every answer.")
@click.option(
    "--backend", type=click.Choice(["bedrock", "openai", "bedrock-batch"]), default="bedrock", show_default=True, help="Whom to ask."
)
@click.option("--endpoint-url", metavar="URL", help="Of an OpenAI-compatible endpoint, such as http://localhost:8000/v1; or of Bedrock.")
@click.option("--batch-uri", metavar="URI", help="bedrock-batch: s3://bucket/prefix for requests and answers.")
@click.option("--role-arn", metavar="ARN", help="bedrock-batch: service role that may read and write there.")
@click.option("--yes", is_flag=True, help="Ask without asking you first.")
@click.option("--dry-run", is_flag=True, help="Say what it would cost; ask nothing. Needs no account.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@reports_errors
def rollout(out: Path, **options: Any) -> None:  # noqa: ANN401 - options of any type
    """Ask models for the attempts or reference answers that the build OUT lacks, and no more than will do.

    The answers are kept beside OUT, in OUT-rollouts, as invocation logs; the next build reads them like all others. The same
    command again continues a run that was stopped, under the same budget. The key of an OpenAI-compatible endpoint is read from
    OPENAI_API_KEY.

    \b
    Examples:
      logmine rollout dataset --model amazon.nova-2-lite-v1:0 --dry-run
      logmine rollout dataset --model amazon.nova-2-lite-v1:0 --max-calls 2000
      logmine rollout dataset --purpose references --model openai.gpt-oss-120b-1:0 --model qwen.qwen3-32b-v1:0
      logmine rollout dataset --model my-model --backend openai --endpoint-url http://localhost:8000/v1
    """  # noqa: D301 - \b keeps click from wrapping
    from logmine.settling import Wanted, open_settling  # noqa: PLC0415 - heavy

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    named = ("purpose", "models", "attempts", "max_calls", "max_tokens", "temperature", "max_output_tokens")
    wanted = Wanted(**{name: options[name] for name in named})
    with open_settling(Path(os.path.normpath(out)), wanted) as settling:
        backend = None if options["dry_run"] else _backend(options)
        settling.leave_out_inexpressible(backend or _form(options))
        _say_cost(settling)
        if backend is None:
            click.echo("nothing was asked: whether the model is there and may be asked shows once it is asked", err=True)
            return
        next_command = settling.next_command()
        _require_consent(settling, yes=options["yes"])
        asker = _asker(settling, backend, options)
        _say_end(settling, asker.run(), next_command)


def _form(options: dict[str, Any]) -> Form:
    from logmine.rollouts import ChatForm, ConverseForm  # noqa: PLC0415 - heavy

    form = ChatForm if options["backend"] == "openai" else ConverseForm
    return form(temperature=options["temperature"], max_output_tokens=options["max_output_tokens"])


def _backend(options: dict[str, Any]) -> Backend | BatchJobs:
    from logmine.rollouts import BatchJobs, Bedrock, ChatEndpoint  # noqa: PLC0415 - heavy

    inference = {"temperature": options["temperature"], "max_output_tokens": options["max_output_tokens"]}
    url, concurrency = options["endpoint_url"], options["concurrency"]
    match options["backend"]:
        case "openai":
            if not url:
                raise UsageError("--backend openai needs --endpoint-url, such as http://localhost:8000/v1.")
            return ChatEndpoint(url, api_key=os.environ.get("OPENAI_API_KEY"), concurrency=concurrency, **inference)
        case "bedrock-batch":
            if not options["batch_uri"] or not options["role_arn"]:
                raise UsageError("--backend bedrock-batch needs --batch-uri s3://bucket/prefix and --role-arn ARN.")
            return BatchJobs(options["batch_uri"], options["role_arn"], endpoint_url=url, **inference)
        case _:
            return Bedrock(endpoint_url=url, concurrency=concurrency, **inference)


def _asker(settling: Settling, backend: Backend | BatchJobs, options: dict[str, Any]) -> Asker | BatchAsker:
    from logmine.rollouts import Asker, BatchAsker, BatchJobs, Settings  # noqa: PLC0415 - heavy

    named = ("max_output_tokens", "concurrency", "first_pause_s")
    settings = Settings(models=settling.wanted.models, **{name: options[name] for name in named})
    parts, report = (settling.store, settling.budget, settings), _progress(quiet=options["quiet"])
    if isinstance(backend, BatchJobs):
        asker = BatchAsker(settling.docket, backend, *parts, judge=settling.judge, report=report)
    else:
        asker = Asker(settling.docket, backend, *parts, judge=settling.judge, report=report)
    for prompt_id, n_calls in settling.n_asked.items():
        asker.count_before(prompt_id, n_calls)
    return asker


def _say_cost(settling: Settling) -> None:
    cost, budget = settling.estimate(), settling.budget
    click.echo(
        f"{cost['n_prompts']:,} prompts to settle: about {cost['n_calls']:,} calls of {', '.join(settling.wanted.models)}, "
        f"{cost['n_input_tokens']:,} input tokens and at most {cost['n_output_tokens']:,} output tokens",
        err=True,
    )
    if settling.n_known:
        click.echo(f"{settling.n_known:,} answers of earlier runs are there and are not asked for again", err=True)
    if budget.n_calls:
        click.echo(f"this run has spent {budget.n_calls:,} calls and {budget.n_tokens:,} tokens before", err=True)
    if settling.n_refused:
        click.echo(f"{settling.n_refused:,} prompts were refused by the service before and are not asked again", err=True)
    if settling.n_inexpressible:
        click.echo(f"{settling.n_inexpressible:,} prompts have a form that this backend cannot send unchanged; they are left out", err=True)


def _require_consent(settling: Settling, *, yes: bool) -> None:
    if yes or settling.docket.n_open == 0:
        return
    if not sys.stdin.isatty():
        raise UsageError("nothing was asked: add --yes to spend this, or --dry-run to see it alone.")
    if not click.confirm("Ask?", err=True):
        raise UsageError("nothing was asked.")


def _progress(*, quiet: bool) -> Callable[[Progress], None]:
    on_terminal = sys.stderr.isatty()
    shown_at = 0.0

    def show(progress: Progress) -> None:
        nonlocal shown_at
        now = time.monotonic()
        is_last = progress.n_open == 0
        if quiet or (not is_last and now - shown_at < (TERMINAL_INTERVAL_S if on_terminal else INTERVAL_S)):
            return
        shown_at = now
        line = (
            f"{progress.n_answered:,} answers ({progress.per_minute:.0f} a minute), {progress.n_tokens:,} tokens; "
            f"{progress.n_settled:,} prompts settled, {progress.n_open:,} open"
        )
        click.echo(f"\r\x1b[2K{line}" if on_terminal else line, err=True, nl=not on_terminal or is_last)

    return show


def _say_end(settling: Settling, progress: Progress, next_command: str) -> None:
    docket, budget = settling.docket, settling.budget
    click.echo(
        f"{progress.n_answered:,} answers, {budget.n_calls:,} calls and {budget.n_tokens:,} tokens spent; "
        f"{docket.n_settled:,} prompts settled, {docket.n_open:,} open, {docket.n_given_up:,} given up"
    )
    for failure, count in sorted(progress.failures.items()):
        click.echo(f"  {count:,} calls without an answer: {failure}")
    if docket.n_unread:
        click.echo(
            f"  {docket.n_unread:,} answers that cannot be judged: cut off at --max-output-tokens, blocked, or not in the form that their task "
            "calls for; a prompt with three in a row is given up"
        )
    if docket.n_open:
        click.echo("The budget is spent, or what is left does not fit it: raise --max-calls or --max-tokens to go on.")
    click.echo(f"Next: {next_command}")
