"""Tempo beside librosa's beat tracker on the same real clips, in one run: `python -m benchmarks.tempo`.

The clips are the 60 of GTZAN whose audio is at hand, by part of the fault-filtered split (Kereliuk, Sturm and Larsen
2015). segue's weights were fitted on the training part's annotations; the other parts were never looked at.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks import music, report
from segue.audio.mono import read_mono
from segue.facets.tempo import estimate_tempo
from segue.metrics.tempo import accuracy1, accuracy2, agrees
from segue.signal.front_end import MEL128_V1
from segue.signal.mel import MelBands
from segue.signal.onset import OnsetEnvelope
from segue.signal.stft import PowerSpectra
from segue.types import Tempo

_PARTS = ("train", "valid", "test", "excluded")


def segue_tempo(mono: np.ndarray) -> Tempo | None:
    """Return segue's estimate for samples at the front end's rate, as an analysis makes it."""
    spectra, bands, onsets = PowerSpectra(MEL128_V1), MelBands(MEL128_V1), OnsetEnvelope()
    for frames in (spectra.push(mono), spectra.finish()):
        for power in frames:
            onsets.push(bands(power))
    return estimate_tempo(onsets.envelope, MEL128_V1.frame_rate_hz)


def librosa_tempo(mono: np.ndarray) -> float:
    """Return the tempo of librosa's beat tracker (Ellis 2007) with its own settings."""
    import librosa

    tempo, _ = librosa.beat.beat_track(y=mono, sr=MEL128_V1.sample_rate_hz)
    return float(np.atleast_1d(tempo)[0])


def annotations(folder: Path) -> tuple[dict[str, float], dict[str, str]]:
    """Return each track's annotated BPM and its part of the split."""
    with open(folder / "tempo.csv", newline="", encoding="utf-8") as file:
        bpm = {row["track_id"]: float(row["bpm"]) for row in csv.DictReader(file)}
    with open(folder / "tracks.csv", newline="", encoding="utf-8") as file:
        part = {row["track_id"]: row["filtered_split"] for row in csv.DictReader(file)}
    return bpm, part


def measure() -> list[dict[str, object]]:
    """Return one row a clip: both estimates, the annotation, segue's confidence, CPU seconds of both."""
    bpm, part = annotations(music.shared() / "data" / "gtzan")
    rows = []
    for clip in music.gtzan_clips():
        if clip.stem not in bpm:
            continue
        mono = read_mono(clip, MEL128_V1.sample_rate_hz)
        if not rows:  # both pay for their imports and tables before the clock runs
            segue_tempo(mono)
            librosa_tempo(mono)
        start = time.process_time()
        ours = segue_tempo(mono)
        between = time.process_time()
        theirs = librosa_tempo(mono)
        rows.append(
            {
                "track_id": clip.stem,
                "part": part[clip.stem],
                "annotated_bpm": bpm[clip.stem],
                "segue_bpm": ours and round(ours.bpm, 2),
                "segue_confidence": ours and round(ours.confidence, 3),
                "librosa_bpm": round(theirs, 2),
                "segue_cpu_s": round(between - start, 4),
                "librosa_cpu_s": round(time.process_time() - between, 4),
            }
        )
    return rows


def scores(rows: list[dict[str, object]]) -> list[str]:
    """Return the cells of a table row: number of clips, then both accuracies of both methods in percent."""
    annotated = [row["annotated_bpm"] for row in rows]
    cells = [str(len(rows))]
    for accuracy in (accuracy1, accuracy2):
        for method in ("segue_bpm", "librosa_bpm"):
            cells.append(f"{100.0 * accuracy([row[method] for row in rows], annotated):.1f}")
    return cells


_TEXT = """# Tempo

`python -m benchmarks.tempo`: share of clips, in percent, whose tempo agrees with the annotation within 4 %
(Accuracy1) or with its double, triple, half or third (Accuracy2; Gouyon et al. 2006). librosa is
`librosa.beat.beat_track` with its own settings, on the same samples in the same run. {versions}.

{table}

segue's five weights were fitted on the annotations of GTZAN's training part (mel archive, 442 tracks) and click
tracks; six-fold cross-validation by artist there: `python -m benchmarks.tempo_weights`. {n} clips are few: one clip
is {step:.1f} points. Where the two differ, segue alone is right (Accuracy1) on {won} clips and librosa alone on {lost}.

| segue's confidence | clips | Accuracy1 |
|---|---|---|
{confidence}

CPU time from samples to tempo, median a clip: segue {ours_ms:.0f} ms (of which an analysis needs all but {own_ms:.0f} ms
anyway: spectra and mel bands), librosa {theirs_ms:.0f} ms.
"""


def confidence_rows(rows: list[dict[str, object]]) -> str:
    """Return table rows: how often estimates of each confidence are right."""
    lines = []
    for low, high in ((0.0, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01)):
        chosen = [row for row in rows if low <= (row["segue_confidence"] or 0.0) < high]
        right = f"{100.0 * accuracy1(*_pairs(chosen)):.0f}" if chosen else "-"
        lines.append(f"| {low:.1f} to {min(high, 1.0):.1f} | {len(chosen)} | {right} |")
    return "\n".join(lines)


def _pairs(rows: list[dict[str, object]]) -> tuple[list, list]:
    return [row["segue_bpm"] for row in rows], [row["annotated_bpm"] for row in rows]


def own_ms(mono: np.ndarray) -> float:
    """Return the CPU milliseconds that tempo alone takes of an analysis: onsets and the estimate."""
    bands = MelBands(MEL128_V1)
    mel = [bands(power) for power in PowerSpectra(MEL128_V1).push(mono)]
    times = []
    for _ in range(9):
        start = time.process_time()
        onsets = OnsetEnvelope()
        for block in mel:
            onsets.push(block)
        estimate_tempo(onsets.envelope, MEL128_V1.frame_rate_hz)
        times.append(time.process_time() - start)
    return 1e3 * float(np.median(times))


def main() -> None:
    rows = measure()
    counts = Counter(
        (agrees(row["segue_bpm"], row["annotated_bpm"]), agrees(row["librosa_bpm"], row["annotated_bpm"]))
        for row in rows
    )
    parts = [("all", rows)] + [(name, [row for row in rows if row["part"] == name]) for name in _PARTS]
    header = ("part", "clips", "Accuracy1 segue", "Accuracy1 librosa", "Accuracy2 segue", "Accuracy2 librosa")
    versions = report.versions("numpy", "librosa")
    markdown = _TEXT.format(
        versions=", ".join(f"{name} {number}" for name, number in versions.items()),
        table=report.table(header, [[name, *scores(chosen)] for name, chosen in parts if chosen]),
        n=len(rows),
        step=100.0 / len(rows),
        won=counts[True, False],
        lost=counts[False, True],
        confidence=confidence_rows(rows),
        ours_ms=1e3 * float(np.median([row["segue_cpu_s"] for row in rows])),
        theirs_ms=1e3 * float(np.median([row["librosa_cpu_s"] for row in rows])),
        own_ms=own_ms(read_mono(music.gtzan_clips()[0], MEL128_V1.sample_rate_hz)),
    )
    report.write("tempo", markdown, {"versions": versions, "clips": rows})


if __name__ == "__main__":
    main()
