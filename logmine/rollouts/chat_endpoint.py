"""Any endpoint that speaks OpenAI's chat completions: vLLM, llama.cpp, Bedrock's own (bedrock-mantle).

Source: https://platform.openai.com/docs/api-reference/chat/create.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import urllib3

from logmine.errors import UsageError
from logmine.rollouts.bedrock import by_status
from logmine.rollouts.calls import CallFailedError, Reply
from logmine.rollouts.forms import ChatForm

if TYPE_CHECKING:
    from logmine.rollouts.calls import Call

_NOT_SENT = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.NameResolutionError)


class ChatEndpoint(ChatForm):
    """The backend ``openai``.

    Parameters
    ----------
    endpoint_url
        Up to and with the version, such as ``http://localhost:8000/v1``.
    api_key
        Sent as a bearer token; None sends none.
    temperature, max_output_tokens
        Of every call.
    concurrency
        Connections.
    read_timeout_s
        Seconds to wait for an answer.
    """

    def __init__(
        self,
        endpoint_url: str,
        *,
        api_key: str | None,
        temperature: float,
        max_output_tokens: int,
        concurrency: int = 10,
        read_timeout_s: float = 300.0,
    ) -> None:
        if urlsplit(endpoint_url).scheme not in ("http", "https"):
            raise UsageError("--endpoint-url must begin with http:// or https://, such as http://localhost:8000/v1.")
        self._url = endpoint_url.rstrip("/") + "/chat/completions"
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {api_key}"} if api_key else {})
        super().__init__(temperature=temperature, max_output_tokens=max_output_tokens)
        timeout = urllib3.Timeout(connect=10.0, read=read_timeout_s)
        self._pool = urllib3.PoolManager(maxsize=concurrency, block=True, timeout=timeout, retries=False)

    def ask(self, call: Call) -> Reply:
        """Ask, once; raises :class:`CallFailedError`."""
        body = self.body(call)
        try:
            response = self._pool.request("POST", self._url, body=msgspec.json.encode(body), headers=self._headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            is_unsent = isinstance(error, _NOT_SENT)
            raise CallFailedError("unavailable" if is_unsent else "lost", type(error).__name__) from None
        if response.status != 200:
            raise CallFailedError(by_status(response.status), f"HTTP {response.status}")
        answer = _answer_in(response.data)
        usage: dict[str, Any] = answer["usage"] if isinstance(answer.get("usage"), dict) else {}
        request_id = response.headers.get("x-amzn-requestid") or str(uuid.uuid4())
        return Reply(self.operation, request_id, body, answer, _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")))


def _answer_in(data: bytes) -> dict[str, Any]:
    try:
        answer = msgspec.json.decode(data)
        is_whole = isinstance(answer["choices"][0]["message"], dict)
    except (msgspec.DecodeError, UnicodeDecodeError, LookupError, TypeError):
        raise CallFailedError("lost", "MalformedAnswer") from None
    if not is_whole:
        raise CallFailedError("lost", "MalformedAnswer")
    return answer


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
