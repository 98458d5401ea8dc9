"""Amazon Bedrock, call by call: Converse through boto3.

botocore's adaptive mode paces what is sent after throttling
(https://docs.aws.amazon.com/boto3/latest/guide/retries.html); it is left one try a call, because each try may be billed and the budget
counts it.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - its name in botocore
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    TokenRetrievalError,
)

from logmine.errors import AccessError, UsageError
from logmine.rollouts.calls import CallFailedError, Reply
from logmine.rollouts.forms import ConverseForm
from logmine.rollouts.records import request_metadata

if TYPE_CHECKING:
    from logmine.rollouts.calls import Call, Failure

FAILURES: dict[str, Failure] = {
    "ThrottlingException": "throttled",
    "TooManyRequestsException": "throttled",
    "ServiceQuotaExceededException": "throttled",
    "ModelNotReadyException": "throttled",
    "AccessDeniedException": "denied",
    "UnrecognizedClientException": "denied",
    "InvalidSignatureException": "denied",
    "ExpiredTokenException": "denied",
    "MissingAuthenticationTokenException": "denied",
    "ResourceNotFoundException": "unknown_model",
    "ValidationException": "refused",
    "ModelTimeoutException": "lost",
}
_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, TokenRetrievalError)
_NOT_SENT = (EndpointConnectionError, ConnectTimeoutError)


def client(service: str, *, endpoint_url: str | None, concurrency: int = 10, read_timeout_s: float = 300.0) -> Any:  # noqa: ANN401 - boto3 makes its classes
    """Return a client that tries once and paces itself.

    Raises
    ------
    UsageError
        If no Region is set.
    """
    config = Config(
        retries={"mode": "adaptive", "total_max_attempts": 1},
        max_pool_connections=concurrency,
        connect_timeout=10,
        read_timeout=read_timeout_s,
    )
    try:
        return boto3.Session().client(service, endpoint_url=endpoint_url, config=config)
    except NoRegionError as error:
        raise UsageError("no AWS Region is set. Set AWS_DEFAULT_REGION, or region in the AWS configuration file.") from error
    except BotoCoreError as error:
        raise UsageError(f"AWS cannot be used as configured: {error}. Check AWS_PROFILE and the AWS configuration files.") from error


class Bedrock(ConverseForm):
    """The backend ``bedrock``.

    Parameters
    ----------
    temperature, max_output_tokens
        Of every call.
    endpoint_url
        Other than that of the Region.
    concurrency
        Connections.
    read_timeout_s
        Seconds to wait for an answer.
    """

    def __init__(
        self,
        *,
        temperature: float,
        max_output_tokens: int,
        endpoint_url: str | None = None,
        concurrency: int = 10,
        read_timeout_s: float = 300.0,
    ) -> None:
        super().__init__(temperature=temperature, max_output_tokens=max_output_tokens)
        self._client = client("bedrock-runtime", endpoint_url=endpoint_url, concurrency=concurrency, read_timeout_s=read_timeout_s)

    def ask(self, call: Call) -> Reply:
        """Ask, once; raises :class:`CallFailedError`."""
        body = self.body(call)
        try:
            response = self._client.converse(modelId=call.model, requestMetadata=request_metadata(call), **body)
        except Exception as error:  # noqa: BLE001 - sorted out by its kind; what is no failure of a call is raised again
            raise failed(error) from None  # what botocore says may quote the prompt
        return reply_of(response, body)


def reply_of(response: dict[str, Any], body: dict[str, Any]) -> Reply:
    """Return the reply in a response of Converse.

    Raises
    ------
    CallFailedError
        If it holds no message: an answer that was cut or made by something else.
    """
    about = response.pop("ResponseMetadata", None) or {}
    content = ((response.get("output") or {}).get("message") or {}).get("content")
    if not isinstance(content, list):
        raise CallFailedError("lost", "MalformedAnswer")
    usage = response.get("usage") or {}
    return Reply(
        "Converse", about.get("RequestId") or str(uuid.uuid4()), body, response, usage.get("inputTokens"), usage.get("outputTokens")
    )


def failed(error: Exception) -> CallFailedError:
    """Return what an error of boto3 means, by its code alone.

    Raises
    ------
    AccessError
        If there are no credentials.
    """
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code") or "")
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
        known = FAILURES.get(code)
        return CallFailedError(known or by_status(status), code or f"HTTP {status}")
    if isinstance(error, _NO_CREDENTIALS):
        raise AccessError("no AWS credentials were found. Set AWS_PROFILE or sign in, for example with 'aws sso login'.") from None
    if isinstance(error, ParamValidationError):
        return CallFailedError("refused", "ParamValidation")
    if isinstance(error, _NOT_SENT):
        return CallFailedError("unavailable", type(error).__name__)
    if isinstance(error, BotoCoreError | ConnectionError | ValueError | KeyError):
        return CallFailedError("lost", type(error).__name__)
    raise error


def by_status(status: int) -> Failure:
    """Return what an HTTP status means."""
    if status == 429:
        return "throttled"
    if status in (401, 403):
        return "denied"
    if status == 404:
        return "unknown_model"
    if status == 408:
        return "lost"
    return "refused" if 400 <= status < 500 else "unavailable"
