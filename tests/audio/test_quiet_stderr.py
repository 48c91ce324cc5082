"""What C libraries print must not reach the user; what is printed outside must."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from segue.audio.open import open_audio
from segue.audio.quiet import quiet_stderr
from tests.audio.audio_recipes import music


def test_a_broken_mp3_prints_nothing(
    encode: Callable[..., Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import soundfile

    data = bytearray(encode("mp3", music(), name="music").read_bytes())
    rng = np.random.default_rng(0)
    for start in range(3_000, len(data) - 300, 4_000):  # spoil frames from inside, headers stay
        data[start : start + 200] = rng.bytes(200)
    path = tmp_path / "broken.mp3"
    path.write_bytes(data)
    with soundfile.SoundFile(path) as file:
        list(file.blocks(1 << 16))
    assert "MPEG" in capfd.readouterr().err, "libmpg123 is quiet now: quiet_stderr may go"
    with open_audio(path) as stream:
        list(stream.blocks())
    assert capfd.readouterr() == ("", "")


def test_descriptor_2_is_back_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_stderr():
        os.write(2, b"hidden")
        with quiet_stderr():
            os.write(2, b"hidden too")
    os.write(2, b"shown")
    assert capfd.readouterr().err == "shown"


def test_descriptor_2_is_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError), quiet_stderr():
        raise KeyError
    os.write(2, b"shown")
    assert capfd.readouterr().err == "shown"


def test_threads_inside_together_restore_it_once(capfd: pytest.CaptureFixture[str]) -> None:
    def enter_and_leave() -> None:
        for _ in range(200):
            with quiet_stderr():
                os.write(2, b"hidden")

    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    threads = [threading.Thread(target=enter_and_leave) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(2, b"shown")
    assert capfd.readouterr().err == "shown"
    if before is not None:
        assert len(os.listdir("/proc/self/fd")) == before
