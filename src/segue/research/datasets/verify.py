"""Whether what lies on disk is what the index promises: there, whole, the same, and decodable."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from segue.audio.discover import is_candidate
from segue.audio.open import open_audio
from segue.errors import AudioError
from segue.research.datasets import gtzan_facts
from segue.research.datasets.archive_check import ArchiveCheck, check_archive
from segue.research.datasets.audio_files import FolderAudio
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.gtzan_facts import RATE_HZ, ClipFacts, wav_sha256
from segue.research.datasets.gtzan_index import INDEX
from segue.research.datasets.index import Track
from segue.research.datasets.work import Work, one_by_one
from segue.types import Failure

# A line of the file ``checksums`` in FMA's archives.
_LINE = re.compile(r"^([0-9a-f]{40}) [ *](.+)$")
KINDS = ("missing", "wrong", "extra", "unreadable")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be; ``known`` where the publisher's own file has this fault."""

    kind: str  # one of KINDS
    track_id: str | None
    path: str | None
    cause: str
    known: bool = False


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of every track: ``n_ok`` of ``n_tracks``, each with at most one finding, beside extras.

    ``checked_by`` counts how files were found to be right: ``"sha256"`` or ``"sha1"`` of the file,
    ``"audio"`` (other packing, the same samples), ``"length"`` (decoded, as long as it should be), or only
    ``"decoded"`` where nothing is published to hold it against.
    """

    dataset: Dataset
    n_ok: int
    checked_by: dict[str, int]
    findings: tuple[Finding, ...]
    archive: ArchiveCheck | None

    @property
    def n_tracks(self) -> int:
        """Tracks the index promises."""
        return len(self.dataset.tracks)

    @property
    def is_right(self) -> bool:
        """True where nothing but the publisher's own faults was found."""
        return all(finding.known for finding in self.findings)

    def count(self, kind: str) -> int:
        """Number of findings of one kind."""
        return sum(finding.kind == kind for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Check:
    """One file and what it must be; travels to a worker."""

    file: str
    sha256: str | None
    sha1: str | None
    clip: gtzan_facts.ClipFacts | None

    def __str__(self) -> str:
        return self.file


def verify(
    dataset: Dataset, *, step: Callable[[], None] = lambda: None, work: Work = one_by_one
) -> Verification:
    """Return what is missing, wrong, extra and unreadable; every file that is there is decoded to its end.

    ``step`` is called after each track. Raises DatasetError where a tar or the mel archive cannot be read.
    """
    sha1_of = published_sha1(dataset.root) if isinstance(dataset.audio, FolderAudio) else {}
    clips = {clip.track_id: clip for clip in gtzan_facts.clips()} if dataset.name == "gtzan" else {}
    broken = {i for fault in dataset.faults if fault.unreadable for i in fault.track_ids}
    findings: list[Finding] = []
    checked_by: Counter[str] = Counter()

    def settle(track: Track, outcome: str | Finding) -> None:
        if isinstance(outcome, str):
            checked_by[outcome] += 1
        else:
            known = outcome.kind == "unreadable" and track.track_id in broken
            findings.append(replace(outcome, track_id=track.track_id, path=track.path, known=known))
        step()

    def checks() -> Iterator[tuple[Track, Check]]:
        for track, path in dataset.audio.each(dataset.tracks):
            if path is None or not path.is_file():
                settle(track, Finding("missing", None, None, "The file is not there."))
            else:
                sha1 = sha1_of.get(PurePosixPath(track.path or "").name)
                yield track, Check(str(path), track.sha256, sha1, clips.get(track.track_id))

    if isinstance(dataset.audio, FolderAudio):
        of_file = {}
        for track, check in checks():
            of_file[check] = track
        for check, outcome in work(check_file, of_file):
            settle(of_file[check], _found(outcome))
    else:  # a tar's members come and go one at a time
        for track, check in checks():
            _, outcome = next(one_by_one(check_file, [check]))
            settle(track, _found(outcome))
    findings += _beside(dataset)
    archive = check_archive(dataset, work)
    if archive is not None and dataset.archive is not None:
        findings += [
            Finding("wrong", track_id, dataset.archive.name, cause) for track_id, cause in archive.wrong
        ]
    order = {track_id: row for row, track_id in enumerate(dataset.ids)}
    findings.sort(key=lambda f: (KINDS.index(f.kind), order.get(f.track_id or "", len(order)), f.path or ""))
    return Verification(
        dataset, sum(checked_by.values()), dict(sorted(checked_by.items())), tuple(findings), archive
    )


def check_file(check: Check) -> str | Finding:
    """Return how a file was found to be right, or what is wrong with it.

    Raises AudioError where it cannot be decoded.
    """
    hashed = {"sha256": check.sha256, "sha1": check.sha1}
    expected = {name: digest for name, digest in hashed.items() if digest}
    actual = _digests(check.file, expected)
    same = next((name for name, digest in expected.items() if actual[name] == digest), None)
    if check.clip is not None:
        how = compare_with_clip(check.file, check.clip)
        if same or how in ("audio", "length"):
            return same or how
        return Finding("wrong", None, None, how)
    damage = _decode(check.file)
    if same:
        return same
    if expected:
        name = next(iter(expected))
        return Finding("wrong", None, None, f"Its {name} is {actual[name]}, published is {expected[name]}.")
    return "decoded" if damage is None else Finding("wrong", None, None, damage)


def _found(outcome: str | Finding | Failure) -> str | Finding:
    return Finding("unreadable", None, None, outcome.cause) if isinstance(outcome, Failure) else outcome


def _digests(file: str, names: dict[str, str]) -> dict[str, str]:
    hashers = {name: hashlib.new(name) for name in names}
    try:
        with open(file, "rb") as content:
            while hashers and (block := content.read(1 << 20)):
                for hasher in hashers.values():
                    hasher.update(block)
    except OSError as error:
        raise AudioError(f"The file cannot be read: {error.strerror}.", "open") from error
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}


