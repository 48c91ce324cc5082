"""A file is opened and read no more often than it must be: what one visit learned, the next one knows."""

import contextlib
import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from segue.audio.identity import identify
from segue.audio.open import open_audio
from segue.execution.serial import SerialExecutor
from segue.service.scan import scan_folders
from tests.songs import write_song

EXTENSIONS = ["mp3", "ogg", "flac", "wav", "opus"]
OPENED: Counter[str] = Counter()
_watching = False


def _note(event, arguments):
    if _watching and event == "open" and isinstance(arguments[0], str):
        OPENED[arguments[0]] += 1


sys.addaudithook(_note)  # for good: there is no taking one away


@contextlib.contextmanager
def watched():
    global _watching
    OPENED.clear()
    _watching = True
    try:
        yield
    finally:
        _watching = False


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_scanned_file_is_opened_twice(tmp_path, extension):
    song = write_song(tmp_path / "music" / f"song.{extension}", seed=1, artist="Ann")
    with watched():
        report = scan_folders([str(song)], library=tmp_path / "library.db", executor=SerialExecutor())
    assert report.counts.analysed == 1
    assert OPENED[str(song)] == 2  # once to identify it, once to decode it


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_known_file_that_was_touched_is_opened_once(tmp_path, extension):
    song = write_song(tmp_path / "music" / f"song.{extension}", seed=1)
    scan_folders([str(song)], library=tmp_path / "library.db", executor=SerialExecutor())
    os.utime(song, (1, 1))
    with watched():
        report = scan_folders([str(song)], library=tmp_path / "library.db", executor=SerialExecutor())
    assert report.counts.unchanged == 1
    assert OPENED[str(song)] == 1


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="counts bytes read by /proc")
@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_file_is_read_whole_at_most_twice(tmp_path, extension):
    song = write_long(tmp_path / f"song.{extension}")
    for _ in range(2):  # the first time modules are imported, which is reading too
        before = bytes_read()
        identified = identify(song)
        with open_audio(song, identified.layout) as stream:
            for _ in stream.blocks():
                pass
        n_bytes = bytes_read() - before
    assert song.stat().st_size > 1_000_000
    heads_and_tails = 500_000  # tags, first and last pages, the first frame: looked at more than once
    assert n_bytes < 2 * song.stat().st_size + heads_and_tails


def write_long(path):
    """Write a song of some megabytes; in pieces, as libsndfile's Vorbis encoder takes no more at once."""
    short = write_song(path.with_name(f"short{path.suffix}"), seconds=20.0, seed=1)
    with (
        soundfile.SoundFile(short) as source,
        soundfile.SoundFile(path, "w", source.samplerate, 2, source.subtype, format=source.format) as song,
    ):
        samples = source.read(dtype="float32")
        for _ in range(14):
            song.write(np.stack([samples, samples[::-1]], axis=1))
    return path


def bytes_read():
    """What this process has read from files, in bytes."""
    lines = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(lines["rchar"])


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_layout_that_is_handed_on_changes_nothing(tmp_path, extension):
    song = write_song(tmp_path / f"song.{extension}", seed=3)
    song.write_bytes(song.read_bytes()[:-3000])  # cut off: what the container shows is told either way
    heard = []
    for layout in (None, identify(song).layout):
        with open_audio(song, layout) as stream:
            n_frames = sum(len(block) for block in stream.blocks())
            heard.append((n_frames, stream.info, stream.damage))
    assert heard[0] == heard[1]
