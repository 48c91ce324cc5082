"""Verifying: every kind of fault, made on purpose, is found and named; what is right is left in peace."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from segue.research.datasets import gtzan_facts
from segue.research.datasets.registry import read_dataset
from segue.research.datasets.verify import KINDS, Check, verify
from segue.types import Failure
from tests.songs import tune, write_song


def counts(found) -> dict[str, int]:
    return {kind: n for kind in KINDS if (n := found.count(kind))}


def conserved(found) -> bool:
    """Every track is right or has one finding."""
    tracks = [finding.track_id for finding in found.findings if finding.track_id]
    return found.n_ok + len(tracks) == found.n_tracks and len(set(tracks)) == len(tracks)


@pytest.fixture
def clips(shared_dir: Path, tmp_path: Path) -> Path:
    """Six of GTZAN's clips as the wavs they were made from, unpacked from FLAC with the common header."""
    for source in sorted((shared_dir / "data" / "gtzan" / "audio" / "blues").glob("*.flac")):
        pcm, rate_hz = soundfile.read(source, dtype="int16")
        target = tmp_path / "genres_original" / "blues" / f"{source.stem}.wav"
        target.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(target, pcm, rate_hz, subtype="PCM_16")
    return tmp_path


def blues(folder: Path, number: int) -> Path:
    return folder / "genres_original" / "blues" / f"blues.{number:05d}.wav"


def six(found) -> dict[str, str]:
    """What was found of the six clips: the kind by number, without those nobody put there."""
    return {f.track_id or f.path: f.kind for f in found.findings if f.kind != "missing"}


def test_the_common_wavs_have_the_published_hashes(clips):
    found = verify(read_dataset("gtzan", clips))
    assert found.n_ok == 6 and conserved(found)
    assert found.checked_by == {"sha256": 6}
    assert counts(found) == {"missing": 994}
    assert not found.is_right


def test_every_kind_of_damage_is_found(clips):
    header = 44
    data = bytearray(blues(clips, 0).read_bytes())
    data[header + 5_000] ^= 1
    blues(clips, 0).write_bytes(data)
    blues(clips, 1).write_bytes(blues(clips, 1).read_bytes()[:300_000])
    blues(clips, 2).write_text("no music")
    shutil.copyfile(blues(clips, 4), blues(clips, 3))
    blues(clips, 5).unlink()
    write_song(clips / "genres_original" / "blues" / "my song.mp3", 1.0)
    write_song(clips / "genres_original" / "blues" / "blues.00100.wav", 1.0)
    (clips / "genres_original" / "blues" / "notes.txt").touch()
    found = verify(read_dataset("gtzan", clips))
    assert six(found) == {
        "blues.00000": "wrong",
        "blues.00001": "wrong",
        "blues.00002": "unreadable",
        "blues.00003": "wrong",
        "genres_original/blues/my song.mp3": "extra",
        "genres_original/blues/blues.00100.wav": "extra",
    }
    assert found.n_ok == 1 and conserved(found)
    cause = {f.track_id: f.cause for f in found.findings}
    assert "samples are others" in cause["blues.00000"]
    assert "samples, the clip 661,794" in cause["blues.00001"]
    assert cause["blues.00002"] == "The file is text, not audio."


@pytest.mark.parametrize("extension", [".flac", ".au"])
def test_the_same_samples_in_another_packing_are_right(clips, extension):
    pcm, rate_hz = soundfile.read(blues(clips, 0), dtype="int16")
    soundfile.write(blues(clips, 0).with_suffix(extension), pcm, rate_hz, subtype="PCM_16")
    blues(clips, 0).unlink()
    found = verify(read_dataset("gtzan", clips))
    assert found.checked_by == {"audio": 1, "sha256": 5}


def test_of_an_au_with_other_samples_the_length_decides(clips):
    n = {clip.track_id: clip.n_samples for clip in gtzan_facts.clips()}
    for number, n_samples in ((0, n["blues.00000"]), (1, n["blues.00001"] - 1)):
        blues(clips, number).unlink()
        noise = np.random.default_rng(0).integers(-9, 9, n_samples, dtype=np.int16)
        soundfile.write(blues(clips, number).with_suffix(".au"), noise, 22_050, subtype="PCM_16")
    found = verify(read_dataset("gtzan", clips))
    assert found.checked_by == {"length": 1, "sha256": 4}
    assert six(found) == {"blues.00001": "wrong"}


def test_another_rate_is_wrong_and_not_compared(clips):
    soundfile.write(blues(clips, 0), tune(1.0, 0, 44_100), 44_100)
    found = verify(read_dataset("gtzan", clips))
    assert "44,100 Hz" in next(f.cause for f in found.findings if f.track_id == "blues.00000")


def test_a_second_form_of_a_clip_is_nothing_extra(clips):
    shutil.copyfile(blues(clips, 0), blues(clips, 0).with_suffix(".flac"))
    assert counts(verify(read_dataset("gtzan", clips))) == {"missing": 994}


def test_the_fault_that_every_copy_has_is_told_and_no_reason(tmp_path):
    (tmp_path / "jazz").mkdir()
    (tmp_path / "jazz" / "jazz.00054.wav").write_bytes(b"\0" * 1000)
    (finding,) = [f for f in verify(read_dataset("gtzan", tmp_path)).findings if f.kind == "unreadable"]
    assert finding.track_id == "jazz.00054" and finding.known