def _decode(file: str) -> str | None:
    with open_audio(file) as stream:
        for _ in stream.blocks():
            pass
        return stream.damage


def _beside(dataset: Dataset) -> Iterator[Finding]:
    """What could not become a track, and audio in the tracks' folders that the index does not name."""
    told = set()
    for remark in dataset.remarks:
        yield Finding("wrong", None, INDEX, remark)
    for problem in dataset.problems:
        told.add(problem.path)
        kind = "extra" if is_candidate(problem.path) else "wrong"
        yield Finding(kind, None, problem.path, problem.cause)
    if not dataset.exhaustive or not isinstance(dataset.audio, FolderAudio):
        return
    paths = {PurePosixPath(track.path) for track in dataset.tracks if track.path}
    ids = set(dataset.ids)
    for folder in sorted({path.parent for path in paths}):
        for name in sorted(os.listdir(dataset.root / folder)):
            path = folder / name
            other_form = path.stem in ids  # the same clip once more, as .au beside .wav
            if is_candidate(name) and path not in paths and not other_form and str(path) not in told:
                if not name.startswith(".") and (Path(dataset.root) / path).is_file():
                    yield Finding("extra", None, str(path), "The index does not name it.")


def published_sha1(root: Path) -> dict[str, str]:
    """Return the published SHA-1 (hex) by file name, from ``checksums`` in ``root`` and in the folders in it.

    FMA's clips are named by their number, so that a name says which clip it is in whatever folder. Empty
    where there is no such file.
    """
    found = {}
    for path in sorted((*root.glob("checksums"), *root.glob("*/checksums"))):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if matched := _LINE.match(line.strip()):
                found[PurePosixPath(matched[2]).name] = matched[1]
    return found


def compare_with_clip(file: str, clip: ClipFacts) -> str:
    """Return ``"audio"`` for the clip's own samples, ``"length"`` for an .au as long as it, else a sentence.

    Of the .au files no digest is published, so that their samples have nothing sure to be held against.
    Raises AudioError where the file cannot be decoded.
    """
    with open_audio(file) as stream:
        info = stream.info
        blocks = list(stream.blocks())
    if (info.sample_rate_hz, info.n_channels) != (RATE_HZ, 1):
        return f"It is {info.sample_rate_hz:,} Hz with {info.n_channels} channels, not {RATE_HZ:,} Hz mono."
    samples = np.concatenate(blocks)[:, 0]
    if len(samples) != clip.n_samples:
        return f"It has {len(samples):,} samples, the clip {clip.n_samples:,}."
    if (
        wav_sha256(np.round(samples * 32_768.0).astype(np.int32).clip(-32_768, 32_767).astype(np.int16))
        == clip.sha256
    ):
        return "audio"
    if info.container == "au":
        return "length"
    return "It is as long as the clip, but its samples are others."
