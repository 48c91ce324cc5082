"""Copies are found whatever was done to them, other music is not, and one of every recording stays."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from broken_music import RATE_HZ, music

from segue.audit.copies import alike, exact_copies, near_copies, versions
from segue.audit.findings import to_leave_out
from segue.audit.landmarks import landmarks
from segue.audit.peaks import PeakAccumulator
from segue.datasets.index import Track
from segue.features.front_end import MEL128_V1
from segue.features.stft import PowerSpectra

LENGTH_S = 24.0


def peaks_of(samples, rate_hz=RATE_HZ, pieces=1):
    spectra, peaks = PowerSpectra(MEL128_V1), PeakAccumulator()
    mono = soxr.resample(samples, rate_hz, MEL128_V1.sample_rate_hz)
    for piece in np.array_split(mono, pieces):
        for power in spectra.push(piece):
            peaks.push(power)
    for power in spectra.finish():
        peaks.push(power)
    return peaks.finish()


def pairs_of(*samples):
    peaks = [peaks_of(one) for one in samples]
    return alike([landmarks(one) for one in peaks], peaks.__getitem__)


@pytest.fixture(scope="module")
def song():
    return music(LENGTH_S, seed=7)


def silence(seconds):
    return np.zeros(int(seconds * RATE_HZ), np.float32)


MIDDLE = slice(int(9.5 * RATE_HZ), int(14.5 * RATE_HZ))
WAYS = {
    "quieter": lambda x: 0.2 * x,
    "louder and clipped": lambda x: np.clip(3.0 * x, -1.0, 1.0),
    "noise over it": lambda x: x + np.random.default_rng(0).normal(0, 0.01, len(x)).astype(np.float32),
    "1 % faster": lambda x: soxr.resample(x, RATE_HZ * 1.01, RATE_HZ),
    "1 % slower": lambda x: soxr.resample(x, RATE_HZ * 0.99, RATE_HZ),
    "half a percent slower": lambda x: soxr.resample(x, RATE_HZ * 0.995, RATE_HZ),
    "5 s out of the middle": lambda x: x[MIDDLE],
    "5 s cut out of the middle": lambda x: np.delete(x, MIDDLE),
    "silence before": lambda x: np.concatenate((silence(3.3), x)),
    "at 22,050 Hz": lambda x: soxr.resample(soxr.resample(x, RATE_HZ, 22_050), 22_050, RATE_HZ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_is_found(song, way):
    (pair,) = pairs_of(song, music(LENGTH_S, seed=8), WAYS[way](song))
    assert (pair.a, pair.b, pair.copy) == (0, 2, True)


def test_the_alignment_says_where_and_how_fast(song):
    faster = soxr.resample(song, RATE_HZ * 1.01, RATE_HZ)
    (pair,) = pairs_of(song, np.concatenate((silence(2.0), faster)))
    assert pair.alignment.speed == pytest.approx(1.01, abs=0.002)
    assert pair.alignment.start_a_s == pytest.approx(0.0, abs=0.2)
    assert pair.alignment.start_b_s == pytest.approx(2.0, abs=0.2)
    assert pair.alignment.same_s > 0.9 * pair.alignment.overlap_s


def test_other_music_is_no_copy():
    assert pairs_of(*(music(LENGTH_S, seed) for seed in range(20, 26))) == []


def test_a_passage_in_common_is_no_copy(song):
    other = music(LENGTH_S, seed=9)
    medley = np.concatenate((other[: 14 * RATE_HZ], song[2 * RATE_HZ : 12 * RATE_HZ], music(20.0, 10)))
    (pair,) = pairs_of(music(40.0, 11), np.concatenate((song, music(20.0, seed=12))), medley)[:1]
    assert (pair.a, pair.b, pair.copy) == (1, 2, False)
    assert pair.alignment.same_s == pytest.approx(10.0, abs=4.0)


def test_silence_and_next_to_nothing_are_copies_of_nothing():
    assert pairs_of(silence(10.0), silence(10.0), silence(0.0), music(0.3, 1), music(0.3, 1)) == []


def test_the_pieces_of_a_stream_do_not_show(song):
    assert np.array_equal(peaks_of(song), peaks_of(song, pieces=7))


def test_peaks_keep_their_order_and_range(song):
    peaks = peaks_of(song)
    assert (np.diff(peaks[:, 0]) >= 0).all() and peaks[:, 1].min() >= 0 and peaks[:, 1].max() < 2048
    assert set(np.unique(peaks[:, 2])) == {0, 1}


def test_one_of_every_recording_stays(song):
    tracks = [Track("excerpt", "a"), Track("whole", "a"), Track("quiet", "a"), Track("other", "a")]
    samples = [song[MIDDLE], song, 0.3 * song, music(LENGTH_S, seed=8)]
    findings = list(near_copies(tracks, [len(s) / RATE_HZ for s in samples], pairs_of(*samples)))
    assert set(to_leave_out(findings)) == {"excerpt", "quiet"}
    findings = list(near_copies(tracks, [24.0] * 4, pairs_of(*samples), faulty={"whole"}))
    assert "whole" in to_leave_out(findings) and len(to_leave_out(findings)) == 2


def test_copies_under_two_labels_are_all_left_out():
    tracks = [Track("a", "rock"), Track("b", "jazz"), Track("c", "jazz")]
    (finding,) = exact_copies(tracks, ["x", "x", "y"], "bytes")
    assert finding.severity == "high" and finding.leave_out == ("b", "a")
    assert "jazz, rock" in finding.evidence


def test_exact_copies_name_the_first():
    tracks = [Track(name, "rock") for name in "abcd"]
    findings = list(exact_copies(tracks, ["x", None, "x", "x"], "bytes"))
    assert [(f.tracks, f.leave_out) for f in findings] == [(("c", "a"), ("c",)), (("d", "a"), ("d",))]


def test_a_version_is_no_copy():
    tracks = [Track(name, "pop", "The Band", "Song") for name in "abc"]
    (finding,) = versions(tracks, same=[("a", "b")])
    assert finding.kind == "version" and finding.tracks == ("c", "a") and finding.leave_out == ()
    assert not list(versions([Track("a", "pop", None, "Song"), Track("b", "pop", None, "Song")], []))
