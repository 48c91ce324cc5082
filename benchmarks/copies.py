"""How surely fingerprints tell copies of a recording from other music: `python -m benchmarks.copies`.

Copies are made with ffmpeg: codecs and bitrates, gain, another rate, shifts by an encoder's padding. Other music is
every other piece of the same length, and other passages of the same piece, the hardest of all.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from benchmarks import music, report
from segue.audio.mono import mono_blocks
from segue.audio.open import open_audio
from segue.copies.sketch import LENGTH, FingerprintAccumulator, copies_of
from segue.signal.front_end import MEL128_V1
from segue.signal.mel import MelBands
from segue.signal.stft import PowerSpectra

PASSAGE_S = 30.0

# Name, file ending, and what ffmpeg is told.
VARIANTS = (
    ("MP3 320 kbit/s", "mp3", "-b:a 320k"),
    ("MP3 128 kbit/s", "mp3", "-b:a 128k"),
    ("MP3 64 kbit/s", "mp3", "-b:a 64k"),
    ("Ogg Vorbis quality 3", "ogg", "-c:a libvorbis -q:a 3"),
    ("Opus 64 kbit/s", "opus", "-c:a libopus -b:a 64k -ar 48000"),
    ("FLAC at 32 kHz", "flac", "-ar 32000"),
    ("FLAC, 12 dB quieter", "flac", "-af volume=-12dB"),
    ("FLAC, mono", "flac", "-ac 1"),
    ("FLAC, 0.2 s of silence before", "flac", "-af adelay=200:all=1"),
    ("MP3 64 kbit/s, first 0.2 s cut", "mp3", "-b:a 64k -ss 0.2"),
)


@dataclass(frozen=True)
class Sketched:
    """A file's fingerprint (None where there is none) and length, with the piece and the passage it is of."""

    piece: str
    passage: str
    fingerprint: np.ndarray | None
    duration_s: float


def sketch(path: Path, piece: str, passage: str) -> Sketched:
    """Return the fingerprint of an audio file, heard as an analysis hears it."""
    spectra, bands, fingerprint = (
        PowerSpectra(MEL128_V1),
        MelBands(MEL128_V1),
        FingerprintAccumulator(MEL128_V1),
    )
    n_samples = 0
    with open_audio(path) as stream:
        for mono in mono_blocks(stream, MEL128_V1.sample_rate_hz):
            n_samples += len(mono)
            for power in spectra.push(mono):
                fingerprint.push(bands(power))
    for power in spectra.finish():
        fingerprint.push(bands(power))
    return Sketched(piece, passage, fingerprint.sketch(), n_samples / MEL128_V1.sample_rate_hz)


def ffmpeg(source: Path, target: Path, *arguments: str) -> Path:
    """Return ``target``, written by ffmpeg from ``source``."""
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-map", "a", "-map_metadata", "-1"]
    subprocess.run([*command, *arguments, str(target)], check=True)
    return target


def cut(source: Path, target: Path, start_s: float) -> bool:
    """Write 30 s of ``source`` from ``start_s`` on, and return whether there were as many."""
    rate_hz = soundfile.info(source).samplerate
    samples, _ = soundfile.read(
        source, round(PASSAGE_S * rate_hz), round(start_s * rate_hz), dtype="float32", always_2d=True
    )
    soundfile.write(target, samples, rate_hz)
    return len(samples) == round(PASSAGE_S * rate_hz)


def passages(folder: Path) -> list[tuple[Path, str, str]]:
    """Return (file, piece, passage): two of each soundtrack piece, and GTZAN's clips outside its test part."""
    found = []
    for paths in music.soundtracks(*music.SOUNDTRACKS).values():
        for path in paths:
            piece = "/".join(path.parts[-2:])
            for start_s in (20.0, 50.0):
                target = folder / f"{piece.replace('/', '_')}.{start_s:.0f}.wav"
                if cut(path, target, start_s):
                    found.append((target, piece, f"{start_s:.0f} s"))
    with open(music.shared() / "data" / "gtzan" / "tracks.csv", newline="", encoding="utf-8") as file:
        tested = {row["track_id"] for row in csv.DictReader(file) if row["filtered_split"] == "test"}
    found += [(clip, clip.stem, "0 s") for clip in music.gtzan_clips() if clip.stem not in tested]
    return found


