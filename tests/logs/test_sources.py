import os

import pytest

from logmine.config import LogsConfig
from logmine.errors import AccessError, SourceError
from logmine.logs import decode, list_objects, s3
from logmine.schemas import OBJECTS

KEY = "AWSLogs/111122223333/BedrockModelInvocationLogs/eu-central-1/2025/03/10/08/a.json.gz"


def write(path, data=b"{}"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_folder_gives_keys_from_awslogs_on(tmp_path):
    write(tmp_path / "team" / KEY)
    listed = list_objects([str(tmp_path)])
    assert listed.schema == OBJECTS
    assert listed["object"].to_list() == [KEY]
    assert listed["address"].to_list() == [str(tmp_path / "team" / KEY)]


def test_a_folder_below_awslogs_gives_the_same_keys(tmp_path):
    write(tmp_path / KEY)
    assert list_objects([str((tmp_path / KEY).parent)])["object"].to_list() == [KEY]


def test_moved_bodies_markers_and_other_files_are_left_out(tmp_path):
    hour = (tmp_path / KEY).parent
    kept = [
        write(hour / "a.json.gz"),
        write(tmp_path / "exports" / "000000.gz"),
        write(tmp_path / "plain"),
        write(tmp_path / "b.jsonl.zst"),
    ]
    for name in ("data/x_input.json.gz", "data/x_input_media_00.png", "amazon-bedrock-logs-permission-check"):
        write(hour / name)
    for name in ("notes.txt", "table.csv.gz", "part.parquet", ".DS_Store", "logs.tar.gz"):
        write(tmp_path / name)
    assert sorted(list_objects([str(tmp_path)])["address"]) == sorted(map(str, kept))


def test_overlapping_sources_list_an_object_once(tmp_path):
    path = write(tmp_path / "logs" / KEY)
    (tmp_path / "logs" / "link.json.gz").symlink_to(path)
    listed = list_objects([str(tmp_path), str(tmp_path / "logs"), str(path), f"{tmp_path}/logs/../logs"])
    assert listed["object"].to_list() == [KEY]


def test_a_mirror_of_the_same_object_is_not_read_twice(tmp_path):
    write(tmp_path / "a" / KEY)
    write(tmp_path / "b" / KEY)
    assert list_objects([str(tmp_path)])["address"].to_list() == [str(tmp_path / "a" / KEY)]


def test_files_of_one_name_from_two_folders_keep_keys_of_their_own(tmp_path):
    for folder in ("a", "b"):
        write(tmp_path / folder / "x" / "000000.gz")
    listed = list_objects([str(tmp_path / "b"), str(tmp_path / "a")])
    assert listed["object"].to_list() == ["a/x/000000.gz", "b/x/000000.gz"]


def test_the_etag_follows_the_file(tmp_path):
    path = write(tmp_path / "a.json")
    first = list_objects([str(path)])["etag"].item()
    os.utime(path, ns=(1, 1))
    assert list_objects([str(path)])["etag"].item() != first


@pytest.mark.parametrize(
    ("prepare", "found"),
    [
        (lambda _: None, "no such file or folder"),
        (lambda folder: folder.mkdir(), "empty"),
        (lambda folder: write(folder / "notes.txt"), "1 objects, none of which"),
    ],
)
def test_a_source_without_logs_says_what_to_do(tmp_path, prepare, found):
    folder = tmp_path / "logs"
    prepare(folder)
    with pytest.raises(SourceError, match=found):
        list_objects([str(folder)])


def test_an_unknown_kind_of_source_is_named():
    with pytest.raises(SourceError, match="unknown kind of source"):
        list_objects(["gs://bucket/logs"])


def test_s3_is_listed_and_read(bucket, s3_endpoint):
    bucket.put_object(Bucket="logs", Key="team/AWSLogs/1/BedrockModelInvocationLogs/r/2025/01/01/00/data/x_input.json.gz", Body=b"x")
    listed = list_objects(["s3://logs/team", f"s3://logs/team/{KEY}"], endpoint_url=s3_endpoint)
    assert listed.select("object", "address", "endpoint_url").rows() == [(KEY, f"s3://logs/team/{KEY}", s3_endpoint)]
    assert decode(listed, config=LogsConfig())["invocations"]["completion"].to_list() == ["Hello"]


@pytest.mark.parametrize(("source", "found"), [("s3://nope/x", "no such bucket"), ("s3://logs/nothing", "empty"), ("s3://", "no bucket")])
def test_a_wrong_bucket_or_prefix_says_so(bucket, s3_endpoint, source, found):
    assert bucket
    with pytest.raises(SourceError, match=found):
        list_objects([source], endpoint_url=s3_endpoint)


def test_missing_credentials_name_action_and_resource(bucket, s3_endpoint, monkeypatch, tmp_path):
    assert bucket
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    s3.forget_clients()
    with pytest.raises(AccessError, match=r"s3:ListBucket on arn:aws:s3:::logs"):
        list_objects(["s3://logs/team"], endpoint_url=s3_endpoint)


def test_an_object_that_is_gone_is_a_row(tmp_path):
    listed = list_objects([str(write(tmp_path / "a.json"))])
    (tmp_path / "a.json").unlink()
    tables = decode(listed, config=LogsConfig())
    assert tables["dropped"].select("reason", "detail", "line").rows() == [("object_vanished", "not found", 0)]
    assert tables["objects_read"]["n_records"].to_list() == [0]
