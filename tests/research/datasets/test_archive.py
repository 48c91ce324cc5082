"""An archive becomes a folder whole or not at all, and never anything beside it."""

from __future__ import annotations

import io
import json
import os
import signal
import stat
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from segue.errors import DatasetError
from segue.research.datasets.archive import MARK, Bounds, Step, unpack, unpacked_from
from tests.raising import raises

FILES = {"clips/000/1.mp3": b"one" * 500, "clips/001/2.mp3": b"two" * 700, "clips/README.txt": b""}
ROOT = Path(__file__).resolve().parents[3]


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, files: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def quietly(archive: Path, folder: Path) -> int:
    return unpack(archive, folder, "abc", lambda step: None)


def held(folder: Path) -> dict[str, bytes]:
    files = (p for p in folder.rglob("*") if p.is_file() and p.name != MARK)
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_a_zip(tmp_path, method):
    archive = zipped(tmp_path / "a.zip", FILES, method)
    steps: list[Step] = []
    assert unpack(archive, tmp_path / "clips", "abc", steps.append) == 3
    assert held(tmp_path / "clips") == {name.removeprefix("clips/"): data for name, data in FILES.items()}
    assert (steps[-1].doing, steps[-1].done, steps[-1].total) == ("unpack", 3600, 3600)
    assert unpacked_from(tmp_path / "clips") == "abc" and unpacked_from(tmp_path / "other") is None
    assert sorted(os.listdir(tmp_path)) == ["a.zip", "clips"]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar(tmp_path, mode):
    assert quietly(tarred(tmp_path / "a.tar", FILES, mode), tmp_path / "out") == 3
    assert held(tmp_path / "out") == {name.removeprefix("clips/"): data for name, data in FILES.items()}


def test_files_that_share_no_folder_are_kept_as_they_lie(tmp_path):
    files = {"a/1": b"1", "b/2": b"2"}
    quietly(zipped(tmp_path / "a.zip", files), tmp_path / "out")
    assert held(tmp_path / "out") == files


UNSAFE = ["../out.txt", "a/../../out.txt", "/etc/out.txt", "a\\..\\out.txt", "C:/out.txt", "a\nb", "a~b"]


@pytest.mark.parametrize("name", UNSAFE)
@pytest.mark.parametrize("make", [zipped, tarred])
def test_nothing_is_written_outside_whatever_a_member_is_called(tmp_path, make, name):
    """A name that leads elsewhere is refused, or its member lies inside under what is left of the name."""
    inner = tmp_path / "inner"
    inner.mkdir()
    archive = make(inner / "a.bin", {"good": b"1", name: b"2"})
    archive.write_bytes(archive.read_bytes().replace(b"a~b", b"a\x00b"))
    try:
        quietly(archive, inner / "out")
    except DatasetError as error:
        assert error.code in ("unsafe-archive", "damaged-archive")
        assert os.listdir(inner) == ["a.bin"]
    else:
        assert sorted(held(inner / "out").values())[0] == b"1"
        assert sorted(os.listdir(inner)) == ["a.bin", "out"]
    assert os.listdir(tmp_path) == ["inner"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_what_is_no_plain_file_in_a_tar_is_refused(tmp_path, kind):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        info = tarfile.TarInfo("door")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    with raises(DatasetError, "unsafe-archive"):
        quietly(tmp_path / "a.tar", tmp_path / "out")
    assert os.listdir(tmp_path) == ["a.tar"]


def test_a_link_in_a_zip_becomes_a_plain_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        info = zipfile.ZipInfo("door")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    quietly(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "out" / "door").is_symlink() and held(tmp_path / "out") == {"door": b"/etc/passwd"}


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(members=9),
        Bounds(member_bytes=4_999),
        Bounds(total_bytes=49_999),
        Bounds(ratio=9, free_bytes=40_000),
    ],
    ids=["members", "member", "total", "ratio"],
)
def test_bounds_are_asked_before_anything_large_is_written(tmp_path, make, bounds):
    archive = make(tmp_path / "a.bin", {f"clips/{k}": bytes(5000) for k in range(10)})
    wide = Bounds(members=10, member_bytes=5000, total_bytes=50_000, ratio=1000, free_bytes=0)
    assert unpack(archive, tmp_path / "out", "abc", lambda step: None, wide) == 10
    with raises(DatasetError, "archive-too-large"):
        unpack(archive, tmp_path / "other", "abc", lambda step: None, bounds)
    assert sorted(os.listdir(tmp_path)) == ["a.bin", "out"]


