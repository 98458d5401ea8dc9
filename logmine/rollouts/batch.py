"""Amazon Bedrock, in batches: half the price of single calls, answers within hours.

A round writes the calls of all open prompts to S3 as JSONL, starts a model invocation job over Converse bodies, waits, and reads the
results, which come in any order; rows that failed are asked again in the next round. Source:
https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html and ``API_CreateModelInvocationJob``.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from logmine.errors import AccessError, SourceError, UsageError
from logmine.rollouts.asking import MAX_TRIES, Progress, said_no
from logmine.rollouts.bedrock import client, failed, reply_of
from logmine.rollouts.calls import Call, CallFailedError
from logmine.rollouts.forms import ConverseForm
from logmine.rollouts.records import encode, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from logmine.rollouts.asking import Outcome, Settings
    from logmine.rollouts.budget import Budget
    from logmine.rollouts.docket import Docket
    from logmine.rollouts.needs import Needed
    from logmine.rollouts.store import Store

#: Records that a job takes: quotas of Amazon Bedrock, "Minimum number of records per batch inference job" and its maximum.
MIN_ROWS: Final = 100
MAX_ROWS: Final = 50_000
ENDED: Final = ("Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired")
MAX_WRITTEN_BYTES: Final = 900_000_000


class BatchJobs(ConverseForm):
    """The backend ``bedrock-batch``: files on S3, and jobs over them.

    Parameters
    ----------
    uri
        ``s3://bucket/prefix`` for what goes in and what comes out.
    role_arn
        The service role with which Bedrock reads and writes there.
    temperature, max_output_tokens
        Of every call.
    endpoint_url
        Of both services, other than those of the Region.
    poll_s
        Seconds between two looks at a job.
    """

    def __init__(
        self,
        uri: str,
        role_arn: str,
        *,
        temperature: float,
        max_output_tokens: int,
        endpoint_url: str | None = None,
        poll_s: float = 60.0,
    ) -> None:
        super().__init__(temperature=temperature, max_output_tokens=max_output_tokens)
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        if not uri.startswith("s3://") or not bucket:
            raise UsageError("--batch-uri must be s3://bucket/prefix: a place for the requests and answers of batch jobs.")
        self._bucket, self._prefix = bucket, prefix.strip("/") or "logmine"
        self._role_arn = role_arn
        self._s3 = client("s3", endpoint_url=endpoint_url)
        self._bedrock = client("bedrock", endpoint_url=endpoint_url)
        self.poll_s = poll_s

    def start(self, name: str, model: str, calls: Sequence[Call]) -> str:
        """Write the rows of a job and start it; return its ARN. The same name starts no second one."""
        rows = [msgspec.json.encode({"recordId": call.name, "modelInput": self.body(call)}) for call in calls]
        key = f"{self._prefix}/{name}/in.jsonl"
        self._do(self._s3.put_object, Bucket=self._bucket, Key=key, Body=b"\n".join(rows) + b"\n")
        started = self._do(
            self._bedrock.create_model_invocation_job,
            jobName=f"logmine-{name}",
            clientRequestToken=f"logmine-{name}",
            roleArn=self._role_arn,
            modelId=model,
            modelInvocationType="Converse",
            inputDataConfig={"s3InputDataConfig": {"s3Uri": f"s3://{self._bucket}/{key}", "s3InputFormat": "JSONL"}},
            outputDataConfig={"s3OutputDataConfig": {"s3Uri": f"s3://{self._bucket}/{self._prefix}/{name}/out/"}},
        )
        return str(started["jobArn"])

    def wait(self, arn: str) -> str:
        """Return the status of a job once it has ended."""
        while True:
            status = str(self._do(self._bedrock.get_model_invocation_job, jobIdentifier=arn).get("status"))
            if status in ENDED:
                return status
            time.sleep(self.poll_s)

    def results(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the rows that a job has written, in their order; lines that are no rows are left out, and so asked again."""
        listed = self._do(self._s3.list_objects_v2, Bucket=self._bucket, Prefix=f"{self._prefix}/{name}/out/")
        for entry in sorted(listed.get("Contents", []), key=lambda entry: entry["Key"]):
            if not entry["Key"].endswith(".jsonl.out"):
                continue
            written = self._do(self._s3.get_object, Bucket=self._bucket, Key=entry["Key"])["Body"].read(MAX_WRITTEN_BYTES)
            for line in written.splitlines():
                try:
                    row = msgspec.json.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    continue
                if isinstance(row, dict):
                    yield row

    def _do(self, action: Callable[..., Any], **arguments: Any) -> Any:  # noqa: ANN401 - whatever boto3 gives
        """Call a service; it is asked again while it is busy."""
        for n_try in range(MAX_TRIES):
            try:
                return action(**arguments)
            except Exception as error:  # noqa: BLE001 - sorted out by its kind, and what is no failure of a call is raised again
                found = failed(error)
                if found.failure == "denied":
                    raise AccessError(
                        f"access denied ({found.code}) at s3://{self._bucket}/{self._prefix} or for batch jobs. Grant s3:PutObject, s3:GetObject, "
                        "s3:ListBucket, bedrock:CreateModelInvocationJob, bedrock:GetModelInvocationJob and iam:PassRole for the role."
                    ) from None
                if found.failure in ("refused", "unknown_model") or n_try == MAX_TRIES - 1:
                    raise SourceError(
                        f"a batch job could not be made or read: {found.code}. Check --batch-uri, --role-arn and whether the model takes batch "
                        "jobs; what was answered is kept, and the same command continues."
                    ) from None
                time.sleep(min(30.0, self.poll_s) * 2**n_try / 2**MAX_TRIES)
        raise AssertionError


