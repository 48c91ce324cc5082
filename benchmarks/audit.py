"""What the audit finds and what it overlooks, on ground truth: `python -m benchmarks.audit`.

Copies are made of soundtracks that nothing was tuned on; GTZAN's byte-identical clips, its index and its fault-filtered
split are known; labels are swapped on purpose; 100,000 pieces are made from the real ones to see what size costs.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks import audit_copies, music, report
from benchmarks.audit_page import markdown
from segue.audio.mono import read_mono
from segue.audio.open import open_audio
from segue.audit.faults import faults, mains_lines
from segue.audit.findings import AuditReport
from segue.audit.hum import HumMeter
from segue.audit.sound import listen
from segue.copies.groups import groups_of
from segue.copies.landmarks import Landmarks, landmarks
from segue.copies.names import recording_key
from segue.copies.passages import LandmarkIndex, SharedPassage, shared_passages
from segue.research.audit.labels import suspicious_labels
from segue.research.audit.run import audit_labelled
from segue.research.datasets.registry import read_dataset

_SWAPPED = 0.05
_STRETCH_S, _HUM_RATE_HZ = 20, 1_000
# Real landmarks coincide with a probability of about 2^-26.6; made-up ones do a little more often.
_NUMBER_BITS = 26


def near_copy_scores(pieces: list[audit_copies.Piece]) -> dict[str, Any]:
    """Return recall by way, precision, and how many pairs of each sort there were."""
    marks = [landmarks(piece.peaks) for piece in pieces]
    found = {
        (pair.a, pair.b): pair
        for pair in shared_passages(marks, lambda number: pieces[number].peaks)
        if pair.is_copy
    }
    original = {piece.name: row for row, piece in enumerate(pieces) if piece.way is None}
    rows = []
    for way, _, _ in audit_copies.WAYS:
        made = [row for row, piece in enumerate(pieces) if piece.way == way and piece.name in original]
        hits = sum(tuple(sorted((original[pieces[row].name], row))) in found for row in made)
        rows.append({"copy": way, "pairs": len(made), "found": hits, "recall": hits / max(1, len(made))})
    n_of = Counter(piece.name for piece in pieces)
    n_other = (len(pieces) ** 2 - sum(n * n for n in n_of.values())) // 2
    wrong = [pair for pair in found.values() if pieces[pair.a].name != pieces[pair.b].name]
    n_pairs, n_found = (sum(row[key] for row in rows) for key in ("pairs", "found"))
    among = [pair for key, pair in found.items() if pieces[key[0]].way and pieces[key[1]].way]
    return {
        "rows": rows,
        "pairs": n_pairs,
        "found": n_found,
        "recall": n_found / n_pairs,
        "pairs_of_other_music": n_other,
        "wrongly_found": len(wrong),
        "precision": n_found / max(1, n_found + len(wrong)),
        "wrong": [_named(pieces, pair) for pair in wrong],
        "copies_of_copies": _between_copies(pieces, set(found)),
        "between_copies_found": len(among) - sum(bool(pieces[p.a].way and pieces[p.b].way) for p in wrong),
    }


def _between_copies(pieces: list[audit_copies.Piece], found: set[tuple[int, int]]) -> dict[str, int]:
    """Pairs of two copies of one passage; the 5 s alone and the rest without them share nothing and do not count."""
    apart = {"5 s out of the middle alone", "5 s cut out of the middle"}
    by_name: defaultdict[str, list[int]] = defaultdict(list)
    for row, piece in enumerate(pieces):
        if piece.way is not None:
            by_name[piece.name].append(row)
    pairs = [
        (a, b)
        for rows in by_name.values()
        for i, a in enumerate(rows)
        for b in rows[i + 1 :]
        if {pieces[a].way, pieces[b].way} != apart
    ]
    return {"pairs": len(pairs), "found": sum(pair in found for pair in pairs)}


def _named(pieces: list[audit_copies.Piece], pair: SharedPassage) -> str:
    a, b = pieces[pair.a], pieces[pair.b]
    return f"{a.name} ({a.way or 'original'}) and {b.name} ({b.way or 'original'}), {pair.alignment.same_s:.0f} s"


def _low_passed(samples: np.ndarray) -> np.ndarray:
    spectrum = np.fft.rfft(samples, axis=0)
    spectrum[round(8_000 * len(samples) / audit_copies.RATE_HZ) :] = 0.0
    return np.fft.irfft(spectrum, len(samples), axis=0)


def _hummed(samples: np.ndarray) -> np.ndarray:
    return samples + sum(_tone(samples, 50.0 * k, 0.01 / k) for k in range(1, 6))


def _tone(samples: np.ndarray, hz: float, level: float) -> np.ndarray:
    return level * np.sin(2 * np.pi * hz * np.arange(len(samples))[:, None] / audit_copies.RATE_HZ)


FAULTS: tuple[tuple[str, str, Callable[[np.ndarray], np.ndarray]], ...] = (
    ("clipped", "12 dB louder, clipped", lambda x: 4.0 * x),
    ("band-limited", "nothing above 8 kHz", _low_passed),
    ("hum", "50 Hz and four multiples at -40 dBFS", _hummed),
    ("hum", "50 Hz alone at -30 dBFS", lambda x: x + _tone(x, 50.0, 10 ** (-30 / 20))),
    ("hum", "60 Hz alone at -30 dBFS", lambda x: x + _tone(x, 60.0, 10 ** (-30 / 20))),
    ("hum", "50 Hz alone at -40 dBFS", lambda x: x + _tone(x, 50.0, 10 ** (-40 / 20))),
    ("hum", "60 Hz alone at -40 dBFS", lambda x: x + _tone(x, 60.0, 10 ** (-40 / 20))),
    (
        "silent",
        "two thirds silenced",
        lambda x: np.concatenate((x[: len(x) // 3], np.zeros_like(x[len(x) // 3 :]))),
    ),
    ("too-short", "cut to 4 s", lambda x: x[: 4 * audit_copies.RATE_HZ]),
)


def fault_scores(n_planted: int) -> dict[str, Any]:
    """Return how often each kind speaks up on untouched passages, and on those given that fault."""
    paths = [
        path
        for found in music.soundtracks(*audit_copies.REPORTED_ON).values()
        for path in found[: audit_copies.PIECES_OF_EACH]
    ]
    untouched: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    n = n_with = 0
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.flac"
        for path in paths:
            samples = audit_copies.passage(path)
            if samples is None:
                continue
            told = _kinds(plain, samples)
            untouched.update(told)
            n += 1
            n_with += bool(told)
            if n <= n_planted:
                planted.update(how for kind, how, change in FAULTS if kind in _kinds(plain, change(samples)))
    rows = [
        {"kind": kind, "untouched": untouched[kind], "planted": how, "found": planted[how]}
        for kind, how, _ in FAULTS
    ]
    return {
        "passages": n,
        "with_any": n_with,
        "planted_in": min(n, n_planted),
        "rows": rows,
        "untouched": dict(untouched),
        "whole": {
            "tuned_on": _in_whole_pieces(audit_copies.TUNED_ON),
            "reported_on": _in_whole_pieces(audit_copies.REPORTED_ON),
        },
    }


def _in_whole_pieces(packages: tuple[str, ...]) -> dict[str, Any]:
    """How often each kind speaks up on whole pieces as they are, and hum on stretches of theirs."""
    paths = [path for found in music.soundtracks(*packages).values() for path in found]
    told: Counter[str] = Counter()
    stretches = hums = 0
    humming = set()
    for path in paths:
        with open_audio(path) as stream:
            told.update({finding.kind for finding in faults(path.name, listen(stream))})
        samples = read_mono(path, _HUM_RATE_HZ)
        for start in range(0, len(samples) - _STRETCH_S * _HUM_RATE_HZ + 1, _STRETCH_S * _HUM_RATE_HZ):
            meter = HumMeter(_HUM_RATE_HZ)
            meter.push(samples[start : start + _STRETCH_S * _HUM_RATE_HZ])
            stretches += 1
            if mains_lines(meter.lines()) is not None:
                hums += 1
                humming.add(path)
    return {
        "pieces": len(paths),
        "told": dict(told),
        "stretches": stretches,
        "stretches_with_hum": hums,
        "pieces_with_these": len(humming),
    }


def _kinds(plain: Path, samples: np.ndarray) -> set[str]:
    soundfile.write(plain, np.clip(samples, -1.0, 1.0), audit_copies.RATE_HZ, "PCM_16")
    with open_audio(plain) as stream:
        return {finding.kind for finding in faults("passage", listen(stream))}


def gtzan_scores(cache: Path) -> dict[str, Any]:
    """Return what the audit says of GTZAN beside what is known of it."""
    folder = music.shared() / "data" / "gtzan"
    found: AuditReport = audit_labelled("gtzan", data=folder, protocol="fault-filtered", cache=cache)
    lines = (folder / "exact_duplicates_by_sha256.txt").read_text(encoding="utf-8").splitlines()
    identical = [
        frozenset(name.removesuffix(".wav") for name in line.split()) for line in lines if line.strip()
    ]
    excluded = set((folder / "excluded_by_fault_filter.txt").read_text(encoding="utf-8").split())
    by_kind: defaultdict[str, set[str]] = defaultdict(set)
    pairs: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    for finding in found.findings:
        by_kind[finding.kind].add(finding.tracks[0])
        pairs[finding.kind].add(frozenset(finding.tracks[:2]))
    by_sound = {
        frozenset(f.tracks[:2]) for f in found.findings if "spectrogram" in f.evidence and "copy" in f.kind
    }
    titled: defaultdict[object, list[str]] = defaultdict(list)
    for track in read_dataset("gtzan", folder).tracks:
        if (key := recording_key(track.artist, track.title)) is not None:
            titled[key].append(track.track_id)
    same_title = {
        frozenset((a, b)) for ids in titled.values() for i, a in enumerate(ids) for b in ids[i + 1 :]
    }
    copies = _within_groups(pairs["exact-copy"] | pairs["near-copy"])
    flagged = {
        track for kind, tracks in by_kind.items() if kind not in ("leak", "version") for track in tracks
    }
    left_out = {track for finding in found.findings for track in finding.leave_out}
    return {
        "counts": found.counts,
        "unchecked": list(found.unchecked),
        "byte_identical": len(identical),
        "byte_identical_by_hash": sum(pair in pairs["exact-copy"] for pair in identical),
        "byte_identical_by_spectrogram_alone": sum(pair in by_sound for pair in identical),
        "pairs_of_one_artist_and_title": len(same_title),
        "of_them_copies": len(same_title & copies),
        "near_copies_with_other_titles_or_artists": len(copies - same_title),
        "excluded_by_the_fault_filter": len(excluded),
        "of_them_flagged": len(excluded & flagged),
        "flagged": len(flagged),
        "of_them_left_out": len(excluded & left_out),
        "left_out": len(left_out),
        "leaking_test_tracks_of_fault_filtered": len(by_kind["leak"]),
    }


def _within_groups(linked: set[frozenset[str]]) -> set[frozenset[str]]:
    """All pairs of what is one recording: of three copies only two findings tell."""
    ids = sorted({track_id for pair in linked for track_id in pair})
    row_of = {track_id: row for row, track_id in enumerate(ids)}
    groups: defaultdict[int, list[str]] = defaultdict(list)
    edges = [tuple(sorted(row_of[track_id] for track_id in pair)) for pair in linked]
    for track_id, group in zip(ids, groups_of(len(ids), [(a, b) for a, b in edges]), strict=True):
        groups[group].append(track_id)
    return {
        frozenset((a, b)) for group in groups.values() for i, a in enumerate(group) for b in group[i + 1 :]
    }


def label_scores(seed: int) -> dict[str, Any]:
    """Return how many labels swapped on purpose are found, among clips outside GTZAN's test part."""
    folder = music.shared() / "data" / "gtzan"
    with np.load(folder / "openl3_512_without_test.npz", allow_pickle=False) as arrays:
        ids, embedding = [str(track_id) for track_id in arrays["track_id"]], arrays["embedding"]
    with open(folder / "tracks.csv", newline="", encoding="utf-8") as file:
        of = {row["track_id"]: row for row in csv.DictReader(file)}
    labels = np.array([of[track_id]["genre"] for track_id in ids])
    artists = [of[track_id]["artist"] or track_id for track_id in ids]
    before = {one.row for one in suspicious_labels(embedding, labels, artists)}
    rng = np.random.default_rng(seed)
    swapped = rng.choice(len(ids), round(_SWAPPED * len(ids)), replace=False)
    genres = np.unique(labels)
    given = labels.copy()
    for row in swapped:
        given[row] = rng.choice(genres[genres != labels[row]])
    found = suspicious_labels(embedding, given, artists)
    rows = {one.row for one in found}
    first = {one.row for one in found[: len(swapped)]}
    return {
        "clips": len(ids),
        "suspicious_as_published": len(before),
        "swapped": len(swapped),
        "suspicious": len(rows),
        "swapped_found": len(rows & set(swapped.tolist())),
        "swapped_among_as_many_surest": len(first & set(swapped.tolist())),
        "suspicious_and_not_swapped": len(rows - set(swapped.tolist())),
        "of_these_suspicious_as_published": len((rows - set(swapped.tolist())) & before),
    }


