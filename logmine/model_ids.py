"""Model ids of Amazon Bedrock in all the forms in which callers write them.

A call names its model as a base id, a cross-Region inference profile, a full ARN, or with a context length behind the
version; bodies and people use bare names. Two forms name one model when their base ids agree.

Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html (ARN formats).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

PROVIDERS: Final = frozenset(
    [
        "ai21",
        "amazon",
        "anthropic",
        "cohere",
        "deepseek",
        "google",
        "luma",
        "meta",
        "minimax",
        "mistral",
        "moonshot",
        "moonshotai",
        "nvidia",
        "openai",
        "qwen",
        "stability",
        "twelvelabs",
        "writer",
        "zai",
    ]
)
"""First part of a base id."""

_PROFILE_REGIONS: Final = frozenset(
    ["us", "eu", "apac", "ap", "jp", "au", "ca", "sa", "me", "af", "il", "mx", "uk", "in", "kr", "global", "us-gov"]
)
_NAMES_NO_MODEL: Final = frozenset(
    ["application-inference-profile", "custom-model-deployment", "imported-model", "default-prompt-router", "prompt-router", "endpoint"]
)
_ARN: Final = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:\d*:(?P<kind>[\w-]+)/(?P<rest>.+)")
_CONTEXT: Final = re.compile(r":(\d+[km]|mm|\d{3,})$")
_VERSION: Final = re.compile(r"-v(?P<major>\d+)(:(?P<minor>\d+))?$|-(?P<bare_major>\d+):(?P<bare_minor>\d+)$|:(?P<only_minor>\d+)$")


@lru_cache(maxsize=4096)
def base_model(model_id: str) -> str | None:
    """Return the base id that ``model_id`` names, or None where it names no model.

    The version ``:0`` stays; Region prefixes, ARNs and context lengths (``:28k``, ``:256k``) go. Profiles of an
    application, deployments, imported and provisioned models and SageMaker endpoints name no model.

    Examples
    --------
    >>> base_model("us.anthropic.claude-haiku-4-5-20251001-v1:0")
    'anthropic.claude-haiku-4-5-20251001-v1:0'
    >>> base_model("arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-2-lite-v1:0:256k/abcdefghijkl")
    'amazon.nova-2-lite-v1:0'
    >>> base_model("arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdefghijkl") is None
    True
    """
    text = model_id.strip()
    arn = _ARN.fullmatch(text)
    if arn:
        if arn["kind"] in _NAMES_NO_MODEL:
            return None
        named = arn["rest"].split("/", 1)[0]
        return _without_affixes(named) if "." in named else None
    if text.startswith(("arn:", "/")):
        return None  # of another service, or the folder of a model in an endpoint's container
    return _without_affixes(text) or None


def same_base_model(first: str, second: str) -> bool:
    """Return whether two ids, in any form, name the same base model.

    A bare name, without provider or version, matches every version of that name; two versions that are both given
    must agree. An id that names no model is the same as none.

    Examples
    --------
    >>> same_base_model("amazon.nova-2-lite-v1:0:256k", "nova-2-lite")
    True
    >>> same_base_model("qwen.qwen3-32b-v1:0", "us.qwen.qwen3-32b-v1:0")
    True
    >>> same_base_model("anthropic.claude-v2", "anthropic.claude-v2:1")
    False
    """
    one, two = _identity(first), _identity(second)
    return one is not None and two is not None and all(a == b or None in (a, b) for a, b in zip(one, two, strict=True))


def provider(model_id: str) -> str | None:
    """Return the provider that ``model_id`` names, such as ``anthropic``, or None.

    Examples
    --------
    >>> provider("arn:aws:bedrock:eu-central-1::foundation-model/meta.llama3-8b-instruct-v1:0")
    'meta'
    """
    named = base_model(model_id)
    first = named.split(".", 1)[0].lower() if named else ""
    return first if first in PROVIDERS else None


def _without_affixes(name: str) -> str:
    first, _, rest = name.partition(".")
    if rest and first not in PROVIDERS and (first in _PROFILE_REGIONS or rest.split(".", 1)[0] in PROVIDERS):
        name = rest
    return _CONTEXT.sub("", name)


@lru_cache(maxsize=4096)
def _identity(model_id: str) -> tuple[str | None, str, str | None] | None:
    """Return provider, name and version of a model; None for a part that is not given."""
    named = base_model(model_id)
    if not named:
        return None
    name = named.lower().rsplit("/", 1)[-1]
    first, _, rest = name.partition(".")
    provided_by = first if rest and first in PROVIDERS else None
    name = rest if provided_by else name
    found = _VERSION.search(name)
    if not found:
        return provided_by, name, None
    major = found["major"] or found["bare_major"] or "1"
    minor = found["minor"] or found["bare_minor"] or found["only_minor"] or "0"
    return provided_by, name[: found.start()], f"{major}:{minor}"


def without_models(rows: pl.DataFrame, models: Sequence[str]) -> pl.DataFrame:
    """Return the rows whose ``base_model`` is none of ``models``, in any form of their ids."""
    if not models:
        return rows
    excluded = [name for name in rows["base_model"].drop_nulls().unique() if any(same_base_model(name, model) for model in models)]
    return rows.filter(~rows["base_model"].is_in(excluded).fill_null(value=False))
