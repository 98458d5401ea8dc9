"""What an operator reads and fills in to deploy the reward function.

Sources: docs.aws.amazon.com/bedrock/latest/userguide/reward-functions.html and rft-submit-job.html; for SageMaker the pages
nova-implementing-reward-functions and nova-hp-evaluate-rft, which ask for ``SageMaker`` in the function's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logmine.reward.engines import Engines

FUNCTION: Final = "SageMaker-logmine-reward"
FUNCTION_ARN: Final = f"arn:aws:lambda:REGION:ACCOUNT_ID:function:{FUNCTION}"
LOG_GROUP_ARN: Final = f"arn:aws:logs:REGION:ACCOUNT_ID:log-group:/aws/lambda/{FUNCTION}"


def roles() -> dict[str, Any]:
    """Return the policies of the two roles: REGION and ACCOUNT_ID are to be filled in."""
    return {
        "reward_function_role": {
            "trust": _document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}),
            "policy": _document(
                {
                    "Sid": "WriteOwnLogs",
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": [LOG_GROUP_ARN, f"{LOG_GROUP_ARN}:*"],
                }
            ),
        },
        "fine_tuning_job_role": {
            "policy": _document(
                {
                    "Sid": "InvokeRewardFunction",
                    "Effect": "Allow",
                    "Action": "lambda:InvokeFunction",
                    "Resource": [FUNCTION_ARN, f"{FUNCTION_ARN}:*"],
                }
            ),
        },
    }


def _document(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}


def instructions(sha256: str, grader_counts: Mapping[str, int], engines: Engines) -> str:
    """Return ``README.md`` of the folder.

    Parameters
    ----------
    sha256
        Of ``lambda.zip``, in base64, as Lambda reports it.
    grader_counts
        Rows by grader.
    engines
        What is bundled.
    """
    counted = "\n".join(f"- `{grader}`: {count} rows" for grader, count in grader_counts.items()) or "- none: the dataset is empty"
    return README.format(
        sha256=sha256,
        grader_counts=counted,
        engines=_engines_text(engines),
        runtime=engines.runtime,
        architecture=engines.architecture,
    )


def _engines_text(engines: Engines) -> str:
    bundled = ", ".join(f"{name} {version}" for name, version in sorted(engines.versions.items()))
    lines = [f"Bundled in the ZIP, since graders in use need them: {bundled}.\n"] if bundled else []
    lines += [MISSING[grader] for grader in sorted(engines.missing)]
    return "\n".join(lines)


MISSING: Final = {
    "math": """**`math` rows abstain where SymPy would be needed**: math-verify was not installed where the dataset was built, and is not in the ZIP.
To add it: `pip install math-verify -t bundle && (cd bundle && zip -r ../lambda.zip .)`.
""",
    "regex": """**`regex` rows earn nothing as the ZIP stands**: RE2 is a binary, and this dataset was built where Lambda's is not installed.
To add it: `pip install google-re2 -t bundle --platform manylinux_2_28_x86_64 --python-version 3.12 --only-binary=:all: && (cd bundle && zip -r ../lambda.zip .)`.
""",
}

README: Final = """# The reward function of this dataset

`lambda.zip` judges a completion as logmine judged the logs: the same files, the same verdicts. It reads no network and no environment, and
logs no text of prompts or answers. `handler.py` is its handler (`lambda_function.py` in the ZIP), to read, and the reward function for
trainers on machines of your own; the graders are in the ZIP.

Rows by grader:

{grader_counts}

{engines}
## Test here

```sh
logmine reward test OUT
```

runs handler and ZIP where nothing of logmine can be imported, over all rows, all logged completions and a set of tricks that must earn nothing,
and compares verdicts and extracted answers with those of the build.

## Deploy with AWS SAM

```sh
sam deploy --template-file template.yaml --stack-name logmine-reward --resolve-s3 --capabilities CAPABILITY_IAM \\
  --parameter-overrides JobRoleName=ROLE_OF_THE_FINE_TUNING_JOB
```

The template makes the function, its log group, and a role that may write there and nothing else; the job's role gets permission to call
the function. For open models on SageMaker (not Nova), whose trainers read an HTTP response, add `Handler=lambda_function.http_handler`.

## Deploy by hand

The commands run as they are in AWS CloudShell, in this folder. The name contains `SageMaker` because SageMaker HyperPod and
RFT evaluation refuse other names; Bedrock takes any.

```sh
NAME=SageMaker-logmine-reward
REGION=us-east-1   # the Region of the job; Nova 2 Lite is tuned in us-east-1
ACCOUNT_ID=$(aws sts get-caller-identity --query Account --output text)
sed -e "s/REGION/$REGION/g" -e "s/ACCOUNT_ID/$ACCOUNT_ID/g" iam_policy.json > roles.json

# The function's own role: it may write its logs and nothing else.
aws iam create-role --role-name $NAME --assume-role-policy-document "$(jq .reward_function_role.trust roles.json)"
aws iam put-role-policy --role-name $NAME --policy-name logs --policy-document "$(jq .reward_function_role.policy roles.json)"
sleep 15   # until Lambda can assume a new role

aws lambda create-function --region $REGION --function-name $NAME --runtime {runtime} --architectures {architecture} \\
  --handler lambda_function.lambda_handler --zip-file fileb://lambda.zip \\
  --role arn:aws:iam::$ACCOUNT_ID:role/$NAME --timeout 300 --memory-size 1769

# The role of the fine-tuning job must be allowed to call it.
aws iam put-role-policy --role-name JOB_ROLE --policy-name reward \\
  --policy-document "$(jq .fine_tuning_job_role.policy roles.json)"
```

