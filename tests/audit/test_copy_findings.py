"""Copies are found whatever was done to them, other music is not, and the best of every recording stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import soxr

from segue.audit.best_copy import Quality, group_copies
from segue.audit.copy_findings import Hashes, exact_copies, near_copies, versions
from segue.audit.findings import AuditTrack, to_leave_out
from segue.copies.groups import same_hash
from segue.copies.landmarks import PeakAccumulator, landmarks
from segue.copies.passages import shared_passages
from segue.copies.same import Link, Method, Reason
from segue.signal.front_end import MEL128_V1
from segue.signal.stft import PowerSpectra
from tests.audit.broken_music import RATE_HZ, music

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


def links_of(pairs):
    return [Link(p.a, p.b, Reason(Method.PASSAGES, alignment=p.alignment)) for p in pairs if p.is_copy]


def pairs_of(*samples):
    peaks = [peaks_of(one) for one in samples]
    return shared_passages([landmarks(one) for one in peaks], peaks.__getitem__)


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
    assert (pair.a, pair.b, pair.is_copy) == (0, 2, True)


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
    assert (pair.a, pair.b, pair.is_copy) == (1, 2, False)
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
    tracks = [
        AuditTrack("excerpt", "a"),
        AuditTrack("whole", "a"),
        AuditTrack("quiet", "a"),
        AuditTrack("other", "a"),
    ]
    samples = [song[MIDDLE], song, 0.3 * song, music(LENGTH_S, seed=8)]
    pairs = pairs_of(*samples)
    for faulty, left_out in ((None, {"excerpt", "quiet"}), ("whole", {"excerpt", "whole"})):
        qualities = [
            Quality(track.track_id == faulty, len(s) / RATE_HZ)
            for track, s in zip(tracks, samples, strict=True)
        ]
        of = group_copies(qualities, [(pair.a, pair.b) for pair in pairs if pair.is_copy])
        assert set(to_leave_out(near_copies(tracks, links_of(pairs), of))) == left_out


HELD = 1e5  # what lossless samples hold
KEPT = {
    "the original, not its MP3 a twentieth of a second longer": (
        [Quality(False, 40.05, False, 3.2e5), Quality(False, 40.0, True, HELD)],
        1,
    ),
    "as long without its silence": ([Quality(False, 40.0, True, HELD), Quality(False, 40.5, True, HELD)], 0),
    "longer by more than it takes": ([Quality(False, 40.0, True, HELD), Quality(False, 42.0, False, 1e5)], 1),
    "2 % of ten minutes": ([Quality(False, 590.0, True, HELD), Quality(False, 600.0, False, 3e5)], 0),
    "the higher bit rate": ([Quality(False, 40.0, False, 6.4e4), Quality(False, 40.0, False, 1.28e5)], 1),
    "no bit rate heals a fault": ([Quality(True, 40.0, True, HELD), Quality(False, 12.0, False, 6.4e4)], 1),
    "the first of equals": ([Quality(False, 40.0, True, HELD)] * 3, 0),
    "what was heard": ([Quality(), Quality(False, 30.0, False, 1e5)], 1),
    "the least bad": ([Quality(True, 40.0), Quality(True, 5.0)], 0),
}


@pytest.mark.parametrize("why", KEPT)
def test_which_copy_stays(why):
    qualities, kept = KEPT[why]
    assert set(group_copies(qualities, [tuple(range(len(qualities)))]).best) == {kept}


def test_exact_and_near_copies_are_one_group_with_one_keeper(song):
    tracks = [AuditTrack(name, "pop") for name in ("copy.mp3", "copy again.mp3", "a.flac", "b.wav", "other")]
    hashes = ["lossy", "lossy", "plain", "plain", "another"]
    lossy = Quality(False, 24.05, False, 3.2e5)
    qualities = [lossy, lossy, Quality(False, 24.0, True, HELD), Quality(False, 24.0, True, HELD), Quality()]
    pairs = pairs_of(0.9 * song, song, music(LENGTH_S, seed=8))
    assert [(pair.a, pair.b) for pair in pairs] == [(0, 1)]
    pairs = [replace(pairs[0], a=0, b=2)]  # the first of each hash stood for both
    of = group_copies(qualities, [*same_hash(hashes), (0, 2)])
    findings = [
        *exact_copies(tracks, Hashes("bytes", tuple(hashes)), of),
        *near_copies(tracks, links_of(pairs), of),
    ]
    assert set(to_leave_out(findings)) == {"copy.mp3", "copy again.mp3", "b.wav"}
    assert {f.tracks for f in findings if f.kind == "near-copy"} == {("copy.mp3", "a.flac")}
    assert {f.tracks for f in findings if f.kind == "exact-copy"} == {
        ("copy again.mp3", "copy.mp3"),
        ("b.wav", "a.flac"),
    }


def test_copies_under_two_labels_are_all_left_out():
    tracks = [AuditTrack("a", "rock"), AuditTrack("b", "jazz"), AuditTrack("c", "jazz")]
    hashes = ["x", "x", "y"]
    (finding,) = exact_copies(
        tracks, Hashes("bytes", tuple(hashes)), group_copies([Quality()] * 3, same_hash(hashes))
    )
    assert finding.severity == "high" and finding.leave_out == ("b", "a")
    assert "jazz, rock" in finding.evidence


def test_exact_copies_name_the_first():
    tracks = [AuditTrack(name, "rock") for name in "abcd"]
    hashes = ["x", None, "x", "x"]
    findings = list(
        exact_copies(tracks, Hashes("bytes", tuple(hashes)), group_copies([Quality()] * 4, same_hash(hashes)))
    )
    assert [(f.tracks, f.leave_out) for f in findings] == [(("c", "a"), ("c",)), (("d", "a"), ("d",))]


def test_a_version_is_no_copy():
    tracks = [AuditTrack(name, "pop", "The Band", "Song") for name in "abc"]
    (finding,) = versions(tracks, same=[("a", "b")])
    assert finding.kind == "version" and finding.tracks == ("c", "a") and finding.leave_out == ()
    assert not list(
        versions([AuditTrack("a", "pop", None, "Song"), AuditTrack("b", "pop", None, "Song")], [])
    )