def copies(source: tuple[Path, str, str], folder: Path) -> dict[str, Sketched]:
    """Return the fingerprints of one passage's copies by variant."""
    path, piece, passage = source
    made = {}
    for number, (name, ending, arguments) in enumerate(VARIANTS):
        target = ffmpeg(path, folder / f"{path.stem}.{number}.{ending}", *arguments.split())
        made[name] = sketch(target, piece, passage)
        target.unlink()
    return made


def gather(jobs: int) -> tuple[list[Sketched], list[dict[str, Sketched]]]:
    """Return the fingerprints of all passages, and of the copies of each."""
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(jobs) as pool:
        folder = Path(name)
        sources = passages(folder)
        originals = list(pool.map(lambda source: sketch(*source), sources))
        return originals, list(pool.map(lambda source: copies(source, folder), sources))


def count(originals: list[Sketched], made: list[Sketched]) -> dict[str, int]:
    """Return how many of ``made``, copies of ``originals`` in the same order, are found, and what else is."""
    fingerprints = np.stack([original.fingerprint for original in originals])
    durations_s = np.array([original.duration_s for original in originals])
    pieces = np.array([original.piece for original in originals])
    counts = {"copies": len(made), "found": 0}
    counts |= {
        "other passages": 0,
        "wrongly found there": 0,
        "other pieces": 0,
        "wrongly found among them": 0,
    }
    for number, copy in enumerate(made):
        called = copies_of(copy.fingerprint, copy.duration_s, fingerprints, durations_s)
        counts["found"] += int(called[number])
        same_piece = pieces == copy.piece
        same_piece[number] = False
        counts["other passages"] += int(same_piece.sum())
        counts["wrongly found there"] += int(called[same_piece].sum())
        counts["other pieces"] += int((pieces != copy.piece).sum())
        counts["wrongly found among them"] += int(called[pieces != copy.piece].sum())
    return counts


_TEXT = """# Copies of a recording

`python -m benchmarks.copies`: {n} passages of 30 s (two of each piece of Debian's soundtracks {packages}, and
GTZAN's clips at hand outside its test part), each copied in {variants} ways by {ffmpeg}. Every copy is compared
with every original. {versions}.

{table}

Recall {recall:.2f} %, precision {precision:.2f} %, over {pairs} pairs. All passages are equally long, so length helps
none of these decisions; whole pieces are told apart by it first. A fingerprint takes {size} bytes; there is none
for silence and for less than 1 s. The thresholds were chosen on music of
planetblupi, hyperrogue, singularity, muldjord and the clips; wesnoth and warzone2100 set none.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2)
    originals, made = gather(parser.parse_args().jobs)
    comparable = [number for number, original in enumerate(originals) if original.fingerprint is not None]
    rows = [
        {"copy": name}
        | count([originals[number] for number in comparable], [made[number][name] for number in comparable])
        for name, _, _ in VARIANTS
    ]
    total = {name: sum(row[name] for row in rows) for name in rows[0] if name != "copy"}
    wrong = total["wrongly found there"] + total["wrongly found among them"]
    rows.append({"copy": "all"} | total)
    versions = report.versions("numpy", "soundfile")
    ffmpeg_version = " ".join(subprocess.check_output(["ffmpeg", "-version"], text=True).split()[:3:2])
    markdown = _TEXT.format(
        n=len(comparable),
        packages=", ".join(music.SOUNDTRACKS),
        variants=len(VARIANTS),
        ffmpeg=ffmpeg_version,
        versions=", ".join(f"{name} {number}" for name, number in versions.items()),
        table=report.table(list(rows[0]), [list(row.values()) for row in rows]),
        recall=100.0 * total["found"] / total["copies"],
        precision=100.0 * total["found"] / (total["found"] + wrong),
        pairs=total["copies"] + total["other passages"] + total["other pieces"],
        size=LENGTH,
    )
    report.write("copies", markdown, {"versions": versions, "ffmpeg": ffmpeg_version, "rows": rows})


if __name__ == "__main__":
    main()
