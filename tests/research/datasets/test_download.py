"""A file arrives whole or not at all, whatever the server does; all of it over real connections."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from segue.errors import DatasetError
from segue.research.datasets.download import download
from segue.research.datasets.sources import Digest, Source
from segue.research.datasets.transport import Step, Transport
from tests.research.datasets.nasty_server import (
    Nasty,
    chunked,
    cut_after,
    ignoring_range,
    lying_length,
    other_bytes,
    serving,
    slowly,
    stall_after,
    status,
    wrong_range,
)

BODY = np.random.default_rng(0).bytes(300_000)
QUICK = Transport(connect_timeout_s=5, read_timeout_s=5, tries=3, wait_s=0.0)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def source_of(nasty: Nasty, algorithm: str | None = "sha1", body: bytes = BODY) -> Source:
    digest = algorithm and Digest(algorithm, hashlib.new(algorithm, body).hexdigest(), "the publisher's page")
    return Source("file.bin", nasty.url, len(body), digest or None)


def get(nasty: Nasty, folder: Path, transport: Transport = QUICK, algorithm: str | None = "sha1"):
    return download(source_of(nasty, algorithm), folder / "file.bin", transport, lambda step: None)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("algorithm", ["sha1", "md5", "sha256", None])
def test_a_good_server(tmp_path, algorithm):
    with serving(BODY) as nasty:
        done = get(nasty, tmp_path, algorithm=algorithm)
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert (done.size, done.sha256, done.resumed_from) == (len(BODY), hashlib.sha256(BODY).hexdigest(), 0)
    assert names(tmp_path) == ["file.bin"]
    assert nasty.requests[0]["accept-encoding"] == "identity"


def test_a_cut_connection_is_continued_where_it_was_cut(tmp_path):
    with serving(BODY, cut_after(100_000), cut_after(50_000)) as nasty:
        get(nasty, tmp_path)
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert nasty.ranges == [None, "bytes=100000-", "bytes=150000-"]
    assert [request.get("if-range") for request in nasty.requests] == [None, '"one"', '"one"']


def test_as_many_cuts_as_it_takes_while_each_try_brings_more(tmp_path):
    with serving(BODY, *[cut_after(20_000)] * 14) as nasty:
        get(nasty, tmp_path)
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert len(nasty.requests) == 15 > QUICK.tries


def test_a_server_that_ignores_ranges_starts_again_from_the_first_byte(tmp_path):
    with serving(BODY, cut_after(100_000), ignoring_range()) as nasty:
        get(nasty, tmp_path)
    assert nasty.ranges == [None, "bytes=100000-"]
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_a_server_that_ignores_ranges_and_always_cuts_is_given_up(tmp_path):
    with serving(BODY, *[ignoring_range(cut=100_000)] * 20) as nasty:
        with pytest.raises(DatasetError, match="3 times without getting further than 100000 bytes"):
            get(nasty, tmp_path)
    assert len(nasty.requests) == 3
    assert "file.bin" not in names(tmp_path)


@pytest.mark.parametrize("algorithm", ["sha1", "md5", "sha256"])
def test_wrong_bytes_are_named_and_deleted(tmp_path, algorithm):
    with serving(BODY, other_bytes) as nasty:
        with pytest.raises(DatasetError, match=f"{algorithm.upper()} is .* the publisher's page says"):
            get(nasty, tmp_path, algorithm=algorithm)
        assert names(tmp_path) == []
        get(nasty, tmp_path, algorithm=algorithm)  # and the next call starts clean
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_a_part_that_continues_wrong_bytes_is_found_out(tmp_path):
    with serving(BODY, cut_after(100_000)) as nasty:
        with pytest.raises(DatasetError):
            get(nasty, tmp_path, Transport(tries=1))
        part = tmp_path / "file.bin.segue-part"
        part.write_bytes(b"x" * part.stat().st_size)
        with pytest.raises(DatasetError, match="not what was published"):
            get(nasty, tmp_path)
    assert names(tmp_path) == []


def test_a_length_named_too_long_is_never_whole(tmp_path):
    with serving(BODY, *[lying_length(len(BODY) + 5)] * 20) as nasty:
        with pytest.raises(DatasetError, match="without getting further than 300000 bytes"):
            get(nasty, tmp_path)
    assert "file.bin" not in names(tmp_path)


def test_a_length_named_too_short_is_caught_by_the_digest(tmp_path):
    with serving(BODY, lying_length(len(BODY) - 5)) as nasty:
        with pytest.raises(DatasetError, match="not what was published"):
            get(nasty, tmp_path)
    assert names(tmp_path) == []


def test_a_stall_ends_by_the_read_timeout_and_the_rest_is_asked_for(tmp_path):
    with serving(BODY, stall_after(100_000, seconds=3)) as nasty:
        get(nasty, tmp_path, Transport(read_timeout_s=0.3, tries=3, wait_s=0.0))
    assert nasty.ranges == [None, "bytes=100000-"]
    assert (tmp_path / "file.bin").read_bytes() == BODY


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_passing_trouble_is_tried_again(tmp_path, code):
    with serving(BODY, status(code, Retry_After=0), status(code)) as nasty:
        get(nasty, tmp_path)
    assert len(nasty.requests) == 3
    assert (tmp_path / "file.bin").read_bytes() == BODY


@pytest.mark.parametrize(
    ("code", "says"), [(401, "a login"), (403, "refuses"), (404, "no longer"), (418, "not")]
)
def test_a_refusal_is_said_at_once_and_what_was_begun_is_kept(tmp_path, code, says):
    with serving(BODY, cut_after(100_000), status(code)) as nasty:
        with pytest.raises(DatasetError, match=f"{says}.*status {code}"):
            get(nasty, tmp_path)
        assert len(nasty.requests) == 2
        assert get(nasty, tmp_path).resumed_from == 100_000  # recovered: only the rest is asked for
    assert nasty.ranges[-1] == "bytes=100000-"
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_a_range_the_server_says_it_lacks_starts_again(tmp_path):
    with serving(BODY, cut_after(100_000), status(416, Content_Range="bytes */5")) as nasty:
        get(nasty, tmp_path)
    assert nasty.ranges == [None, "bytes=100000-", None]
    assert (tmp_path / "file.bin").read_bytes() == BODY


@pytest.mark.parametrize("shift", [-10, 10])
def test_a_range_that_starts_elsewhere_is_not_appended(tmp_path, shift):
    with serving(BODY, cut_after(100_000), wrong_range(shift)) as nasty:
        get(nasty, tmp_path)
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_a_changed_etag_starts_again(tmp_path):
    with serving(BODY[::-1], cut_after(100_000)) as nasty:
        with pytest.raises(DatasetError):
            download(source_of(nasty), tmp_path / "file.bin", Transport(tries=1), lambda step: None)
        nasty.body, nasty.etag = BODY, '"two"'
        get(nasty, tmp_path)
    assert nasty.ranges == [None, "bytes=100000-"]  # and If-Range made it a 200
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_a_changed_file_from_a_server_that_ignores_if_range_starts_again(tmp_path):
    def other_version(handler):
        handler.nasty.etag = '"two"'
        wrong_range(0)(handler)

    with serving(BODY, cut_after(100_000), other_version) as nasty:
        get(nasty, tmp_path)
    assert nasty.ranges == [None, "bytes=100000-", None]
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_without_etag_date_or_digest_nothing_is_continued(tmp_path):
    with serving(BODY, cut_after(100_000), etag=None) as nasty:
        get(nasty, tmp_path, algorithm=None)
    assert nasty.ranges == [None, None]
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_a_digest_alone_is_enough_to_continue_by(tmp_path):
    with serving(BODY, cut_after(100_000), etag=None) as nasty:
        get(nasty, tmp_path)
    assert nasty.ranges == [None, "bytes=100000-"]


def test_no_length_is_fine_with_a_digest_and_refused_without(tmp_path):
    with serving(BODY, chunked(cut=100_000), chunked(), chunked()) as nasty:
        get(nasty, tmp_path)
        assert (tmp_path / "file.bin").read_bytes() == BODY
        (tmp_path / "file.bin").unlink()
        with pytest.raises(DatasetError, match="no size and no digest"):
            get(nasty, tmp_path, algorithm=None)
    assert names(tmp_path) == []


def test_redirects_are_followed_and_circles_are_not(tmp_path):
    with serving(BODY) as nasty, serving(b"", status(302, Location=nasty.url)) as door:
        get(door, tmp_path)
        assert (tmp_path / "file.bin").read_bytes() == BODY
        (tmp_path / "file.bin").unlink()
        door.answers[:] = [status(302, Location=door.url)] * 50
        with pytest.raises(DatasetError, match="leads nowhere"):
            get(door, tmp_path)


def test_waits_double_up_to_a_minute_and_heed_retry_after(tmp_path, monkeypatch):
    waits: list[float] = []
    monkeypatch.setattr("segue.research.datasets.download.time.sleep", waits.append)
    answers = [status(503), status(503, Retry_After=7), status(503), status(503, Retry_After=9999)]
    with serving(BODY, *answers, *[status(503)] * 4) as nasty:
        get(nasty, tmp_path, Transport(tries=9, wait_s=1.0))
    assert waits == [1, 7, 4, 60, 16, 32, 60, 60]


@pytest.mark.parametrize("proxy", ["socks9://nowhere", "http://[", "nonsense"])
def test_a_proxy_that_cannot_be_is_said(tmp_path, monkeypatch, proxy):
    monkeypatch.setenv("NO_PROXY", "")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, proxy)
    with serving(BODY) as nasty, pytest.raises(DatasetError):
        get(nasty, tmp_path)


def test_nobody_there(tmp_path):
    with serving(BODY) as nasty:
        pass
    with pytest.raises(DatasetError, match="the connection failed"):
        get(nasty, tmp_path)


def test_an_etag_that_changes_nothing_and_a_part_that_is_whole_ask_nothing_more(tmp_path):
    with serving(BODY) as nasty:
        get(nasty, tmp_path)
        os.rename(tmp_path / "file.bin", tmp_path / "file.bin.segue-part")
        (tmp_path / "file.bin.segue-part.json").write_text(
            f'{{"url": "{nasty.url}", "etag": "\\"one\\"", "last_modified": null, "size": {len(BODY)}}}'
        )
        get(nasty, tmp_path)
    assert len(nasty.requests) == 1
    assert names(tmp_path) == ["file.bin"]


@pytest.mark.parametrize("state", [None, "", '{"url"', "[]", '{"url": "x"}'])
def test_a_part_without_a_readable_state_is_not_trusted(tmp_path, state):
    (tmp_path / "file.bin.segue-part").write_bytes(b"x" * 1000)
    if state is not None:
        (tmp_path / "file.bin.segue-part.json").write_text(state)
    with serving(BODY) as nasty:
        assert get(nasty, tmp_path).resumed_from == 0
    assert nasty.ranges == [None]
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_progress_rises_to_the_total(tmp_path):
    steps: list[Step] = []
    with serving(BODY) as nasty:
        download(source_of(nasty), tmp_path / "file.bin", QUICK, steps.append)
    assert list(dict.fromkeys(step.doing for step in steps)) == ["download", "check"]
    for doing in ("download", "check"):
        done = [step.done for step in steps if step.doing == doing]
        assert done == sorted(done) and done[-1] == len(BODY)
    assert {step.total for step in steps} == {len(BODY)}


_FETCH = """
import sys
from pathlib import Path
from segue.research.datasets.download import download
from segue.research.datasets.sources import Digest, Source
from segue.research.datasets.transport import Transport
url, sha1, target = sys.argv[1:]
source = Source("file.bin", url, 1, Digest("sha1", sha1, "page"))
download(source, Path(target), Transport(), lambda step: None)
"""


def start(nasty: Nasty, target: Path, code: str = _FETCH) -> subprocess.Popen[str]:
    sha1 = hashlib.sha1(BODY).hexdigest()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_PROXY": "127.0.0.1"}
    command = [sys.executable, "-c", code, nasty.url, sha1, str(target)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_kill_9_in_the_middle_keeps_what_came(tmp_path):
    part = tmp_path / "file.bin.segue-part"
    with serving(BODY, slowly(10_000, 0.05)) as nasty:
        process = start(nasty, tmp_path / "file.bin")
        deadline = time.monotonic() + 60
        while not part.exists() or part.stat().st_size < 50_000:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kept = part.stat().st_size
        assert 50_000 <= kept < len(BODY)
        assert "file.bin" not in names(tmp_path)
        done = get(nasty, tmp_path)
    assert done.resumed_from == kept
    assert nasty.ranges == [None, f"bytes={kept}-"]
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert names(tmp_path) == ["file.bin"]


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is POSIX")
def test_a_full_disk_is_one_sentence_and_the_rest_comes_later(tmp_path):
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000))\n" + _FETCH
    with serving(BODY) as nasty:
        process = start(nasty, tmp_path / "file.bin", limited)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "DatasetError" in err and "see to the disk" in err and "what arrived is kept" in err
        assert names(tmp_path) == ["file.bin.segue-part", "file.bin.segue-part.json"]
        assert get(nasty, tmp_path).resumed_from > 0
    assert (tmp_path / "file.bin").read_bytes() == BODY


def test_no_room_is_said_before_the_body_is_read(tmp_path):
    with serving(BODY, lying_length(10**18)) as nasty:
        with pytest.raises(DatasetError, match="no room for the rest of"):
            get(nasty, tmp_path)
    assert (tmp_path / "file.bin.segue-part").stat().st_size == 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with contextlib.ExitStack() as undo, serving(BODY) as nasty:
        undo.callback(tmp_path.chmod, 0o700)
        with pytest.raises(DatasetError, match="could not be written"):
            get(nasty, tmp_path)