def test_the_real_folder_is_sixty_right_clips_and_an_archive_that_agrees(shared_dir):
    steps = []
    found = verify(read_dataset("gtzan", shared_dir / "data" / "gtzan"), step=lambda: steps.append(1))
    assert (found.n_ok, found.checked_by, counts(found)) == (60, {"audio": 60}, {"missing": 940})
    assert len(steps) == 1000 and conserved(found)
    assert found.archive is not None
    assert (found.archive.n_rows, found.archive.compared, found.archive.wrong) == (999, 60, ())
    assert found.archive.lacking == ("jazz.00054",)


def test_rows_of_the_archive_that_are_other_music_are_named(shared_dir, tmp_path):
    source = shared_dir / "data" / "gtzan"
    (tmp_path / "tracks.csv").symlink_to(source / "tracks.csv")
    (tmp_path / "audio").symlink_to(source / "audio")
    with np.load(source / "mel128x387_uint8.npz") as archive:
        ids, genres, mel = archive["track_id"][:4], archive["genre"][:4].copy(), archive["mel"][:4].copy()
    mel[[0, 1]] = mel[[1, 0]]
    genres[2] = "rock"
    ids = ids.copy()
    ids[3] = "blues.99999"
    np.savez(tmp_path / "mel128x387_uint8.npz", mel=mel, track_id=ids, genre=genres)
    found = verify(read_dataset("gtzan", tmp_path))
    assert {track_id for track_id, _ in found.archive.wrong} == {
        "blues.00000",
        "blues.00001",
        "blues.00002",
        "blues.99999",
    }
    assert found.count("wrong") == 4 and len(found.archive.lacking) == 997


@pytest.fixture
def fma(tmp_path: Path) -> Path:
    """Four clips of FMA with the checksums its archive brings along."""
    (tmp_path / "genres.csv").write_text("genre_id,#tracks,parent,title,top_level\n12,9,0,Rock,12\n")
    rows = "".join(f"{n},Ann,training,small,Rock,[12],[12],T\n" for n in (2, 5, 99134, 10))
    header = ",artist,set,set,track,track,track,track\n,name,split,subset,genre_top,genres,genres_all,title\n"
    (tmp_path / "tracks.csv").write_text(f"{header}track_id,,,,,,,\n{rows}")
    songs = {"000/000002.mp3": 1, "000/000005.mp3": 2, "000/000010.mp3": 3}
    lines = []
    for name, seed in songs.items():
        path = write_song(tmp_path / "fma_small" / name, 2.0, seed)
        lines.append(f"{hashlib.sha1(path.read_bytes()).hexdigest()}  {name}")
    (tmp_path / "fma_small" / "099").mkdir()
    (tmp_path / "fma_small" / "099" / "099134.mp3").write_bytes(b"")
    (tmp_path / "fma_small" / "checksums").write_text("\n".join(lines) + "\nnot a line of checksums\n")
    return tmp_path


def test_fma_is_held_against_its_own_checksums(fma):
    found = verify(read_dataset("fma-small", fma))
    assert found.checked_by == {"sha1": 3}
    assert [(f.track_id, f.kind, f.known) for f in found.findings] == [("099134", "unreadable", True)]
    assert found.is_right, "an empty clip is FMA's fault and in every copy"
    write_song(fma / "fma_small" / "000" / "000005.mp3", 2.0, 9)
    found = verify(read_dataset("fma-small", fma))
    assert [f.track_id for f in found.findings if f.kind == "wrong"] == ["000005"]
    assert not found.is_right


def test_a_folder_of_ones_own_is_decoded_to_its_end(tmp_path):
    write_song(tmp_path / "rock" / "a.flac", 2.0, 1)
    cut = write_song(tmp_path / "rock" / "cut.wav", 4.0, 2)
    cut.write_bytes(cut.read_bytes()[:60_000])
    (tmp_path / "rock" / "bad.ogg").write_bytes(b"OggS nonsense")
    write_song(tmp_path / "stray.wav", 1.0)
    found = verify(read_dataset("folder", tmp_path))
    assert found.checked_by == {"decoded": 1} and conserved(found)
    assert {(f.track_id, f.kind) for f in found.findings} == {
        ("rock/cut.wav", "wrong"),
        ("rock/bad.ogg", "unreadable"),
        (None, "extra"),
    }


def test_a_table_may_bring_hashes_and_names_what_is_missing(tmp_path):
    song = write_song(tmp_path / "a.wav", 1.0)
    write_song(tmp_path / "b.wav", 1.0, 1)
    digest = hashlib.sha256(song.read_bytes()).hexdigest()
    table = tmp_path / "labels.csv"
    table.write_text(
        f"path,label,sha256\na.wav,rock,{digest.upper()}\nb.wav,rock,{'0' * 64}\ngone.wav,rock,\n,x,\n"
    )
    found = verify(read_dataset("csv", table))
    assert found.checked_by == {"sha256": 1} and conserved(found)
    assert [(f.track_id, f.kind) for f in found.findings] == [
        ("gone.wav", "missing"),
        ("b.wav", "wrong"),
        (None, "wrong"),
    ]


def test_audio_beside_a_table_is_not_extra(tmp_path):
    write_song(tmp_path / "a.wav", 1.0)
    write_song(tmp_path / "unlisted.wav", 1.0)
    (tmp_path / "labels.csv").write_text("a.wav,rock\n")
    assert verify(read_dataset(tmp_path / "labels.csv")).is_right


def test_a_crash_in_a_worker_is_an_unreadable_file(tmp_path):
    write_song(tmp_path / "rock" / "a.wav", 1.0)

    def crashing(function, items):
        for item in items:
            assert isinstance(item, Check)
            yield item, Failure(str(item), "crash", "The decoder crashed.")

    (finding,) = verify(read_dataset(tmp_path), work=crashing).findings
    assert (finding.kind, finding.cause) == ("unreadable", "The decoder crashed.")
