"""Embedding models of Amazon Bedrock, through boto3: Titan, Cohere, Nova.

Formats: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html,
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html (Cohere),
https://docs.aws.amazon.com/nova/latest/userguide/embeddings-schema.html. Texts are sent as they are, in one Region of one account: that of
the credentials that boto3 finds.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import boto3
import numpy as np
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, PartialCredentialsError, TokenRetrievalError

from logmine.errors import AccessError, InterruptedBuildError, LogmineError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

PREFIX: Final = "bedrock:"
CONCURRENCY: Final = 8  # calls under way; botocore's adaptive mode slows them down where the account's quota is smaller
MAX_ATTEMPTS: Final = 10
BLANK: Final = "-"  # in place of a text without characters, which every model refuses

_DENIED: Final = ("AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException")
_UNUSABLE: Final = ("ValidationException", "ResourceNotFoundException")


@dataclass(frozen=True, slots=True)
class Family:
    """How the models of one publisher are asked.

    Attributes
    ----------
    mark
        Part of the model id that tells the family.
    dimensions
        Length of the vectors that are asked for.
    max_texts, max_chars
        Limits of one call, and of one text.
    body
        Gives the request for some texts.
    vectors
        Reads the vectors out of the answer.
    """

    mark: str
    dimensions: int
    max_texts: int
    max_chars: int
    body: Callable[[Sequence[str]], dict[str, Any]]
    vectors: Callable[[dict[str, Any]], list[list[float]]]


def _nova(texts: Sequence[str]) -> dict[str, Any]:
    text = {"truncationMode": "END", "value": texts[0]}
    return {
        "taskType": "SINGLE_EMBEDDING",
        "singleEmbeddingParams": {"embeddingPurpose": "CLUSTERING", "embeddingDimension": 1024, "text": text},
    }


def _cohere(texts: Sequence[str]) -> dict[str, Any]:
    return {"texts": list(texts), "input_type": "clustering", "embedding_types": ["float"], "truncate": "END"}


def _cohere_v4(texts: Sequence[str]) -> dict[str, Any]:
    return {"texts": list(texts), "input_type": "clustering", "embedding_types": ["float"], "truncate": "RIGHT", "output_dimension": 512}


def _cohere_vectors(answer: dict[str, Any]) -> list[list[float]]:
    """Read what comes by type, or, where a model knows one type only, as a list."""
    found = answer["embeddings"]
    return found["float"] if isinstance(found, dict) else found


FAMILIES: Final = (
    Family("titan-embed-text-v2", 512, 1, 50_000, lambda texts: {"inputText": texts[0], "dimensions": 512, "normalize": True}, lambda answer: [answer["embedding"]]),
    Family("titan-embed", 1536, 1, 50_000, lambda texts: {"inputText": texts[0]}, lambda answer: [answer["embedding"]]),
    Family("cohere.embed-v4", 512, 96, 50_000, _cohere_v4, _cohere_vectors),
    Family("cohere.embed", 1024, 96, 2048, _cohere, _cohere_vectors),
    Family("nova-2-multimodal-embeddings", 1024, 1, 8192, _nova, lambda answer: [answer["embeddings"][0]["embedding"]]),
)  # fmt: skip


class BedrockEncoder:
    """An embedding model of Bedrock.

    Parameters
    ----------
    model_id
        Such as ``amazon.titan-embed-text-v2:0``, also with the prefix of an inference profile.

    Raises
    ------
    UsageError
        If ``model_id`` names no embedding model of a known family.
    """

    def __init__(self, model_id: str) -> None:
        family = next((family for family in FAMILIES if family.mark in model_id), None)
        if family is None:
            marks = ", ".join(family.mark for family in FAMILIES)
            raise UsageError(
                f"encoder {PREFIX}{model_id}: no embedding model that logmine knows. Its id must hold one of: {marks}; "
                f"for example {PREFIX}amazon.titan-embed-text-v2:0."
            )
        self.name = PREFIX + model_id
        self.dimensions = family.dimensions
        # Weights stay with AWS; an id names one version of them.
        self.digest = hashlib.sha256(f"{self.name} {self.dimensions}".encode()).hexdigest()
        self._model_id = model_id
        self._family = family

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row a text; see :meth:`logmine.encoders.Encoder.encode`.

        Raises
        ------
        AccessError
            If credentials are missing, or may not call the model.
        UsageError
            If no Region is set, or the model is not there.
        InterruptedBuildError
            If Bedrock refuses or fails call after call.
        """
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        size = self._family.max_texts
        batches = [
            [text[: self._family.max_chars] or BLANK for text in texts[first : first + size]] for first in range(0, len(texts), size)
        ]
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            rows = np.concatenate(list(pool.map(partial(self._ask, self._client), batches)))
        return np.round(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), 6).astype(np.float32)

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - boto3 makes its classes
        retries = {"mode": "adaptive", "total_max_attempts": MAX_ATTEMPTS}
        try:
            return boto3.Session().client("bedrock-runtime", config=Config(retries=retries, max_pool_connections=CONCURRENCY))
        except NoRegionError as error:
            raise UsageError(
                f"{self.name}: no AWS Region is set. Set AWS_DEFAULT_REGION, or region in the AWS configuration file."
            ) from error
        except BotoCoreError as error:
            raise UsageError(f"{self.name}: AWS cannot be used as configured: {error}. Check AWS_PROFILE and the AWS files.") from error

    def _ask(self, client: Any, texts: Sequence[str]) -> NDArray[np.float64]:  # noqa: ANN401 - boto3 makes its classes
        body = json.dumps(self._family.body(texts))
        try:
            response = client.invoke_model(modelId=self._model_id, body=body, contentType="application/json", accept="application/json")
            vectors = np.array(self._family.vectors(json.loads(response["body"].read())), dtype=np.float64)
        except (BotoCoreError, ClientError) as error:
            raise self._mapped(error) from None  # what botocore says may quote the text
        except (ValueError, KeyError, IndexError, TypeError):
            raise self._broken("an answer of another form than the model's documented one") from None
        if vectors.shape != (len(texts), self.dimensions):
            raise self._broken(f"other than {len(texts)} vectors of {self.dimensions} numbers")
        return vectors

    def _broken(self, found: str) -> InterruptedBuildError:
        return InterruptedBuildError(f"{self.name}: Bedrock gave {found}. Run the same command again, or name another --encoder.")

    def _mapped(self, error: Exception) -> LogmineError:
        """Return the error for an operator, by the code alone."""
        if isinstance(error, NoCredentialsError | PartialCredentialsError | TokenRetrievalError):
            return AccessError(f"{self.name}: no AWS credentials were found. Set AWS_PROFILE or sign in, for example with 'aws sso login'.")
        code = str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else type(error).__name__
        if code in _DENIED:
            return AccessError(
                f"{self.name}: the credentials may not call this model ({code}). They need bedrock:InvokeModel on it, and the account needs "
                "access to the model."
            )
        if code in _UNUSABLE:
            return UsageError(
                f"{self.name}: Bedrock does not know this model in the Region, or refuses its requests ({code}). Check the id with "
                "'aws bedrock list-foundation-models --by-output-modality EMBEDDING'; some models are called through an inference profile only."
            )
        return InterruptedBuildError(
            f"{self.name}: Bedrock could not be asked ({code}), after {MAX_ATTEMPTS} attempts. Run the same command again; it continues."
        )