def test_a_tar_that_states_terabytes_is_refused_by_its_header(tmp_path):
    info = tarfile.TarInfo("big")
    info.size = 1 << 42
    (tmp_path / "a.tar").write_bytes(info.tobuf() + bytes(10_240))
    with raises(DatasetError, "archive-too-large"):
        quietly(tmp_path / "a.tar", tmp_path / "out")
    assert os.listdir(tmp_path) == ["a.tar"]


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9, 0.99])
def test_a_damaged_archive_leaves_no_folder(tmp_path, make, keep):
    files = {f"clips/{i}": np.random.default_rng(i).bytes(5000) for i in range(10)}
    archive = make(tmp_path / "a.bin", files)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(DatasetError):
        quietly(archive, tmp_path / "clips")
    assert os.listdir(tmp_path) == ["a.bin"]


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_flipped_bytes_inside_leave_no_folder(tmp_path, method):
    files = {f"clips/{i}": np.random.default_rng(i).bytes(5000) for i in range(4)}
    archive = zipped(tmp_path / "a.zip", files, method)
    data = bytearray(archive.read_bytes())
    for at in range(6000, 6200):
        data[at] ^= 0xFF
    archive.write_bytes(bytes(data))
    with pytest.raises(DatasetError):
        quietly(archive, tmp_path / "clips")
    assert os.listdir(tmp_path) == ["a.zip"]


def test_a_folder_that_segue_did_not_unpack_is_left_alone(tmp_path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "mine.txt").write_text("mine")
    with raises(DatasetError, "folder-in-the-way"):
        quietly(zipped(tmp_path / "a.zip", FILES), tmp_path / "clips")
    assert held(tmp_path / "clips") == {"mine.txt": b"mine"}


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is POSIX")
def test_a_full_disk_leaves_no_folder(tmp_path):
    archive = zipped(tmp_path / "a.zip", {"clips/big": bytes(200_000)})
    code = (
        "import resource, sys; from pathlib import Path; from segue.research.datasets.archive import unpack\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000))\n"
        "unpack(Path(sys.argv[1]), Path(sys.argv[2]), 'abc', lambda step: None)"
    )
    done = run(code, archive, tmp_path / "clips")
    _, err = done.communicate(timeout=60)
    assert done.returncode == 1 and "DatasetError" in err and "check the disk" in err
    assert os.listdir(tmp_path) == ["a.zip"]


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_kill_9_while_unpacking_leaves_no_folder_and_the_next_run_unpacks_all(tmp_path):
    archive = zipped(tmp_path / "a.zip", {f"clips/{i}": bytes(100) for i in range(2000)})
    code = (
        "import sys, time; from pathlib import Path; from segue.research.datasets.archive import unpack\n"
        "unpack(Path(sys.argv[1]), Path(sys.argv[2]), 'abc', lambda step: time.sleep(0.005))"
    )
    process = run(code, archive, tmp_path / "clips")
    begun = tmp_path / ".clips.unpacking" / "clips"
    deadline = time.monotonic() + 60
    while not begun.is_dir() or len(os.listdir(begun)) < 100:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "clips").exists()
    assert quietly(archive, tmp_path / "clips") == 2000
    assert len(held(tmp_path / "clips")) == 2000
    assert sorted(os.listdir(tmp_path)) == ["a.zip", "clips"]
    assert json.loads((tmp_path / "clips" / MARK).read_text())["files"] == 2000


def run(code: str, archive: Path, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", code, str(archive), str(folder)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
