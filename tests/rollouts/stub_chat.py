"""An OpenAI-compatible endpoint on this machine. A fault is a word in ``faults``, used up by the next call."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STATUS = {"throttle": 429, "error": 503, "refuse": 400, "deny": 401, "missing": 404}
BODIES = {
    "garbage": b"<html>SECRET",
    "empty": b"{}",
    "no choice": b'{"choices": []}',
    "no message": b'{"choices": [{"message": "SECRET"}]}',
}


class StubChat:
    """A server; ``answer(messages)`` says what the model says; calls whose text is in ``refused`` are too long for it."""

    def __init__(self, answer):
        self.answer = answer
        self.faults = []
        self.refused = ()
        self.asked = []  # bodies of all requests
        self.headers = {}
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                """Be silent."""

            def do_POST(self):
                stub.serve(self)

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                """Leave clients that are gone alone."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        """Stop."""
        self.server.shutdown()
        self.server.server_close()

    def serve(self, request):
        """Answer one call, or fail as the next fault says."""
        body = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        self.asked.append(body)
        self.headers = dict(request.headers)
        text = body["messages"][-1]["content"]
        fault = self.faults.pop(0) if self.faults else "refuse" if text in self.refused else None
        if fault == "cut":
            request.connection.shutdown(socket.SHUT_RDWR)
        elif fault in STATUS:
            send(request, STATUS[fault], b'{"error": {"message": "SECRET"}}')
        elif fault in BODIES:
            send(request, 200, BODIES[fault])
        else:
            message = {"role": "assistant", "content": self.answer(body["messages"])}
            usage = {"prompt_tokens": 30, "completion_tokens": 5}
            send(request, 200, json.dumps({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}).encode())


def send(request, status, body):
    """Send a whole response."""
    request.send_response(status)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
