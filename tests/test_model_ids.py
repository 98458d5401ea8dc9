import pytest

from logmine.model_ids import base_model, provider, same_base_model

ARN = "arn:aws:bedrock:us-east-1:111122223333:"


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("anthropic.claude-v2:1", "anthropic.claude-v2:1"),
        ("anthropic.claude-v2:1:18k", "anthropic.claude-v2:1"),
        ("amazon.nova-pro-v1:0:300k", "amazon.nova-pro-v1:0"),
        ("cohere.embed-english-v3:0:512", "cohere.embed-english-v3:0"),
        ("us.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"),
        ("global.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("us-gov.anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"),
        ("apac.amazon.nova-micro-v1:0", "amazon.nova-micro-v1:0"),
        (ARN + "inference-profile/us.openai.gpt-6-astra", "openai.gpt-6-astra"),
        ("arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0"),
        (ARN + "custom-model/amazon.nova-2-lite-v1:0:256k/abc123def456", "amazon.nova-2-lite-v1:0"),
        (ARN + "provisioned-model/abc123def456", None),
        (ARN + "imported-model/abc123def456", None),
        (ARN + "custom-model-deployment/abc123def456", None),
        (ARN + "application-inference-profile/abc123def456", None),
        ("arn:aws:sagemaker:us-east-1:111122223333:endpoint/mine", None),
        ("/opt/ml/model", None),
        ("claude-3-5-sonnet-20241022", "claude-3-5-sonnet-20241022"),
        ("", None),
    ],
)
def test_base_model_of_every_form(model_id, expected):
    assert base_model(model_id) == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("amazon.nova-2-lite-v1:0:256k", "nova-2-lite"),
        ("openai.gpt-oss-20b-1:0", "openai.gpt-oss-20b"),
        ("openai.gpt-oss-20b-1:0", "gpt-oss-20b"),
        ("qwen.qwen3-32b-v1:0", "qwen3-32b"),
        ("qwen.qwen3-32b-v1:0", "Qwen/Qwen3-32B"),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001"),
        (ARN + "foundation-model/amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0"),
        ("amazon.nova-lite-v1", "amazon.nova-lite-v1:0"),
    ],
)
def test_forms_of_one_model_are_the_same(first, second):
    assert same_base_model(first, second)
    assert same_base_model(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("openai.gpt-oss-20b-1:0", "openai.gpt-oss-120b-1:0"),
        ("amazon.nova-lite-v1:0", "amazon.nova-2-lite-v1:0"),
        ("anthropic.claude-v2", "anthropic.claude-v2:1"),
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", "anthropic.claude-3-5-sonnet-20241022-v2:0"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-20251001"),
        ("mistral.large-v1:0", "cohere.large-v1:0"),
        (ARN + "imported-model/abc123def456", ARN + "imported-model/abc123def456"),
    ],
)
def test_different_models_are_not_the_same(first, second):
    assert not same_base_model(first, second)


def test_provider_of_a_profile_and_of_a_bare_name():
    assert provider("eu.meta.llama3-2-1b-instruct-v1:0") == "meta"
    assert provider("llama3-2-1b-instruct") is None
