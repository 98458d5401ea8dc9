"""Calls that are no chat: embedding, rerank, image, video, counting of tokens.

The operation, then the shape of request and response, then the model id say so; the last alone where no body was
delivered, or where a lone ``inputText`` or ``prompt`` could be either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from logmine.logs.fields import objects_in

if TYPE_CHECKING:
    from logmine.logs.fields import Json

_BY_OPERATION: Final = {
    "CountTokens": "count_tokens",
    "Rerank": "rerank",
    "StartAsyncInvoke": "video",
    "ApplyGuardrail": "guardrail",
}
_EMBEDDING_KEYS: Final = frozenset(
    ["input_type", "embedding_types", "embeddingConfig", "dimensions", "normalize", "embeddingTypes", "inputImage", "singleEmbeddingParams"]
)
_IMAGE_KEYS: Final = frozenset(
    [
        "text_prompts",
        "textToImageParams",
        "imageGenerationConfig",
        "aspect_ratio",
        "output_format",
        "imageVariationParams",
        "inPaintingParams",
    ]
)
_VIDEO_KEYS: Final = frozenset(["videoGenerationConfig", "textToVideoParams", "multiShotAutomatedParams"])
_EMBEDDING_ANSWERS: Final = frozenset(["embedding", "embeddings", "embeddingsByType"])
_MODEL_WORDS: Final = (
    ("embed", "embedding"),
    ("marengo", "embedding"),
    ("rerank", "rerank"),
    ("image", "image"),
    ("canvas", "image"),
    ("stability.", "image"),
    ("stable-", "image"),
    ("reel", "video"),
    ("luma.", "video"),
    ("sonic", "audio"),
)


def kind_by_operation(operation: str | None) -> str | None:
    """Return the kind that the operation alone names, or None."""
    return _BY_OPERATION.get(operation or "")


def kind_by_model(model_id: str | None) -> str | None:
    """Return the kind of call that the model serves, None for chat models."""
    name = (model_id or "").lower()
    return next((kind for word, kind in _MODEL_WORDS if word in name), None)


def kind_by_shape(request: Json, response: Json, model_id: str | None) -> str | None:
    """Return the kind that the bodies show, None where they may be a chat."""
    if "messages" in request:
        return None
    if not _EMBEDDING_ANSWERS.isdisjoint(response) or any("embedding" in entry for entry in objects_in(response.get("data"))):
        return "embedding"
    if isinstance(response.get("images"), list) or "artifacts" in response:
        return "image"
    if any("relevance_score" in result or "relevanceScore" in result for result in objects_in(response.get("results"))):
        return "rerank"
    return _kind_of_request(request) or (None if response else _kind_of_lone_text(request, model_id))


def _kind_of_request(request: Json) -> str | None:
    task = str(request.get("taskType", ""))
    if not _VIDEO_KEYS.isdisjoint(request) or "VIDEO" in task:
        return "video"
    if "query" in request and "documents" in request:
        return "rerank"
    if not _EMBEDDING_KEYS.isdisjoint(request) or "EMBEDDING" in task or "texts" in request:
        return "embedding"
    if not _IMAGE_KEYS.isdisjoint(request) or task:
        return "image"
    return None


def _kind_of_lone_text(request: Json, model_id: str | None) -> str | None:
    return kind_by_model(model_id) if any(key in request for key in ("inputText", "prompt", "inputs", "input")) else None
