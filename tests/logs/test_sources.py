import os

import pytest

from logmine.config import LogsConfig
from logmine.errors import AccessError, SourceError
from logmine.logs import decode, list_objects, prune_objects, s3, sources, window_of
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


HOURS = ("2025/03/10/08", "2025/03/10/23", "2025/03/11/00", "2025/03/12/05", "2025/04/01/00", "2026/01/01/00")
REGION = "team/AWSLogs/1/BedrockModelInvocationLogs/eu-central-1"
WANTED = [
    ({"since": "2025-03-11T02:00"}, HOURS[3:]),
    ({"since": "2025-03-11", "until": "2025-03-12"}, HOURS[1:3]),
    ({"until": "2025-03-10T07:30"}, HOURS[:1]),
]


@pytest.mark.parametrize(("wanted", "hours"), WANTED)
@pytest.mark.parametrize("source", ["s3://dates/team", f"s3://dates/{REGION}", f"s3://dates/{REGION}/2025/"])
def test_only_folders_of_the_wanted_time_are_listed(bucket, s3_endpoint, source, wanted, hours):
    bucket.create_bucket(Bucket="dates")
    for name in (*(f"{REGION}/{hour}/a.json.gz" for hour in HOURS), "team/other/2024/b.json", "c.json"):
        bucket.put_object(Bucket="dates", Key=name, Body=b"{}")
    config = LogsConfig(**wanted)
    pruned = list_objects([source], endpoint_url=s3_endpoint, window=window_of(config))
    assert prune_objects(list_objects([source], endpoint_url=s3_endpoint), config).equals(prune_objects(pruned, config))
    found = {name.split("eu-central-1/")[1][:13] for name in pruned["object"] if "/1/Bedrock" in name}
    assert found == {hour for hour in hours if "2026" not in hour or not source.endswith("2025/")}


@pytest.mark.parametrize(("wanted", "hours"), WANTED)
def test_only_local_folders_of_the_wanted_time_are_listed(tmp_path, wanted, hours):
    for hour in HOURS:
        write(tmp_path / REGION / hour / "a.json.gz")
    listed = list_objects([str(tmp_path)], window=window_of(LogsConfig(**wanted)))
    assert [name.split("eu-central-1/")[1][:13] for name in listed["object"]] == list(hours)


def test_dates_far_below_the_source_are_pruned_after_the_listing(bucket, s3_endpoint):
    bucket.create_bucket(Bucket="far")
    bucket.put_object(Bucket="far", Key=f"{REGION}/{HOURS[0]}/a.json.gz", Body=b"{}")
    config = LogsConfig(since="2030-01-01")
    listed = list_objects(["s3://far"], endpoint_url=s3_endpoint, window=window_of(config))
    assert f"AWSLogs/1/BedrockModelInvocationLogs/eu-central-1/{HOURS[0]}/a.json.gz" in listed["object"].to_list()
    assert prune_objects(listed, config).is_empty()


def test_a_time_without_folders_lists_nothing(tmp_path):
    write(tmp_path / KEY)
    assert list_objects([str(tmp_path)], window=window_of(LogsConfig(since="2030-01-01"))).is_empty()


def test_the_listing_tells_how_many_it_has_found(tmp_path, monkeypatch):
    for number in range(5):
        write(tmp_path / f"{number}.json")
    monkeypatch.setattr(sources, "REPORTED_AT_ONCE", 2)
    told = []
    list_objects([str(tmp_path)], report=told.append)
    assert told == [2, 4]


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
