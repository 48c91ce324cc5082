"""Each fault is told by its name, and sound music gives none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soundfile

from segue.audio.open import open_audio
from segue.audit.faults import edge, faults
from segue.audit.sound import listen
from tests.audit.broken_music import RATE_HZ, hummed, low_passed, music, toned, write


def kinds(path):
    with open_audio(path) as stream:
        return {finding.kind for finding in faults(path.name, listen(stream))}


@pytest.fixture(scope="module")
def plain():
    return music(20.0, seed=1)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_sound_music_has_no_fault(tmp_path, plain, name):
    assert kinds(write(tmp_path / name, plain)) == set()


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("silent", lambda x: np.zeros_like(x)),
        ("silent", lambda x: np.concatenate((x[: 8 * RATE_HZ], np.zeros(12 * RATE_HZ, np.float32)))),
        ("too-short", lambda x: x[: 3 * RATE_HZ]),
        ("clipped", lambda x: 4.0 * x),
        ("band-limited", lambda x: low_passed(x, 8_000.0)),
        ("band-limited", lambda x: low_passed(x, 11_000.0)),
        ("hum", lambda x: hummed(x, 50.0)),
        ("hum", lambda x: hummed(x, 60.0)),
        ("hum", lambda x: toned(x, 50.0)),
        ("hum", lambda x: toned(x, 60.0)),
        ("hum", lambda x: toned(x, 100.0)),
        ("hum", lambda x: toned(x, 119.9)),
    ],
)
def test_each_fault_is_told_alone(tmp_path, plain, kind, change):
    assert kinds(write(tmp_path / "a.flac", change(plain))) == {kind}


def test_truncated_against_the_declared_length(tmp_path, plain):
    path = write(tmp_path / "a.wav", plain)
    path.write_bytes(path.read_bytes()[: 15 * RATE_HZ * 2])
    assert kinds(path) == {"truncated"}


def test_an_ogg_file_cut_off_in_the_middle(tmp_path, plain):
    path = write(tmp_path / "a.ogg", plain)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "truncated" in kinds(path)


def test_a_hole_in_an_mp3_is_damage(tmp_path, plain):
    path = write(tmp_path / "a.mp3", plain)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20_000] = b"\xab" * 20_000
    path.write_bytes(data)
    assert kinds(path) & {"damaged", "truncated"}


def test_evidence_gives_the_figures(tmp_path, plain):
    with open_audio(write(tmp_path / "a.flac", low_passed(plain, 8_000.0))) as stream:
        (finding,) = faults("a.flac", listen(stream))
    assert finding.severity == "low" and finding.leave_out == ()
    assert abs(dict(finding.values)["edge_hz"] - 8_000) < 500 and "kHz" in finding.evidence


def test_music_without_treble_has_no_edge():
    hz = np.linspace(0, 22_050, 513)
    falling = -60.0 * hz / 22_050  # 60 dB over the band, evenly
    assert edge(falling.astype(np.float32), 44_100) is None
    assert edge(np.where(hz < 9_000, falling, -110.0).astype(np.float32), 44_100) == pytest.approx(
        9_000, abs=450
    )


def test_one_hash_for_the_same_samples_in_any_lossless_packing(tmp_path, plain):
    hashes = set()
    samples = np.rint(plain * 32_767).astype(np.int16)
    for name in ("a.wav", "a.flac", "a.aiff"):
        soundfile.write(tmp_path / name, samples, RATE_HZ)
        with open_audio(tmp_path / name) as stream:
            hashes.add(listen(stream).samples_hash)
    soundfile.write(tmp_path / "b.flac", samples[:-1], RATE_HZ)
    with open_audio(tmp_path / "b.flac") as stream:
        assert listen(stream).samples_hash not in hashes
    assert len(hashes) == 1


def test_a_steady_note_is_no_hum(tmp_path, plain):
    t = np.arange(len(plain)) / RATE_HZ
    note = 0.02 * np.sin(2 * np.pi * 98.0 * t)  # a drone on G, a few hertz off twice 50
    assert "hum" not in kinds(write(tmp_path / "a.flac", plain + note.astype(np.float32)))


@pytest.mark.parametrize("hz", [49.0, 51.9, 58.3, 61.7, 98.0, 103.8, 116.5, 123.5])
def test_a_tempered_note_that_never_stops_is_no_hum(tmp_path, plain, hz):
    assert "hum" not in kinds(write(tmp_path / "a.flac", toned(plain, hz)))


def test_a_tone_that_comes_and_goes_is_no_hum(tmp_path, plain):
    tone = toned(np.zeros_like(plain), 60.0, 0.05)
    loudness = np.interp(
        np.arange(len(plain)) % (4 * RATE_HZ), (0, 2 * RATE_HZ, 4 * RATE_HZ), (0.0, 1.0, 0.0)
    )
    assert "hum" not in kinds(write(tmp_path / "a.flac", plain + tone * loudness.astype(np.float32) ** 3))


def test_the_lines_of_a_loop_are_no_hum(tmp_path):
    # A quarter of a second over and over has a line at every 4 Hz, of the mains' multiples among them.
    loop = np.tile(music(0.25, seed=3), 80)
    with open_audio(write(tmp_path / "a.flac", loop)) as stream:
        sound = listen(stream)
    assert (sound.hum.out_db >= 8.0).sum() >= 3, "lines there are"
    assert "hum" not in {finding.kind for finding in faults("a", sound)}


def test_an_edge_is_below_the_limit_or_none():
    # As in wesnoth's heroes_rite: medians see it from below 13 kHz, and it lies above.
    hz = np.linspace(0, 22_050, 513)
    spectrum = np.where(hz < 13_300, -20.0, -110.0)
    assert edge(spectrum.astype(np.float32), 44_100) is None
    assert edge(np.where(hz < 12_500, -20.0, -110.0).astype(np.float32), 44_100) is not None


def test_the_sounding_length_leaves_out_silence_before_and_after(tmp_path, plain):
    pad = np.zeros(3 * RATE_HZ, np.float32)
    with open_audio(write(tmp_path / "a.flac", np.concatenate((pad, plain[: 10 * RATE_HZ], pad)))) as stream:
        sound = listen(stream)
    assert (sound.duration_s, sound.codec, sound.n_channels) == (16.0, "flac", 1)
    assert sound.sounding_s == pytest.approx(10.0, abs=1.0)
    with open_audio(write(tmp_path / "b.flac", pad)) as stream:
        assert listen(stream).sounding_s == 0.0


def test_too_little_to_tell_hum_says_nothing(tmp_path, plain):
    with open_audio(write(tmp_path / "a.flac", hummed(plain, 50.0)[: 6 * RATE_HZ])) as stream:
        sound = listen(stream)
    assert np.isnan([sound.hum.out_db, sound.hum.alone_db, sound.hum.swing_db, sound.hum.off_hz]).all()
    assert not list(faults("a", replace(sound, clipped_runs_per_s=0.0)))
