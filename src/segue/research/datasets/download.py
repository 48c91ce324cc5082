"""One file over HTTP, whole or not at all, and as little of it twice as the server allows.

What arrives is appended to ``NAME.segue-part``; ``NAME.segue-part.json`` says of which version of the file. A
later attempt, also after kill -9, asks for the rest only (RFC 9110: Range, with If-Range so that a changed file
is sent from its start). ``NAME`` appears by one rename, after size and published digest have been checked.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segue.errors import DatasetError
from segue.research.datasets.checksum import check
from segue.research.datasets.part import Part, Version
from segue.research.datasets.sources import Source
from segue.research.datasets.transport import Progress, Step, Transport, require_room

if TYPE_CHECKING:
    import httpx

# Answers after which the same request may well succeed (RFC 9110, RFC 6585); all others are final.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_WAIT_S = 60.0
# Compressed on the way, neither lengths nor ranges would be those of the file.
_ASK = {"Accept-Encoding": "identity"}
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A whole file: its size and SHA-256 as measured, and how many bytes an earlier run had left."""

    size: int
    sha256: str
    resumed_from: int


def download(source: Source, target: Path, transport: Transport, progress: Progress) -> Downloaded:
    """Put the file that ``source`` describes at ``target``, where nothing is yet, and return what was measured.

    Raises DatasetError when the server refuses or cannot be reached, when the disk is full, and when
    what arrived is not what was published; wrong bytes are deleted, a part of the right ones is kept
    for the next call.
    """
    try:
        part = Part(target)
        resumed_from = part.size
        _fill(source, part, transport, progress)
        found = check(part.path, source, progress)
        if found.wrong:
            part.clear()
            raise DatasetError(f"{source.url} {found.wrong}; what arrived was deleted, fetch it again.")
        part.become_whole()
    except OSError as error:
        raise DatasetError(
            f"{target} could not be written ({error.strerror}): see to the disk and fetch it again; "
            "what arrived is kept."
        ) from error
    return Downloaded(found.size, found.sha256, resumed_from)


def announced_size(source: Source, transport: Transport) -> int | None:
    """Return the size the server names for ``source``, None when it names none. Raises DatasetError."""
    import httpx

    try:
        with _client(transport) as client, client.stream("GET", source.url, headers=_ASK) as response:
            if response.status_code != 200:
                raise DatasetError(_refusal(source.url, response.status_code))
            return _length(response)
    except httpx.RequestError as error:
        raise DatasetError(
            f"{source.url} could not be reached ({_reason(error)}); try again later."
        ) from None


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why an attempt ended early, and how long the server asks to be left alone."""

    sentence: str
    wait_s: float = 0.0


def _fill(source: Source, part: Part, transport: Transport, progress: Progress) -> None:
    """Try until the part is whole. Every byte more than ever before starts the count of tries anew."""
    furthest, failures = part.size, 0
    with _client(transport) as client:
        while trouble := _attempt(client, source, part, progress):
            if part.size > furthest:
                furthest, failures = part.size, 0
            failures += 1
            if failures >= transport.tries:
                raise DatasetError(
                    f"{source.url}: {trouble.sentence}, {failures} times without getting further than "
                    f"{furthest} bytes; what arrived is kept, fetch again to go on."
                )
            time.sleep(min(_LONGEST_WAIT_S, max(trouble.wait_s, transport.wait_s * 2 ** (failures - 1))))


def _attempt(client: httpx.Client, source: Source, part: Part, progress: Progress) -> _Trouble | None:
    """One request; None when the part is whole now."""
    import httpx

    version = part.version
    if version and (version.url != source.url or not (version.validator or source.digest)):
        part.clear()  # nothing could tell whether the rest belongs to these bytes
    headers = dict(_ASK)
    if version and part.size:
        if part.size == version.size:
            return None
        headers["Range"] = f"bytes={part.size}-"
        if version.validator:
            headers["If-Range"] = version.validator
    try:
        with client.stream("GET", source.url, headers=headers) as response:
            return _receive(response, source, part, progress)
    except (httpx.TooManyRedirects, httpx.UnsupportedProtocol) as error:
        raise DatasetError(f"{source.url} leads nowhere ({_reason(error)}).") from None
    except httpx.TransportError as error:
        return _Trouble(f"the connection failed ({_reason(error)})")


def _receive(response: httpx.Response, source: Source, part: Part, progress: Progress) -> _Trouble | None:
    status = response.status_code
    start, total = _content_range(response)
    if status == 416 and part.size:
        if total == part.size:
            return None
        part.clear()
        return _Trouble("the server lacks the rest of what was begun")
    if status in _PASSING:
        return _Trouble(f"the server answers {status}", _retry_after_s(response))
    if status not in (200, 206):
        raise DatasetError(_refusal(source.url, status))
    etag, size = response.headers.get("ETag"), _length(response)
    if status == 200:
        if size is None and source.digest is None:
            raise DatasetError(
                f"{source.url}: the server names no size and no digest is published, so nothing could tell "
                "whether the file is whole; fetch it by hand."
            )
        part.start(Version(source.url, etag, response.headers.get("Last-Modified"), size))
    elif start != part.size or not (part.version and part.version.may_be(etag, total)):
        part.clear()
        return _Trouble("the server continues another file than was begun")
    return _append(response, source, part, progress)


def _append(response: httpx.Response, source: Source, part: Part, progress: Progress) -> _Trouble | None:
    assert part.version is not None
    total, done = part.version.size, part.size
    if total is not None:
        require_room(part.path.parent, total - done, f"the rest of {source.name}")
    progress(Step(source.name, "download", done, total))
    with part.path.open("ab") as file:
        # Raw: what a server calls an encoding of the file is, for an archive, the file.
        for block in response.iter_raw():
            file.write(block)
            done += len(block)
            progress(Step(source.name, "download", done, total))
    if total is not None and done != total:
        return _Trouble(f"{done} bytes came of {total}")
    return None


def _client(transport: Transport) -> httpx.Client:
    import httpx

    timeout = httpx.Timeout(transport.read_timeout_s, connect=transport.connect_timeout_s)
    try:
        return httpx.Client(timeout=timeout, follow_redirects=True, max_redirects=5)
    except (ImportError, ValueError, OSError, httpx.InvalidURL) as error:
        # httpx reads HTTPS_PROXY, SSL_CERT_FILE and their like, which may be anything.
        raise DatasetError(
            f"The proxy or certificates that the environment names cannot be used ({error}): "
            "mend or unset these variables."
        ) from error


def _length(response: httpx.Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else None


def _content_range(response: httpx.Response) -> tuple[int | None, int | None]:
    """First byte and size of the whole file, each None where the answer does not say."""
    match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    start, total = match.groups() if match else (None, None)
    return (int(start) if start else None), (int(total) if total and total != "*" else None)


def _retry_after_s(response: httpx.Response) -> float:
    after = response.headers.get("Retry-After", "")
    return float(after) if after.isdigit() else 0.0


def _refusal(url: str, status: int) -> str:
    meaning = {401: "wants a login", 403: "refuses", 404: "no longer has it", 410: "no longer has it"}
    return (
        f"{url}: the server {meaning.get(status, 'will not give it')} (status {status}); "
        "see the publisher's page, and try again later."
    )


def _reason(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__
