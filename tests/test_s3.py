"""Builds from a real S3 server on this machine (moto): the same bytes as from the folder, and one clear message for what is wrong."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import time
import urllib.request

import boto3
import polars as pl
import pytest

BUCKET = "example-bedrock-logs"
PREFIX = "team/logs"
KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Return the address of an S3 server that holds the sample."""
    command = [sys.executable, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with (tmp_path_factory.mktemp("moto") / "said").open("w+") as said, subprocess.Popen(command, stdout=said, stderr=said) as process:
        yield address_in(said, process)
        process.terminate()


def address_in(said, process):
    while process.poll() is None:
        said.seek(0)
        if found := re.search(r"Running on (http://127\.0\.0\.1:\d+)", said.read()):
            return found[1]
        time.sleep(0.05)
    raise AssertionError("the S3 server did not start")


@pytest.fixture(scope="module")
def bucket(server, sample_logs):
    """Return the S3 address of the sample."""
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    with contextlib.closing(session.client("s3", endpoint_url=server)) as s3:
        s3.create_bucket(Bucket=BUCKET)
        for path in sorted(path for path in sample_logs.rglob("*") if path.is_file()):
            s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{path.relative_to(sample_logs).as_posix()}", Body=path.read_bytes())
    return f"s3://{BUCKET}/{PREFIX}"


@pytest.fixture(scope="module")
def s3_build(server, bucket, logmine, tmp_path_factory):
    """Return a build of the sample from the bucket."""
    out = tmp_path_factory.mktemp("s3") / "dataset"
    done = logmine("build", bucket, "-o", out, "--workers", "2", "--endpoint-url", server, **KEYS)
    assert done.returncode in (0, 1), done.stderr
    return out


@pytest.fixture
def strict_server(server):
    """Let the server check credentials, as AWS does, while the test runs."""
    reset_auth(server, "0")
    yield server
    reset_auth(server, "inf")


def reset_auth(server, n_unchecked):
    plain = {"Content-Type": "text/plain"}
    request = urllib.request.Request(f"{server}/moto-api/reset-auth", n_unchecked.encode(), plain, method="POST")  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert answer.status == 200


def test_bucket_gives_the_bytes_of_the_folder(s3_build, sample_build, outputs):
    assert outputs(s3_build) == outputs(sample_build.out)


def test_moved_bodies_are_read_from_the_bucket(s3_build):
    assert "body_unresolved" not in pl.read_parquet(s3_build / "dropped.parquet")["reason"].to_list()
    assert pl.concat(map(pl.read_parquet, s3_build.glob("work/decode/*/invocations.parquet"))).height > 2_000


def test_dry_run_lists_the_bucket_and_writes_nothing(server, bucket, logmine, tmp_path):
    done = logmine("build", bucket, "-o", tmp_path / "dataset", "--dry-run", "--endpoint-url", server, **KEYS)
    assert done.returncode == 0
    assert "bytes in 108 objects; nothing was read or written" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("s3://no-such-bucket/logs", "s3://no-such-bucket: no such bucket. Check its name"),
        (f"s3://{BUCKET}/elsewhere", f"s3://{BUCKET}/elsewhere: empty. Give the folder or prefix"),
        ("s3:///logs", "s3:///logs: no bucket. Write s3://bucket/prefix"),
    ],
)
def test_source_that_is_not_there_ends_with_4(server, bucket, logmine, tmp_path, source, message):
    assert bucket
    done = logmine("build", source, "-o", tmp_path / "dataset", "--endpoint-url", server, **KEYS)
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith(f"logmine: {message}")
    assert list(tmp_path.iterdir()) == []


def test_server_that_does_not_answer_ends_with_4(logmine, bucket, tmp_path):
    done = logmine("build", bucket, "-o", tmp_path / "dataset", "--endpoint-url", "http://127.0.0.1:9", **KEYS)
    assert done.returncode == 4, done.stderr
    assert "--endpoint-url" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_credentials_end_with_3(server, bucket, logmine, tmp_path):
    done = logmine("build", bucket, "-o", tmp_path / "dataset", "--endpoint-url", server, AWS_DEFAULT_REGION="us-east-1")
    assert done.returncode == 3, done.stderr
    assert "no AWS credentials" in done.stderr
    assert "aws configure" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_unknown_profile_ends_with_3(server, bucket, logmine, tmp_path):
    done = logmine("build", bucket, "-o", tmp_path / "dataset", "--endpoint-url", server, AWS_PROFILE="nobody")
    assert done.returncode == 3, done.stderr
    assert "AWS_PROFILE" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_wrong_credentials_end_with_3_and_name_the_permission(strict_server, bucket, logmine, tmp_path):
    done = logmine("build", bucket, "-o", tmp_path / "dataset", "--endpoint-url", strict_server, **KEYS)
    assert done.returncode == 3, done.stderr
    assert f"Allow s3:ListBucket on arn:aws:s3:::{BUCKET}" in done.stderr
    assert list(tmp_path.iterdir()) == []