def scale_scores(pieces: list[audit_copies.Piece], n: int) -> dict[str, Any]:
    """Return what finding candidates among ``n`` pieces costs, made from the landmarks of real ones.

    Each is a real piece whose numbers are changed by a key of its own, so that it is other music; one in a
    hundred is a copy (another way, the same key) of the piece before it.
    """
    by_name: defaultdict[str, list[Landmarks]] = defaultdict(list)
    for piece in pieces:
        if piece.way not in ("5 s out of the middle alone",):
            by_name[piece.name].append(landmarks(piece.peaks))
    names = sorted(by_name)
    rng = np.random.default_rng(0)
    made, planted, key, which = [], set(), np.uint32(0), 0
    for number in range(n):
        if number % 100 == 99:
            planted.add((number - 1, number))
            made.append(
                _keyed(by_name[names[which]][1 + number // 100 % (len(by_name[names[which]]) - 1)], key)
            )
        else:
            which, key = int(rng.integers(len(names))), np.uint32(rng.integers(1 << 32))
            made.append(_keyed(by_name[names[which]][0], key))
    cpu, wall = time.process_time(), time.perf_counter()
    index = LandmarkIndex(made)
    sorted_s = time.process_time() - cpu
    candidates = {(one.a, one.b) for one in index.candidates()}
    return {
        "pieces": n,
        "landmarks": sum(len(one.numbers) for one in made),
        "sort_cpu_s": round(sorted_s, 1),
        "cpu_s": round(time.process_time() - cpu, 1),
        "wall_s": round(time.perf_counter() - wall, 1),
        "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
        "copies": len(planted),
        "copies_found": len(candidates & planted),
        "other_candidates": len(candidates - planted),
    }


def _keyed(marks: Landmarks, key: np.uint32) -> Landmarks:
    def changed(numbers: np.ndarray) -> np.ndarray:
        spread = (numbers ^ key) * np.uint32(0x9E3779B1)
        return (spread >> np.uint32(32 - _NUMBER_BITS)).astype(np.uint32)

    asked = tuple((changed(numbers), frames) for numbers, frames in marks.queries)
    return Landmarks(changed(marks.numbers), marks.frames, asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, help="Keep what was made here, to go on where a run stopped.")
    parser.add_argument(
        "--only",
        nargs="*",
        help="Parts to measure: near_copies, labels, gtzan, faults, scale; the others stay as they were published last.",
    )
    parser.add_argument("--pieces", type=int, default=100_000, help="For the measurement of size.")
    parser.add_argument("--planted", type=int, default=42, help="Passages given each fault.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = arguments.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "near_copies": lambda: near_copy_scores(_pieces(work)),
            "labels": lambda: label_scores(seed=0),
            "gtzan": lambda: gtzan_scores(work / "gtzan.db"),
            "faults": lambda: fault_scores(arguments.planted),
            "scale": lambda: scale_scores(_pieces(work), arguments.pieces),
        }
        for name, measure in parts.items():
            if arguments.only is None or name in arguments.only:
                found = measure() | {"versions": report.versions("numpy", "scipy", "soundfile", "soxr")}
                (work / f"{name}.json").write_text(json.dumps(found), encoding="utf-8")
        data = json.loads((report.RESULTS / "audit.json").read_text(encoding="utf-8"))
        for name in parts:
            if (work / f"{name}.json").exists():
                data[name] = json.loads((work / f"{name}.json").read_text(encoding="utf-8"))
    report.write("audit", markdown(data), data)


def _pieces(work: Path) -> list[audit_copies.Piece]:
    return list(audit_copies.pieces(audit_copies.REPORTED_ON, work))


if __name__ == "__main__":
    main()