Lambda's default timeout of 3 seconds is too short for a batch of 128 samples. The job calls the function many times at once: leave its
concurrency unreserved. For a new version: `aws lambda update-function-code --function-name $NAME --zip-file fileb://lambda.zip`.

## Test

`sample_event.json` holds rows of the dataset with their reference as the answer: every `aggregate_reward_score` must be 1.0.

```sh
aws lambda invoke --region $REGION --function-name $NAME --cli-binary-format raw-in-base64-out \\
  --payload file://sample_event.json result.json && cat result.json
```

What is deployed is this package if the hash that Lambda reports is `{sha256}`:

```sh
aws lambda get-function-configuration --region $REGION --function-name $NAME --query CodeSha256
```

## Use

- Amazon Bedrock, Nova: `customizationConfig.rftConfig.graderConfig.lambdaGrader.lambdaArn` of `create-model-customization-job`.
- Amazon Bedrock, open-weight models: `method.reinforcement.grader` is `{{"type": "lambda", "lambda": {{"function": ARN}}}}`.
- SageMaker: `reward_lambda_arn` of the recipe.
- TRL, beside a copy of this folder:

  ```python
  from datasets import load_dataset
  from handler import reward_function

  dataset = load_dataset("json", data_files="train.jsonl", split="train").rename_column("messages", "prompt")
  trainer = GRPOTrainer(model=MODEL, reward_funcs=reward_function, train_dataset=dataset)
  ```

  `reward_function` gives `None` where the grader abstains.
- verl: `custom_reward_function.path=reward/handler.py custom_reward_function.name=compute_score`, with `reference_answer` as
  `reward_model.ground_truth` of each row, an object or its JSON text. An abstention scores 0.0, and `abstained` is logged.

  ```python
  import json
  from datasets import load_dataset

  def verl_row(row, index):
      ground_truth = json.dumps(row["reference_answer"])
      return {{"data_source": "logmine", "prompt": row["messages"], "ability": row["task_id"],
              "reward_model": {{"style": "rule", "ground_truth": ground_truth}}, "extra_info": {{"index": index, "split": "train"}}}}

  rows = load_dataset("json", data_files="train.jsonl", split="train")
  rows.map(verl_row, with_indices=True, remove_columns=rows.column_names).to_parquet("train.parquet")
  ```

## Results

For each sample `id` comes back as it came, and

| | |
|---|---|
| `aggregate_reward_score` | 1.0 for a correct answer, else 0.0: the reward |
| `correct` | the same; its mean is the pass rate |
| `correct_GRADER` | `correct`, of the samples of one grader: the curve of each kind of task |
| `abstained` | 1.0 where the grader could not tell, the reward is then 0.0; a mean that grows during training means that the model leaves the form in which answers can be read |
| `partial_score` | share of the answer that is right, such as fields of a JSON object; information, not reward |
| `error` | 1.0 where the sample could not be judged, for want of a reference answer or of an answer; must stay at 0: the function's log names the type of the error |
"""

JUDGE_README: Final = """# The judge of this dataset

`../../judge/train.jsonl` and `../../judge/eval.jsonl` hold {n_rows} prompts whose answers no program can check. This function lets a model on Amazon Bedrock score
them by a rubric (RLAIF). They are a dataset of their own: train on them apart from the checked rows, with this function as the reward.

## Confirm the rubric first

A judge rewards what its rubric says, and nothing else. Read it, better still write your own: `rubric` in the task's `[[task]]` block of
`logmine.toml` (`logmine tasks SOURCE` writes blocks to start from), then build again. Then compare the judge's scores with your own on
some dozens of answers before you train.

{rubrics}

## Deploy

```sh
sam deploy --template-file template.yaml --stack-name logmine-judge --resolve-s3 --capabilities CAPABILITY_IAM \\
  --parameter-overrides JobRoleName=ROLE_OF_THE_FINE_TUNING_JOB JudgeModelId=MODEL JudgeModelName=MODEL
```

The role of the function may call that one model and write its log. Each sample is one call: look at the model's quotas, and keep `lambda_batch_size` low
(16 calls run at a time; the function has 15 minutes). What Lambda reports as `CodeSha256` must be `{sha256}`.

## Test

```sh
aws lambda invoke --function-name SageMaker-logmine-judge --cli-binary-format raw-in-base64-out --payload file://sample_event.json result.json && cat result.json
```

The answers of `sample_event.json` refuse to answer and claim to be correct: their scores must be low.

## Results

| | |
|---|---|
| `aggregate_reward_score`, `judge_score` | the score, from 0.0 to 1.0; 0.0 where there is none |
| `malformed` | 1.0 where the judge gave no verdict that could be read, twice |
| `error` | 1.0 where the judge could not be asked, or the row has no rubric; must stay near 0 |

Prompt and answer reach the judge as JSON strings between marks that change with every call, and a verdict counts only if it repeats the mark. That keeps
an answer from ending the data or writing its own verdict; it does not make a judge wise. Read answers with high scores during training.
"""
