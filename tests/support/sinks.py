"""Real receivers of messages on loopback: an SMTP server and an HTTP server that answer as a test says."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, cast

import msgspec
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.ports import free_port


class MailSink:
    """Takes mail. `answers` are said to the next messages instead of a yes; `refuses` are mailboxes that it has not."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[EmailMessage] = []
        self.answers: list[str] = []
        self.refuses: dict[str, str] = {}
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _options: list[str]
    ) -> str:
        """Take a mailbox, or not."""
        if to in self.refuses:
            return self.refuses[to]
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the message, or say what the test wants."""
        if self.answers:
            return self.answers.pop(0)
        self.mails.append(
            cast("EmailMessage", message_from_bytes(cast("bytes", envelope.content), policy=policy.default))
        )
        return "250 OK"


class Request(msgspec.Struct, frozen=True):
    """What was posted."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return msgspec.json.decode(self.body)


class HttpSink:
    """Takes posts. `answers` are (status, headers) of the next ones, else 204; `hold` lets them wait for a test."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.hold: Callable[[], object] = lambda: None
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                sink.requests.append(Request(self.path, dict(self.headers.items()), body))
                sink.hold()
                status, headers = sink.answers.pop(0) if sink.answers else (204, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens; the path is a secret of its own."""
        return f"http://127.0.0.1:{self.port}/hooks/s3cret"


@contextmanager
def held(sink: HttpSink) -> Iterator[threading.Event]:
    """Let posts wait until the test is over with what it looks at."""
    go = threading.Event()
    sink.hold = lambda: go.wait(20)
    try:
        yield go
    finally:
        go.set()
