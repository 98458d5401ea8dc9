"""A proxy before an S3 server that answers some requests wrongly, by rule.

It forwards requests as they are signed (the Host header is that of the proxy, which the client signed), so that a server that checks
signatures takes them.
"""

import http.client
import re
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SO_LINGER, SOL_SOCKET
from urllib.parse import unquote, urlsplit

SENT_BY_US = {"connection", "content-length", "transfer-encoding", "date", "server"}


@dataclass
class Answer:
    """What the server said, and how much of it the client is to get."""

    status: int
    headers: list
    body: bytes
    cut_after: int | None = None  # bytes after which the connection is reset
    stall_after: int | None = None  # bytes after which nothing comes for stall_s, then a reset
    stall_s: float = 0.0


@dataclass
class Rule:
    """Which requests get which fault: by method, by a pattern in the path and query, by the number of the matching call."""

    fault: object  # from Answer to Answer
    method: str = "GET"
    pattern: str = ""
    calls: object = None  # numbers of the matching calls, from 1; all when None
    n_seen: int = 0
    n_faults: int = 0


@dataclass
class FaultProxy:
    """The proxy: add to ``rules``; ``log`` holds method and path of every request."""

    upstream: str
    rules: list = field(default_factory=list)
    log: list = field(default_factory=list)

    def start(self):
        handler = type("Handler", (_Handler,), {"proxy": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.lock = threading.Lock()
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def inject(self, fault, **selection):
        rule = Rule(fault, **selection)
        self.rules.append(rule)
        return rule

    def reset(self):
        self.rules.clear()
        self.log.clear()

    def n_gets(self, key):
        return sum(1 for method, path in self.log if method == "GET" and key in path)

    def applied(self, method, path, answer):
        """Return the answer after every rule that meets this request."""
        with self.lock:
            self.log.append((method, path))
            chosen = [rule for rule in self.rules if self._meets(rule, method, path)]
        for rule in chosen:
            answer = rule.fault(answer)
        return answer

    @staticmethod
    def _meets(rule, method, path):
        if rule.method != method or not re.search(rule.pattern, path):
            return False
        rule.n_seen += 1
        met = rule.calls is None or rule.n_seen in rule.calls
        rule.n_faults += met
        return met


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultProxy

    def _answer(self):
        sent = self.rfile.read(int(self.headers.get("content-length", 0)))
        connection = http.client.HTTPConnection(urlsplit(self.proxy.upstream).netloc, timeout=30)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() != "connection":
                connection.putheader(name, value)
        connection.endheaders(sent)
        response = connection.getresponse()
        answer = Answer(response.status, response.getheaders(), response.read())
        connection.close()
        self._send(self.proxy.applied(self.command, unquote(self.path), answer))

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer  # noqa: N815 - names that http.server looks for

    def _send(self, answer):
        self.send_response_only(answer.status)
        length = [value for name, value in answer.headers if name.lower() == "content-length"]
        for name, value in answer.headers:
            if name.lower() not in SENT_BY_US:
                self.send_header(name, value)
        is_bodyless = self.command == "HEAD" or answer.status in (204, 304)
        self.send_header("Content-Length", (length or ["0"])[0] if is_bodyless else str(len(answer.body)))
        self.end_headers()
        n_sent = min(part for part in (answer.cut_after, answer.stall_after, len(answer.body)) if part is not None)
        self.wfile.write(b"" if is_bodyless else answer.body[:n_sent])
        if answer.stall_after is not None:
            time.sleep(answer.stall_s)
        if answer.cut_after is not None or answer.stall_after is not None:
            self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))  # close with a reset
            self.close_connection = True

    def log_message(self, *_):
        """Say nothing."""

    def handle_one_request(self):
        """Let a client go that went away."""
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True


def refused(status, code, message="Refused by the test"):
    """An S3 error in place of the answer."""
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    return lambda _: Answer(status, [("Content-Type", "application/xml")], body)


def cut(after):
    """A reset after some bytes of the body."""
    return lambda answer: _with(answer, cut_after=after)


def stalled(after, seconds):
    """Silence after some bytes of the body."""
    return lambda answer: _with(answer, stall_after=after, stall_s=seconds)


def shortened(by):
    """A body that ends early and looks whole: its Content-Length agrees."""
    return lambda answer: _with(answer, body=answer.body[:-by])


def flipped(answer):
    """A body of the right length with one wrong bit in the middle."""
    body = bytearray(answer.body)
    body[len(body) // 2] ^= 0x10
    return _with(answer, body=bytes(body))


def with_body(body):
    """Another body under the same headers."""
    return lambda answer: _with(answer, body=body)


def with_etag(etag):
    """Another etag over the same body."""
    return lambda answer: _with(answer, headers=[(n, v) for n, v in answer.headers if n.lower() != "etag"] + [("ETag", f'"{etag}"')])


def _with(answer, **changes):
    return Answer(**(vars(answer) | changes))
