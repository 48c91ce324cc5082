"""An open library answers many questions, notices scans, and is safe for readers in threads."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import segue
from segue.errors import LibraryError, ModelError, NotInLibrary, SegueError
from segue.service.session import Session
from tests.raising import raises
from tests.songs import write_song


@pytest.fixture
def music(tmp_path: Path) -> Path:
    for number in range(5):
        write_song(
            tmp_path / "music" / f"{number}.flac", 6.0, number, title=str(number), artist=f"Artist {number}"
        )
    return tmp_path / "music"


def paths(answer) -> list[str]:
    return [Path(one.song.path).name for one in answer.tracks]


def test_one_session_scans_asks_and_tells(music, tmp_path):
    with segue.open(tmp_path / "library.db") as library:
        with raises(LibraryError):
            library.stats()
        report = library.scan(music, jobs=1)
        assert report.counts.analysed == 5
        answer = library.like(str(music / "0.flac"), n=3, per_artist=0)
        assert len(answer.tracks) == 3 and "0.flac" not in paths(answer)
        assert library.like(str(music / "0.flac"), n=3, per_artist=0) == answer
        assert library.failures() == []
        assert not library.doctor().problems
        assert library.history() == []
        (named,) = library.genres(str(music / "1.flac"))
        assert named.failure is None and len(named.analysis.genres) == 10


def test_vectors_are_paths_and_rows_of_unit_length(music, tmp_path):
    with segue.open(tmp_path / "library.db") as library:
        library.scan(music, jobs=1)
        vectors = library.vectors()
    assert sorted(Path(path).name for path in vectors.paths) == [f"{n}.flac" for n in range(5)]
    assert vectors.rows.dtype == np.float32 and len(vectors.rows) == 5
    assert np.allclose(np.linalg.norm(vectors.rows, axis=1), 1.0, atol=1e-3)


def test_a_scan_meanwhile_is_noticed(music, tmp_path):
    with segue.open(tmp_path / "library.db") as library:
        library.scan(music, jobs=1)
        before = library.snapshot()
        assert library.snapshot() is before, "nothing changed: nothing is read again"
        write_song(music / "new.flac", 6.0, 99, title="new", artist="Else")
        with Session(tmp_path / "library.db") as other:
            other.scan(music, jobs=1)
        answer = library.like(str(music / "0.flac"), n=10, per_artist=0)
        assert "new.flac" in paths(answer)


def test_another_file_in_the_librarys_place_is_noticed(music, tmp_path):
    with segue.open(tmp_path / "library.db") as library, segue.open(tmp_path / "other.db") as other:
        library.scan(music, jobs=1)
        other.scan(music / "1.flac", music / "2.flac", jobs=1)
        assert len(library.snapshot()) == 5
    with segue.open(tmp_path / "library.db") as library:
        assert len(library.snapshot()) == 5
        for suffix in ("", "-wal", "-shm"):
            (tmp_path / f"library.db{suffix}").unlink(missing_ok=True)
        (tmp_path / "other.db").rename(tmp_path / "library.db")
        assert len(library.snapshot()) == 2


def test_many_threads_get_the_answer_of_one(music, tmp_path):
    with segue.open(tmp_path / "library.db") as library:
        library.scan(music, jobs=1)
        seeds = [str(music / f"{n % 5}.flac") for n in range(40)]
        alone = [library.like(seed, n=4, per_artist=0) for seed in seeds]
        with ThreadPoolExecutor(8) as threads:
            together = list(threads.map(lambda seed: library.like(seed, n=4, per_artist=0), seeds))
    assert together == alone


def test_an_empty_library_and_a_closed_session_say_so(tmp_path):
    (tmp_path / "empty").mkdir()
    library = segue.open(tmp_path / "library.db")
    library.scan(tmp_path / "empty", jobs=1)
    with raises(NotInLibrary, "library-empty"):
        library.snapshot()
    library.close()
    with raises(SegueError, "session-closed"):
        library.snapshot()


def test_a_model_that_is_none_is_said_at_once(tmp_path):
    with raises(ModelError):
        segue.open(tmp_path / "library.db", model=tmp_path / "no.onnx")


def test_importing_segue_imports_nothing_else_of_it():
    code = "import segue, sys; print(sorted(name for name in sys.modules if name.startswith('segue')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['segue']"
    assert {"open", "Session", "SegueError"} <= set(dir(segue))
    with pytest.raises(AttributeError):
        _ = segue.nothing_of_the_kind
