"""A real HTTP server on localhost that serves one file, well or badly, as the test says request by request."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[["Handler"], None]


@dataclass
class Nasty:
    """What is served, what was asked, and what comes next; when ``answers`` is used up, it behaves."""

    body: bytes
    etag: str | None = '"one"'
    answers: list[Answer] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    @property
    def ranges(self) -> list[str | None]:
        """The Range header of each request so far."""
        return [request.get("range") for request in self.requests]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    nasty: Nasty

    def do_GET(self) -> None:
        self.close_connection = True
        self.nasty.requests.append({name.lower(): value for name, value in self.headers.items()})
        answer = self.nasty.answers.pop(0) if self.nasty.answers else well
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the client may have been killed
            answer(self)

    def start(self, status: int, **headers: object) -> None:
        self.send_response(status)
        self.send_header("Connection", "close")
        if self.nasty.etag:
            self.send_header("ETag", self.nasty.etag)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def begin(handler: Handler) -> bytes:
    """Send the headers a good server would, and return the bytes it would send after them."""
    nasty, asked = handler.nasty, handler.headers.get("Range")
    condition = handler.headers.get("If-Range")
    total = len(nasty.body)
    if asked and condition in (None, nasty.etag):
        first = int(asked.removeprefix("bytes=").removesuffix("-"))
        if first >= total:
            handler.start(416, Content_Range=f"bytes */{total}", Content_Length=0)
            return b""
        rest = nasty.body[first:]
        handler.start(206, Content_Range=f"bytes {first}-{total - 1}/{total}", Content_Length=len(rest))
        return rest
    handler.start(200, Content_Length=total)
    return nasty.body


def well(handler: Handler) -> None:
    """Answer as a good server does: ranges, If-Range, 416."""
    handler.wfile.write(begin(handler))


def cut_after(n_bytes: int) -> Answer:
    """Promise everything, send ``n_bytes``, hang up."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(begin(handler)[:n_bytes])

    return answer


def stall_after(n_bytes: int, seconds: float) -> Answer:
    """Send ``n_bytes``, then nothing for ``seconds``."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(begin(handler)[:n_bytes])
        handler.wfile.flush()
        time.sleep(seconds)

    return answer


def slowly(block: int, pause_s: float) -> Answer:
    """Send everything, ``block`` bytes at a time with a pause after each."""

    def answer(handler: Handler) -> None:
        rest = begin(handler)
        for at in range(0, len(rest), block):
            handler.wfile.write(rest[at : at + block])
            handler.wfile.flush()
            time.sleep(pause_s)

    return answer


def ignoring_range(cut: int | None = None) -> Answer:
    """Send all of it with status 200 whatever was asked, or the first ``cut`` bytes."""

    def answer(handler: Handler) -> None:
        handler.start(200, Content_Length=len(handler.nasty.body))
        handler.wfile.write(handler.nasty.body[:cut])

    return answer


def wrong_range(shift: int) -> Answer:
    """Continue ``shift`` bytes beside where it was asked to."""

    def answer(handler: Handler) -> None:
        first = int(handler.headers["Range"].removeprefix("bytes=").removesuffix("-")) + shift
        rest, total = handler.nasty.body[first:], len(handler.nasty.body)
        handler.start(206, Content_Range=f"bytes {first}-{total - 1}/{total}", Content_Length=len(rest))
        handler.wfile.write(rest)

    return answer


def other_bytes(handler: Handler) -> None:
    """Send as many bytes as there should be, and none of them right."""
    handler.start(200, Content_Length=len(handler.nasty.body))
    handler.wfile.write(bytes(255 - b for b in handler.nasty.body))


def lying_length(n_bytes: int) -> Answer:
    """Name ``n_bytes`` as the length, send the whole file and hang up."""

    def answer(handler: Handler) -> None:
        handler.start(200, Content_Length=n_bytes)
        handler.wfile.write(handler.nasty.body)

    return answer


def chunked(cut: int | None = None) -> Answer:
    """Send it in chunks, with no length named; with ``cut``, hang up after so many bytes."""

    def answer(handler: Handler) -> None:
        handler.start(200, Transfer_Encoding="chunked")
        body = handler.nasty.body[:cut]
        for at in range(0, len(body), 1000):
            piece = body[at : at + 1000]
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        if cut is None:
            handler.wfile.write(b"0\r\n\r\n")

    return answer


def status(code: int, **headers: object) -> Answer:
    """Answer ``code`` with nothing in it."""

    def answer(handler: Handler) -> None:
        handler.start(code, Content_Length=0, **headers)

    return answer


@contextlib.contextmanager
def serving(body: bytes, *answers: Answer, etag: str | None = '"one"') -> Iterator[Nasty]:
    """A server of ``body`` on a free port of localhost until the block ends."""
    nasty = Nasty(body, etag, list(answers))
    handler = type("Bound", (Handler,), {"nasty": nasty})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    nasty.url = f"http://127.0.0.1:{server.server_address[1]}/file.bin"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield nasty
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
