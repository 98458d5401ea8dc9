"""Amazon Bedrock and S3 on this machine: every request and every answer is checked against botocore's own models.

A fault is a word in ``faults``, used up by the next call: throttle, error, cut, garbage, empty, hang.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import botocore.session
from botocore.validate import validate_parameters

_SESSION = botocore.session.Session()
RUNTIME = _SESSION.get_service_model("bedrock-runtime").operation_model("Converse")
CREATE = _SESSION.get_service_model("bedrock").operation_model("CreateModelInvocationJob")
GET = _SESSION.get_service_model("bedrock").operation_model("GetModelInvocationJob")
ARN = "arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/"


def converse_answer(text, tokens=5):
    """Return a response of Converse."""
    answer = {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 30, "outputTokens": tokens, "totalTokens": 30 + tokens},
        "metrics": {"latencyMs": 12},
    }
    validate_parameters(answer, RUNTIME.output_shape)
    return answer


class StubBedrock:
    """A server; ``answer(prompt_id, number)`` says what the model says."""

    def __init__(self, answer):
        self.answer = answer
        self.faults = []
        self.asked = Counter()  # calls that were answered whole, by prompt and number
        self.worked = 0  # calls for which a model would have worked
        self.at_once = 0
        self.most_at_once = 0
        self.problems = []
        self.objects = {}
        self.jobs = {}
        self.row_faults = set()
        self.is_working = False  # whether jobs have not ended yet
        self.n_looks = 0  # at jobs
        self.lock = threading.Lock()
        self.gate = threading.Event()
        self.gate.set()
        self.closes_at = 0  # of how many calls the gate shuts itself, so that no test has to be in time
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                """Be silent."""

            def do_POST(self):
                stub.serve(self, "POST")

            def do_GET(self):
                stub.serve(self, "GET")

            def do_PUT(self):
                stub.serve(self, "PUT")

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                """Leave clients that are gone alone."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        """Stop."""
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()

    def serve(self, request, method):
        """Answer one request."""
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(request.path).path)
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if (found := re.fullmatch(r"/model/(.+)/converse", path)) and method == "POST":
                self.converse(request, found[1], body)
            elif path.startswith("/model-invocation-job"):
                self.job(request, method, path, body)
            else:
                self.store(request, method, path, body)
        except (BrokenPipeError, ConnectionResetError):
            return  # the client is gone
        except Exception as error:
            self.problems.append(repr(error))
            raise
        finally:
            with self.lock:
                self.at_once -= 1

    def converse(self, request, model, body):
        """Answer a call, or fail as the next fault says."""
        with self.lock:
            fault = self.faults.pop(0) if self.faults else None
        if fault == "throttle":
            return fail(request, 429, "ThrottlingException")
        if fault == "error":
            return fail(request, 500, "InternalServerException")
        if fault == "refuse":
            return fail(request, 400, "ValidationException")
        if fault == "deny":
            return fail(request, 403, "AccessDeniedException")
        params = json.loads(body) | {"modelId": model}
        self.check(params, RUNTIME.input_shape)
        metadata = params["requestMetadata"]
        name = (metadata["logmine_prompt"], int(metadata["logmine_attempt"]))
        with self.lock:
            self.worked += 1
            if self.worked == self.closes_at:
                self.gate.clear()
        self.gate.wait(30)
        if fault == "cut":
            request.connection.shutdown(socket.SHUT_RDWR)
            return None
        if fault == "garbage":
            return send(request, 200, b"<html>not JSON")
        if fault == "empty":
            return send(request, 200, b"{}")
        send(request, 200, json.dumps(converse_answer(self.answer(*name))).encode(), {"x-amzn-RequestId": f"{name[0]}-{name[1]}"})
        with self.lock:
            self.asked[name] += 1
        return None

    def job(self, request, method, path, body):
        """Create a batch job, whose rows are answered at once and in reverse; or tell of one."""
        if method == "POST":
            params = json.loads(body)
            self.check(params, CREATE.input_shape)
            name = params["jobName"]
            if name not in self.jobs:
                self.jobs[name] = params
                self.work(params)
            send(request, 200, json.dumps({"jobArn": ARN + name}).encode())
        else:
            name = path.rpartition("/")[2]
            params = self.jobs[name]
            status = "InProgress" if self.is_working else "Completed"
            self.n_looks += 1
            told = {key: params[key] for key in ("jobName", "modelId", "roleArn", "inputDataConfig", "outputDataConfig")}
            send(
                request,
                200,
                json.dumps({"jobArn": ARN + name, "status": status, "submitTime": "2026-11-22T10:00:00Z"} | told).encode(),
            )

    def work(self, params):
        """Write the output of a job."""
        source = params["inputDataConfig"]["s3InputDataConfig"]["s3Uri"].removeprefix("s3://")
        target = params["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"].removeprefix("s3://")
        rows = []
        for line in self.objects[f"/{source}"].splitlines():
            row = json.loads(line)
            self.check(row["modelInput"] | {"modelId": params["modelId"]}, RUNTIME.input_shape)
            prompt_id, number = row["recordId"].split("#")
            if row["recordId"] in self.row_faults:
                rows.append(row | {"error": {"errorCode": 500, "errorMessage": "internal"}})
                continue
            self.asked[prompt_id, int(number)] += 1
            rows.append(row | {"modelOutput": converse_answer(self.answer(prompt_id, int(number)))})
        self.objects[f"/{target}job/in.jsonl.out"] = b"\n".join(json.dumps(row).encode() for row in reversed(rows))
        self.objects[f"/{target}job/manifest.json.out"] = b"{}"

    def store(self, request, method, path, body):
        """Be S3: put, get and list."""
        if method == "PUT":
            self.objects[path] = body
            send(request, 200, b"")
        elif path in self.objects:
            send(request, 200, self.objects[path])
        else:
            bucket = path.strip("/").partition("/")[0]
            prefix = parse_qs(urlsplit(request.path).query).get("prefix", [""])[0]
            names = [name.removeprefix(f"/{bucket}/") for name in sorted(self.objects) if name.startswith(f"/{bucket}/{prefix}")]
            listed = "".join(f"<Contents><Key>{name}</Key><Size>1</Size></Contents>" for name in names)
            send(
                request,
                200,
                f"<ListBucketResult><Name>{bucket}</Name>{listed}</ListBucketResult>".encode(),
                {"Content-Type": "application/xml"},
            )

    def check(self, params, shape):
        """Note what botocore finds wrong with a request, unknown parameters included."""
        known = set(shape.members)
        if unknown := set(params) - known:
            self.problems.append(f"unknown parameters {sorted(unknown)}")
        validate_parameters(params, shape)


def send(request, status, body, headers=None):
    """Send a whole response."""
    request.send_response(status)
    for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def fail(request, status, code):
    """Send an error as Bedrock does; its message quotes what no log may show."""
    send(request, status, json.dumps({"message": "SECRET-PROMPT-TEXT"}).encode(), {"x-amzn-ErrorType": code})
