"""Against a server on this machine that speaks as botocore's description of Bedrock says."""

import hashlib
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import botocore.session
import numpy as np
import pytest

from logmine.encoders import bedrock, load_encoder
from logmine.errors import AccessError, InterruptedBuildError, UsageError

TITAN, NOVA = "amazon.titan-embed-text-v2:0", "us.amazon.nova-2-multimodal-embeddings-v1:0"
MODELS = {
    TITAN: 512,
    "amazon.titan-embed-text-v1": 1536,
    "cohere.embed-english-v3": 1024,
    "us.cohere.embed-v4:0": 512,
    NOVA: 1024,
}
INVOKE = botocore.session.get_session().get_service_model("bedrock-runtime").operation_model("InvokeModel")
PATH = re.compile(INVOKE.http["requestUri"].replace("{modelId}", "([^/]+)"))


def vector(text, n):
    seed = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
    return np.random.default_rng(seed).standard_normal(n).tolist()


def answer(model, body):
    """Answer as the model's family does; requests that it would refuse raise KeyError."""
    n = MODELS[model]
    if "titan" in model:
        assert body.get("dimensions", 1536) == n
        return {"embedding": vector(body["inputText"], n), "inputTextTokenCount": 3}
    if "nova" in model:
        asked = body["singleEmbeddingParams"]
        assert (body["taskType"], asked["embeddingDimension"]) == ("SINGLE_EMBEDDING", n)
        return {"embeddings": [{"embeddingType": "TEXT", "embedding": vector(asked["text"]["value"], n)}]}
    assert len(body["texts"]) <= 96
    assert body["input_type"] == "clustering"
    rows = [vector(text, n) for text in body["texts"]]
    return {"embeddings": {"float": rows} if "v4" in model else rows, "id": "x"}


@contextmanager
def serving(reply):
    calls = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            model = unquote(PATH.fullmatch(self.path)[1])
            calls.append((model, body))
            status, code, data = reply(model, body, len(calls))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if code:
                self.send_header("x-amzn-ErrorType", code)
            self.end_headers()
            self.wfile.write(json.dumps(data).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def asked(monkeypatch):
    """Encode with a model that ``reply`` stands for; gives the rows and the calls."""
    for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(bedrock, "MAX_ATTEMPTS", 2)

    def run(model, texts, reply=lambda model, body, _: (200, None, answer(model, body))):
        with serving(reply) as (address, calls):
            monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", address)
            encoder = load_encoder(f"bedrock:{model}")
            rows = encoder.encode(texts)
            encoder._client.close()
            return rows, calls

    return run


@pytest.mark.parametrize(("model", "n"), MODELS.items())
def test_each_family_gives_unit_rows_in_the_order_of_the_texts(asked, model, n):
    texts = [f"text {k}" for k in range(100)]
    rows, calls = asked(model, texts)
    expected = np.array([vector(text, n) for text in texts])
    assert np.allclose(rows, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)
    assert (rows.dtype, rows.shape) == (np.float32, (100, n))
    assert len(calls) == (2 if "cohere" in model else 100)


def test_a_blank_text_is_sent_as_a_mark_and_a_long_one_is_cut(asked):
    _, calls = asked("cohere.embed-english-v3", ["", "x" * 5000])
    assert [len(text) for text in calls[0][1]["texts"]] == [1, 2048]


def test_no_text_asks_nothing():
    assert load_encoder(f"bedrock:{TITAN}").encode([]).shape == (0, 512)


def test_a_throttled_call_is_tried_again(asked):
    rows, calls = asked(
        TITAN, ["a"], lambda model, body, n: (429, "ThrottlingException", {}) if n == 1 else (200, None, answer(model, body))
    )
    assert (len(rows), len(calls)) == (1, 2)


@pytest.mark.parametrize(
    ("status", "code", "error", "words"),
    [
        (403, "AccessDeniedException", AccessError, "bedrock:InvokeModel"),
        (400, "ValidationException", UsageError, "list-foundation-models"),
        (404, "ResourceNotFoundException", UsageError, "list-foundation-models"),
        (429, "ThrottlingException", InterruptedBuildError, "it continues"),
    ],
)
def test_what_bedrock_refuses_is_told_in_words_for_operators(asked, status, code, error, words):
    with pytest.raises(error, match=words) as caught:
        asked(TITAN, ["a secret text"], lambda *_: (status, code, {"message": "about a secret text"}))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("data", [{}, [], {"embedding": [1.0, 2.0]}, {"embedding": None}], ids=str)
def test_an_answer_of_another_form_stops_the_build(asked, data):
    with pytest.raises(InterruptedBuildError, match="Bedrock gave"):
        asked(TITAN, ["a"], lambda *_: (200, None, data))


def test_missing_credentials_and_region_are_named(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(UsageError, match="AWS_DEFAULT_REGION"):
        load_encoder(f"bedrock:{TITAN}").encode(["a"])
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with pytest.raises(AccessError, match="AWS_PROFILE"):
        load_encoder(f"bedrock:{TITAN}").encode(["a"])


def test_the_digest_tells_models_and_dimensions_apart():
    digests = {load_encoder(f"bedrock:{model}").digest for model in MODELS}
    assert len(digests) == len(MODELS)


def test_a_model_that_embeds_nothing_is_refused():
    with pytest.raises(UsageError, match="titan-embed-text-v2"):
        load_encoder("bedrock:amazon.nova-pro-v1:0")