class BatchAsker:
    """One run in batches; parameters as of :class:`logmine.rollouts.asking.Asker`."""

    def __init__(
        self,
        docket: Docket,
        backend: BatchJobs,
        store: Store,
        budget: Budget,
        settings: Settings,
        *,
        judge: Callable[[Needed, bytes], Outcome],
        report: Callable[[Progress], None],
    ) -> None:
        self.docket, self.backend, self.store, self.budget, self.settings = docket, backend, store, budget, settings
        self.judge, self.report = judge, report
        self.progress = Progress()
        self._numbers: Counter[str] = Counter()
        self._tries: Counter[str] = Counter()

    def count_before(self, prompt_id: str, n_calls: int) -> None:
        """Let the numbers of attempts begin after those of an interrupted run; of one prompt."""
        self._numbers[prompt_id] = max(self._numbers[prompt_id], n_calls)

    def run(self) -> Progress:
        """Ask in rounds until every prompt is settled or given up, the budget is spent, or too few rows for a job are left.

        A job that an interrupted run had started is waited for, not started again.

        Raises
        ------
        AccessError, SourceError
            If a job can be neither made nor read.
        """
        for note in self._unfinished():
            self._finish(note["job"], note["arn"], self._calls_again(note["names"]))
        n_round = sum("job" in note for note in self.store.notes())
        while calls := self._round():
            for model in self.settings.models:
                if own := [call for call in calls if call.model == model]:
                    n_round += 1
                    self._start(f"{self.store.run}-{n_round}", model, own)
        return self.progress

    def _round(self) -> list[Call]:
        """Return the calls of the next round: what every open prompt surely needs."""
        calls: list[Call] = []
        while len(calls) < MAX_ROWS and self.budget.free_tokens >= 0:
            free = self.budget.free_tokens
            need = self.docket.take(lambda one, free=free: self._most_tokens(one) <= free)
            if need is None:
                break
            number = self._numbers[need.prompt_id]
            self._numbers[need.prompt_id] += 1
            self.budget.hold(self._most_tokens(need))
            calls.append(Call(need, self.settings.models[number % len(self.settings.models)], self.store.run, number))
        by_model = Counter(call.model for call in calls)
        for call in calls:
            if by_model[call.model] < MIN_ROWS:
                self.budget.release(self._most_tokens(call.need))
                self.docket.put_back(call.need.prompt_id)
                self._numbers[call.need.prompt_id] -= 1
                self.progress.failures[f"refused: fewer than {MIN_ROWS} rows for a job"] += 1
        return [call for call in calls if by_model[call.model] >= MIN_ROWS]

    def _start(self, name: str, model: str, calls: Sequence[Call]) -> None:
        for call in calls:
            self.store.note(asked=call.name, tokens=self._most_tokens(call.need))
        arn = self.backend.start(name, model, calls)
        self.store.note(job=name, arn=arn, names=[call.name for call in calls])
        self._finish(name, arn, calls)

    def _finish(self, name: str, arn: str, calls: Sequence[Call]) -> None:
        """Wait for a job and take in its rows; calls without one are asked again."""
        status = self.backend.wait(arn)
        waiting = {call.name: call for call in calls}
        for row in self.backend.results(name):
            if (call := waiting.pop(str(row.get("recordId")), None)) is not None:
                self._take_in(call, row, arn)
        if status == "Failed" and len(waiting) == len(calls):
            raise SourceError(
                f"the batch job {arn} failed and answered nothing. Look it up in the Bedrock console; then run the same command again."
            )
        for call in waiting.values():
            self._fail(call, CallFailedError("unavailable", status))
        self.store.note(finished=name)

    def _take_in(self, call: Call, row: dict[str, Any], arn: str) -> None:
        error = row.get("error")
        if isinstance(error, dict):
            self._fail(call, CallFailedError("unavailable", f"row {error.get('errorCode')}"))
            return
        try:
            reply = reply_of(dict(row.get("modelOutput") or {}), self.backend.body(call))
        except CallFailedError as failure:
            self._fail(call, failure)
            return
        line = encode(record(call, replace(reply, request_id=f"{arn.rpartition('/')[2]}/{call.name}"), asked_at=datetime.now(UTC)))
        n_tokens = (reply.input_tokens or call.need.prompt_tokens) + (reply.output_tokens or 0)
        self.store.keep(line)
        self.store.note(answered=call.name, tokens=n_tokens)
        self.budget.spend(self._most_tokens(call.need), n_tokens)
        self.progress.n_answered += 1
        self.progress.n_tokens += n_tokens
        self.docket.learn(call.need.prompt_id, self.judge(call.need, line))
        self._tell()

    def _fail(self, call: Call, error: CallFailedError) -> None:
        self.progress.failures[f"{error.failure}: {error.code}"] += 1
        if error.failure == "unknown_model":
            raise said_no(error.failure, error.code, call.model)
        self.store.note(released=call.name)
        self.budget.release(self._most_tokens(call.need))
        self._tries[call.need.prompt_id] += 1
        if self._tries[call.need.prompt_id] >= MAX_TRIES:
            self.docket.give_up(call.need.prompt_id)
        else:
            self.docket.put_back(call.need.prompt_id)
        self._tell()

    def _tell(self) -> None:
        self.progress.n_open, self.progress.n_settled = self.docket.n_open, self.docket.n_settled
        self.progress.n_given_up = self.docket.n_given_up
        self.report(self.progress)

    def _unfinished(self) -> list[dict[str, Any]]:
        notes = list(self.store.notes())
        finished = {note["finished"] for note in notes if "finished" in note}
        return [note for note in notes if "job" in note and note["job"] not in finished]

    def _calls_again(self, names: Sequence[str]) -> list[Call]:
        """Return the calls of a job that an interrupted run had started, without those whose answers are kept."""
        notes = list(self.store.notes())
        done = {note.get("answered") or note.get("released") for note in notes}
        calls: list[Call] = []
        for name in names:
            prompt_id, _, number = name.partition("#")
            if name in done or (standing := self.docket.standings.get(prompt_id)) is None:
                continue
            self.docket.send(prompt_id)
            held = self._most_tokens(standing.need)
            self.budget.n_calls, self.budget.n_tokens = self.budget.n_calls - 1, self.budget.n_tokens - held
            self.budget.hold(held)
            calls.append(Call(standing.need, self.settings.models[int(number) % len(self.settings.models)], self.store.run, int(number)))
        return calls

    def _most_tokens(self, need: Needed) -> int:
        return need.most_prompt_tokens + self.settings.max_output_tokens
