import cfnlint
import pytest
from cfnlint.decode.cfn_yaml import load
from cfnlint.template import Template

from logmine.reward.template import judge_template, reward_template

LOCAL_CODE = "W3002"  # "sam deploy" uploads lambda.zip, which lies beside the template


@pytest.fixture(params=[reward_template, judge_template])
def path(request, tmp_path):
    """Return each template as a file."""
    path = tmp_path / "template.yaml"
    path.write_text(request.param("python3.12", "x86_64"), encoding="utf-8")
    return path


def test_cloudformations_linter_finds_nothing(path):
    found = cfnlint.api.lint_file(path, config=cfnlint.api.ManualArgs(regions=["us-east-1", "us-west-2"], ignore_checks=[LOCAL_CODE]))
    assert [str(match) for match in found] == []


def statements(path):
    resources = Template(str(path), load(str(path))).get_resources("AWS::IAM::Role")
    (role,) = resources.values()
    return [statement for policy in role["Properties"]["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def test_the_role_may_write_its_log_and_call_one_model_at_most(path):
    allowed = {action for one in statements(path) for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])}
    assert allowed - {"bedrock:InvokeModel"} == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert all("*" not in action for action in allowed)
    assert "Resource: '*'" not in path.read_text()


def test_the_names_are_those_that_sagemaker_takes(path):
    parameters = Template(str(path), load(str(path))).template["Parameters"]
    assert "SageMaker" in parameters["FunctionName"]["Default"]
    assert parameters["Handler"]["Default"] == "lambda_function.lambda_handler"


def test_no_concurrency_is_reserved_that_a_new_account_lacks():
    assert "Default: 0\n    MinValue: 0" in reward_template("python3.12", "x86_64")
