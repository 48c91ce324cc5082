"""GTZAN as it goes round: folders, the tar of .au, the mel archive; and what pretends to be one of them."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from segue.errors import DatasetError
from segue.research.datasets import gtzan_facts
from segue.research.datasets.gtzan_forms import read_gtzan_forms
from segue.research.datasets.spectrograms import spectrograms
from segue.research.datasets.verify import verify
from tests.raising import raises
from tests.songs import tune, write_song

FEW = ("blues.00000", "rock.00007", "jazz.00054")


def au_bytes(seed: int, seconds: float = 2.0) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, tune(seconds, seed), 22_050, format="AU", subtype="PCM_16")
    return file.getvalue()


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


@pytest.fixture(params=["tar", "tar.gz"])
def packed(request, tmp_path: Path) -> Path:
    """A tar of three clips, the last of them no audio, laid out as the original distribution."""
    path = tmp_path / f"genres.{request.param}"
    with tarfile.open(path, "w:gz" if request.param == "tar.gz" else "w") as tar:
        for seed, track_id in enumerate(FEW):
            content = au_bytes(seed) if track_id != "jazz.00054" else b"no audio at all"
            add(tar, f"genres/{track_id.split('.')[0]}/{track_id}.au", content)
            add(tar, f"genres/{track_id.split('.')[0]}/._{track_id}.au", b"left by a Mac")
    return path


@pytest.mark.parametrize(
    "place", ["genres_original", "genres", "audio", "Data/genres_original", ".", "gtzan/genres"]
)
@pytest.mark.parametrize("extension", [".wav", ".flac"])
def test_folders_of_clips_at_the_usual_depths(tmp_path, place, extension):
    for seed, track_id in enumerate(FEW):
        write_song(tmp_path / place / track_id.split(".")[0] / f"{track_id}{extension}", 0.5, seed)
    dataset = read_gtzan_forms(tmp_path)
    assert len(dataset.tracks) == 1000 and len(dataset.classes) == 10
    there = {track.track_id: track.path for track in dataset.tracks if track.path}
    assert set(there) == set(FEW)
    assert all((tmp_path / path).is_file() for path in there.values())
    assert dataset.archive is None


def test_the_form_whose_hash_is_published_comes_first(tmp_path):
    for extension in (".flac", ".wav"):
        write_song(tmp_path / "blues" / f"blues.00000{extension}", 0.5)
    assert read_gtzan_forms(tmp_path).tracks[0].path == "blues/blues.00000.wav"


def test_what_looks_like_a_clip_and_is_none_is_told(tmp_path):
    write_song(tmp_path / "blues" / "blues.00000.wav", 0.5)
    write_song(tmp_path / "blues" / "blues.00100.wav", 0.5)
    write_song(tmp_path / "polka" / "polka.00000.wav", 0.5)
    problems = read_gtzan_forms(tmp_path).problems
    assert sorted(problem.path for problem in problems) == ["blues/blues.00100.wav", "polka/polka.00000.wav"]


def test_a_tar_is_heard_without_being_unpacked(packed):
    before = sorted(packed.parent.iterdir())
    dataset = read_gtzan_forms(packed)
    assert sum(track.path is not None for track in dataset.tracks) == 3
    heard = spectrograms(dataset, FEW)
    assert heard.ids == ("blues.00000", "rock.00007")
    assert [(failure.path, failure.stage) for failure in heard.failures] == [
        ("genres/jazz/jazz.00054.au", "probe")
    ]
    assert sorted(packed.parent.iterdir()) == before


def test_a_tar_sounds_as_the_same_clips_in_a_folder(packed, tmp_path):
    folder = tmp_path / "unpacked"
    for seed, track_id in enumerate(FEW[:2]):
        path = folder / track_id.split(".")[0] / f"{track_id}.au"
        path.parent.mkdir(parents=True)
        path.write_bytes(au_bytes(seed))
    from_tar = spectrograms(read_gtzan_forms(packed), FEW[:2])
    from_folder = spectrograms(read_gtzan_forms(folder), FEW[:2])
    assert np.array_equal(from_tar.mel, from_folder.mel)


def test_a_folder_that_holds_the_tar_will_do(packed):
    assert read_gtzan_forms(packed.parent).tracks[0].path == "genres/blues/blues.00000.au"


def test_members_that_climb_out_link_or_lie_write_nothing_anywhere(tmp_path):
    path = tmp_path / "inside" / "genres.tar"
    path.parent.mkdir()
    with tarfile.open(path, "w") as tar:
        add(tar, "../../blues/blues.00001.au", au_bytes(1))
        add(tar, str(tmp_path / "blues" / "blues.00002.au"), au_bytes(2))
        link = tarfile.TarInfo("genres/blues/blues.00003.au")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
        pipe = tarfile.TarInfo("genres/blues/blues.00004.au")
        pipe.type = tarfile.FIFOTYPE
        tar.addfile(pipe)
        add(tar, "genres/blues/blues.00005.au", au_bytes(5))
        add(tar, "genres/blues/blues.00005.au", b"the same name once more")
    before = sorted(str(p) for p in tmp_path.rglob("*"))
    dataset = read_gtzan_forms(path)
    there = [track.track_id for track in dataset.tracks if track.path]
    assert there == ["blues.00001", "blues.00002", "blues.00005"]
    heard = spectrograms(dataset, ["blues.00001", "blues.00003", "blues.00005"])
    assert heard.ids == ("blues.00001", "blues.00005")
    assert sorted(str(p) for p in tmp_path.rglob("*")) == before


def test_a_tar_cut_off_is_never_taken_for_whole(packed):
    whole = packed.read_bytes()
    for share in (0.2, 0.5, 0.9):
        packed.write_bytes(whole[: int(len(whole) * share)])
        with raises(DatasetError, "damaged-archive"):
            spectrograms(read_gtzan_forms(packed), FEW[:2])


def test_a_file_that_is_no_tar_is_a_sentence(tmp_path):
    (tmp_path / "genres.tar.gz").write_bytes(os.urandom(1000))
    with raises(DatasetError, "damaged-archive"):
        read_gtzan_forms(tmp_path / "genres.tar.gz")


def test_an_empty_folder_and_a_missing_one_are_sentences(tmp_path):
    with raises(DatasetError, "not-gtzan"):
        read_gtzan_forms(tmp_path)
    with raises(DatasetError, "nothing-there"):
        read_gtzan_forms(tmp_path / "none")


def test_the_real_folder_is_read_whole(shared_dir):
    dataset = read_gtzan_forms(shared_dir / "data" / "gtzan")
    parts = Counter(track.part_of("fault-filtered") for track in dataset.tracks)
    assert parts == {"train": 443, "valid": 197, "test": 290, None: 70}
    assert len(dataset.copies) == 14 and all(len(group) == 2 for group in dataset.copies)
    assert sum(track.path is not None for track in dataset.tracks) == 60
    assert not dataset.problems


def test_the_shipped_facts_are_those_of_the_real_index(shared_dir):
    with (shared_dir / "data" / "gtzan" / "tracks.csv").open(encoding="utf-8", newline="") as lines:
        rows = {row["track_id"]: row for row in csv.DictReader(lines)}
    assert len(rows) == 1000
    for clip in gtzan_facts.clips():
        row = rows[clip.track_id]
        assert (clip.genre, clip.sha256, clip.n_samples) == (
            row["genre"],
            row["kaggle_sha256"],
            int(row["length_samples"]),
        )


def test_an_index_that_is_not_as_published_counts_and_is_told(shared_dir, tmp_path):
    folder = shared_dir / "data" / "gtzan"
    (tmp_path / "mel128x387_uint8.npz").symlink_to(folder / "mel128x387_uint8.npz")
    shutil.copyfile(folder / "tracks.csv", tmp_path / "tracks.csv")
    index = (tmp_path / "tracks.csv").read_text(encoding="utf-8")
    moved = index.replace('And One Beer",valid', 'And One Beer",train')
    for edited, parts, remarks in (
        (moved, (444, 196, 290), ["blues.00000 is in train by tracks.csv, in valid as published."]),
        (
            "\n".join(index.splitlines()[:500]),
            None,
            ["tracks.csv names 499 clips and not 501 of the published 1,000, which are left out."],
        ),
        (index.replace("filtered_split", "split"), (443, 197, 290), []),
        (
            index.replace("blues.00000,blues", "blues.00000,jazz"),
            (443, 197, 290),
            ["blues.00000 is jazz by tracks.csv, blues as published."],
        ),
        (
            index.replace("blues.00000,", "blues.01000,"),
            (443, 197, 290),
            [
                "tracks.csv names 1,000 clips and not 1 of the published 1,000, which are left out.",
                "blues.01000 is in tracks.csv, and GTZAN as published has no such clip.",
            ],
        ),
    ):
        (tmp_path / "tracks.csv").write_text(edited, encoding="utf-8")
        dataset = read_gtzan_forms(tmp_path)
        assert list(dataset.remarks) == remarks
        found = Counter(track.part_of("fault-filtered") for track in dataset.tracks)
        assert parts is None or parts == (found["train"], found["valid"], found["test"])
        assert len(dataset.tracks) == (499 if parts is None else 1000)
        assert dataset.ids == tuple(sorted(dataset.ids))
    wrong = [f for f in verify(dataset).findings if f.path == "tracks.csv"]
    assert [f.kind for f in wrong] == ["wrong", "wrong"], "it is not what was published"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("genre,artist\nblues,Ann\n", "no-such-column"),
        ("track_id,genre\nblues.00000,blues\nblues.00000,blues\n", "duplicate-track"),
    ],
)
def test_a_table_that_is_no_index_is_an_error(tmp_path, text, code):
    write_song(tmp_path / "blues" / "blues.00000.wav", 0.5)
    (tmp_path / "tracks.csv").write_text(text, encoding="utf-8")
    with raises(DatasetError, code):
        read_gtzan_forms(tmp_path)


def test_facts_ship_with_the_parts_as_published():
    parts = [clip.part for clip in gtzan_facts.clips()]
    assert {part: parts.count(part) for part in ("train", "valid", "test", None)} == {
        "train": 443,
        "valid": 197,
        "test": 290,
        None: 70,
    }
    assert len({clip.sha256 for clip in gtzan_facts.clips()}) == 986
