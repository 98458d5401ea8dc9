import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from logmine import graders
from logmine.errors import InternalError, OutputError
from logmine.reward import verify_package, write_package
from logmine.reward.handler import lambda_handler

COMPLETIONS = [
    "The answer is 1,060.",
    "1060",
    "(B)",
    "refund",
    "refund or delivery",
    '{"city": "Łódź", "nights": 3}',
    "[ANSWER]Łódź[/ANSWER]",
    "",
]


def test_the_folder_holds_what_an_operator_needs(dataset, tmp_path):
    write_package(dataset(), tmp_path / "reward")
    names = sorted(path.name for path in (tmp_path / "reward").iterdir())
    assert names == ["README.md", "handler.py", "iam_policy.json", "lambda.zip", "sample_event.json", "template.yaml"]


def test_the_zip_holds_the_source_files_and_no_clock(dataset, tmp_path):
    write_package(dataset(), tmp_path)
    root = Path(graders.__file__).parent
    with zipfile.ZipFile(tmp_path / "lambda.zip") as archive:
        assert archive.namelist() == ["lambda_function.py"] + ["logmine_graders/" + path.name for path in sorted(root.glob("*.py"))]
        assert archive.read("logmine_graders/numeric.py") == (root / "numeric.py").read_bytes()
        assert archive.read("lambda_function.py") == (tmp_path / "handler.py").read_bytes()
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}


def test_two_runs_give_the_same_bytes(dataset, tmp_path):
    write_package(dataset(), tmp_path / "a")
    write_package(dataset().reverse(), tmp_path / "b")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_the_sample_event_earns_every_reward(dataset, references, tmp_path):
    numeric = references["numeric"]
    write_package(dataset([numeric, numeric, numeric, numeric, references["choice"], references["exact"]]), tmp_path)
    event = json.loads((tmp_path / "sample_event.json").read_text())
    assert [sample["id"] for sample in event] == ["p000", "p004", "p005", "p001"]
    assert [result["aggregate_reward_score"] for result in lambda_handler(event)] == [1.0] * 4


def test_an_empty_dataset_has_an_empty_event(dataset, tmp_path):
    write_package(dataset([]), tmp_path)
    assert json.loads((tmp_path / "sample_event.json").read_text()) == []
    assert verify_package(tmp_path / "lambda.zip", dataset([])) == []


def test_policies_allow_logs_and_the_call_and_nothing_else(dataset, tmp_path):
    write_package(dataset(), tmp_path)
    roles = json.loads((tmp_path / "iam_policy.json").read_text())
    (own,) = roles["reward_function_role"]["policy"]["Statement"]
    (job,) = roles["fine_tuning_job_role"]["policy"]["Statement"]
    assert all(action.startswith("logs:") for action in own["Action"])
    assert job["Action"] == "lambda:InvokeFunction"
    assert "*" not in own["Resource"] + job["Resource"]


def test_the_readme_names_the_graders_in_use(dataset, references, tmp_path):
    write_package(dataset([references["numeric"]] * 3 + [references["label"]]), tmp_path)
    readme = (tmp_path / "README.md").read_text()
    assert "- `label`: 1 rows\n- `numeric`: 3 rows\n" in readme
    assert '{"type": "lambda", "lambda": {"function": ARN}}' in readme


def test_a_file_in_the_way_is_named(dataset, tmp_path):
    (tmp_path / "reward").write_text("")
    with pytest.raises(OutputError, match="reward: cannot be written"):
        write_package(dataset(), tmp_path / "reward")


def test_every_row_earns_its_reward_through_the_zip(dataset, references, tmp_path):
    rows = dataset(list(references.values()) * 50)
    write_package(rows, tmp_path)
    assert verify_package(tmp_path / "lambda.zip", rows) == []


def test_a_row_that_does_not_earn_its_reward_is_named(dataset, references, tmp_path):
    rows = dataset([references["numeric"], references["numeric"] | {"answer": "many"}, references["label"] | {"spec": "{"}])
    write_package(rows, tmp_path)
    assert verify_package(tmp_path / "lambda.zip", rows) == ["p001", "p002"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import numpy", "ModuleNotFoundError"),
        ("import logmine", "ModuleNotFoundError"),
        (
            "def lambda_handler(event, context): return []\ndef http_handler(event, context): return {'body': '[]'}",
            "one result for each of 6 rows",
        ),
        ("def lambda_handler(event, context): return []\ndef http_handler(event, context): return {'body': '[1]'}", "disagree"),
    ],
)
def test_a_package_that_does_not_work_is_an_internal_error(dataset, tmp_path, source, message):
    with zipfile.ZipFile(tmp_path / "lambda.zip", "w") as archive:
        archive.writestr("lambda_function.py", source)
    with pytest.raises(InternalError, match=message):
        verify_package(tmp_path / "lambda.zip", dataset())


def test_the_zip_judges_as_the_process_does(dataset, references, tmp_path):
    write_package(dataset(), tmp_path)
    pairs = [(reference, text) for reference in references.values() for text in COMPLETIONS]
    event = [
        {"id": number, "messages": [{"role": "assistant", "content": text}], "reference_answer": reference}
        for number, (reference, text) in enumerate(pairs)
    ]
    judge = "import json, sys; sys.path.insert(0, sys.argv[1]); from lambda_function import lambda_handler; print(json.dumps(lambda_handler(json.load(sys.stdin))))"
    command = [sys.executable, "-I", "-S", "-c", judge, tmp_path / "lambda.zip"]
    results = json.loads(subprocess.run(command, input=json.dumps(event).encode(), capture_output=True, check=True).stdout)
    verdicts = [graders.grade(reference, text).verdict for reference, text in pairs]
    assert [verdict_of(result) for result in results] == verdicts
    assert set(verdicts) == {"correct", "incorrect", "abstain"}


def verdict_of(result):
    metrics = {metric["name"]: metric["value"] for metric in result["metrics_list"]}
    assert metrics["error"] == 0.0
    return "abstain" if metrics["abstained"] else "correct" if metrics["correct"] else "incorrect"
