"""Log objects on disk and on a real S3 server, and what is read from them."""

import gzip
import json
from contextlib import contextmanager

import boto3
import pytest
from moto.server import ThreadedMotoServer

from logmine.config import LogsConfig
from logmine.logs import decode, list_objects, plain, read_records

HOUR = "AWSLogs/111122223333/BedrockModelInvocationLogs/eu-central-1/2025/03/10/08"


def _record(request=None, response=None, **fields):
    """A log record around two bodies."""
    envelope = {
        "schemaType": "ModelInvocationLog",
        "timestamp": "2025-03-10T08:00:00Z",
        "requestId": "r1",
        "operation": "InvokeModel",
        "modelId": "anthropic.claude-3-haiku-20240307-v1:0",
        "input": {"inputContentType": "application/json"},
        "output": {"outputContentType": "application/json"},
    }
    if request is not None:
        envelope["input"]["inputBodyJson"] = request
    if response is not None:
        envelope["output"]["outputBodyJson"] = response
    return envelope | fields


def _converse(text="Hi", answer="Hello", **fields):
    """A Converse record of one turn."""
    request = {"messages": [{"role": "user", "content": [{"text": text}]}], "inferenceConfig": {"maxTokens": 9}}
    response = {"output": {"message": {"role": "assistant", "content": [{"text": answer}]}}, "stopReason": "end_turn", "metrics": {}}
    return _record(request, response, **({"operation": "Converse"} | fields))


@pytest.fixture
def record():
    """Return the function that puts an envelope around two bodies."""
    return _record


@pytest.fixture
def converse():
    """Return the function that makes a Converse record."""
    return _converse


@pytest.fixture
def read(tmp_path):
    """Return a function that writes bytes as one log object and decodes it."""

    def run(data, *, config=None, name=f"{HOUR}/a.json.gz"):
        path = tmp_path / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return decode(list_objects([str(tmp_path / "logs")]), config=config or LogsConfig())

    return run


@pytest.fixture
def invocation(read):
    """Return a function that decodes one record to its row, messages and tools parsed."""

    def run(logged):
        row = read(json.dumps(logged).encode())["invocations"].row(0, named=True)
        for column in ("messages", "tools", "completion_tool_calls"):
            row[column] = json.loads(row[column]) if row[column] else None
        return row

    return run


@pytest.fixture(scope="session")
def s3_endpoint():
    """A real S3 server on this machine."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(s3_endpoint, monkeypatch):
    """A client of the server, with a bucket of one log object."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket="logs")
    client.put_object(Bucket="logs", Key=f"team/{HOUR}/a.json.gz", Body=gzip.compress(json.dumps(_converse()).encode()))
    return client


@pytest.fixture(scope="session")
def the_general_way():
    """Return a context in which logs are read as where logmine was installed without a compiler."""

    @contextmanager
    def general_way():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plain, "PlainReader", None)
            yield

    return general_way


@pytest.fixture(scope="session")
def assert_reads_alike(the_general_way):
    """Return a function that holds the compiled reader against the general way, and returns what they read."""

    def assert_alike(data, config=None):
        data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        read = read_records(data, config=config or LogsConfig())
        with the_general_way():
            assert read.equals(read_records(data, config=config or LogsConfig()))
        return read

    return assert_alike
