import pytest

from logmine.config import load_config
from logmine.report import judge_build

TASKS = [
    {"task_id": "a", "name": "sums", "grader": "numeric", "n_prompts": 50, "n_with_reference": 10},
    {"task_id": "b", "name": "routing", "grader": "label", "n_prompts": 300, "n_with_reference": 0},
    {"task_id": "c", "name": "chat", "grader": "judge", "n_prompts": 900, "n_with_reference": 0},
    {"task_id": "d", "name": "essays", "grader": None, "n_prompts": 900, "n_with_reference": 0},
]


def judge(n_train=0, n_eval=0, needs=(), decisions=(), **settings):
    """Judge a build that lacks, by need, a number of prompts of ten tokens."""
    lacking = {name: {"n_prompts": n, "n_tokens": 10 * n} for name, n in dict(needs).items()}
    n_rows = {"train.jsonl": n_train, "eval.jsonl": n_eval, "needs_rollouts.jsonl": 9999}
    return judge_build({"decisions": dict(decisions), "tasks": TASKS}, n_rows, lacking, load_config(None, settings))


ENOUGH = {"n_train": 100, "n_eval": 1}


@pytest.mark.parametrize(
    ("build", "name", "command"),
    [
        (ENOUGH, "READY", "aws s3 cp OUT s3://YOUR-BUCKET/rft --recursive --exclude 'work/*'"),
        (ENOUGH | {"needs": {"rollouts": 900, "references": 900}}, "READY", "aws s3 cp OUT"),
        ({"n_train": 99, "n_eval": 20, "needs": {"rollouts": 1}}, "NEEDS ROLLOUTS", "logmine rollout OUT --model MODEL"),
        ({"n_train": 90, "needs": {"rollouts": 30, "references": 30}}, "NEEDS ROLLOUTS", "logmine rollout OUT --model MODEL"),
        (
            {"n_train": 90, "needs": {"rollouts": 30, "references": 31}},
            "NEEDS REFERENCES",
            "logmine rollout OUT --purpose references --model STRONGER-MODEL",
        ),
        ({"needs": {"rollouts": 99, "references": 1}}, "NEEDS REFERENCES", "logmine rollout OUT --purpose references"),
        ({"needs": {"rollouts": 3}}, "NEEDS ROLLOUTS", "logmine rollout OUT --model MODEL"),
        ({"needs": {"sft": 900}, "decisions": {"judge": 5, "too_hard": 900}}, "JUDGE ONLY", "logmine build SOURCE -o OUT --judge TASK"),
        ({"needs": {"sft": 900}, "decisions": {"too_hard": 900}}, "NOT FOR RFT", "logmine inspect SOURCE"),
        ({}, "NOT FOR RFT", "logmine inspect SOURCE"),
        ({"n_train": 200}, "NOT FOR RFT", "logmine inspect SOURCE"),
        ({"n_train": 100, "eval_fraction": 0.0}, "READY", "aws s3 cp OUT"),
        ({"min_rows": 0}, "NOT FOR RFT", "logmine inspect SOURCE"),
    ],
)
def test_verdicts_and_what_to_type_next(build, name, command):
    verdict = judge(**build)
    assert verdict.name == name
    assert verdict.next_command.startswith(command)


def test_too_few_rows_are_told_with_what_is_needed():
    assert judge(n_train=1042, min_rows=2000).reason.startswith("1,042 training rows; at least 2,000 are needed, and some held out. ")


def test_rollouts_are_counted_in_calls_and_tokens():
    verdict = judge(needs={"rollouts": 1500}, base_model="amazon.nova-2-lite-v1:0")
    assert "1,500 prompts with a reference have too few attempts of amazon.nova-2-lite-v1:0" in verdict.reason
    assert "at most 12,000 calls and 120,000 input tokens, likely 7,200 calls" in verdict.reason
    assert verdict.next_command == "logmine rollout OUT --model amazon.nova-2-lite-v1:0"


def test_tasks_that_lack_references_are_ranked_by_what_they_would_add():
    assert (
        "340 prompts of checkable tasks lack a reference answer (routing (label): 300; sums (numeric): 40)."
        in judge(needs={"references": 340}).reason
    )


def test_a_build_that_is_not_for_rft_tells_what_is_useful():
    assert judge().reason.endswith("No prompts of these logs are checkable and of middling difficulty.")
    assert "1,050 prompts of these logs" in judge(decisions={"selected": 1050}, min_rows=2000).reason
