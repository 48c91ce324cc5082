"""The report's recommender as a command: the genre most chunks name, then chance; never the song itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from segue.analysis.settings import AnalysisSettings
from segue.cli.main import segue
from segue.errors import AudioError, DatasetError, NotInLibrary
from segue.library.store import Library
from segue.recommend.votes import hard_majority
from segue.research.same_genre import same_genre_in_dataset
from segue.service.jobs import AnalyseJob
from segue.service.like import like
from segue.service.scan import ScanSettings, scan_folders
from segue.service.session import Session
from tests.raising import raises
from tests.songs import write_song

N_SONGS = 14


@pytest.fixture(scope="module")
def job() -> AnalyseJob:
    return AnalyseJob(None, AnalysisSettings(loudness=False))


@pytest.fixture(scope="module")
def room(tmp_path_factory, job) -> Path:
    """Songs 0 to 13, an mp3 copy of each of the first two, and library.db that knows all of them."""
    room = tmp_path_factory.mktemp("same-genre")
    for i in range(N_SONGS):
        write_song(room / "music" / f"{i:02d}.flac", 12.0, i, title=f"Song {i}", artist=f"Band {i % 5}")
    for i in range(2):
        write_song(room / "music" / f"{i:02d}.mp3", 12.0, i)
    scan_folders([str(room / "music")], library=room / "library.db", settings=ScanSettings(jobs=1))
    return room


@pytest.fixture(scope="module")
def genres(room, job) -> dict[str, str]:
    """File name to genre, by the majority of the chunks the library remembers."""
    model = job.analyser().network.passport.model
    with Library.open(room / "library.db", read_only=True) as library:
        return {
            Path(path).name: hard_majority(track.analysis.timeline, track.analysis.genres)[0].genre
            for track in library.tracks(model)
            for path in track.paths
        }


@pytest.fixture(scope="module")
def seed(room, genres) -> Path:
    """A song of the genre that most others share."""
    common = max(set(genres.values()), key=list(genres.values()).count)
    return room / "music" / next(name for name, genre in sorted(genres.items()) if genre == common)


def ask(room: Path, *words: object) -> dict:
    done = CliRunner().invoke(
        segue,
        ["like", *map(str, words), "--by", "same-genre", "--library", str(room / "library.db"), "--json"],
    )
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def names(tracks) -> list[str]:
    return [Path(track["path"]).name for track in tracks]


def test_all_of_the_genre_and_nothing_of_the_seed(room, genres, seed):
    document = ask(room, seed, "-n", "100")
    assert document["genre"] == genres[seed.name] == document["votes"][0]["genre"]
    assert document["by"] == "same-genre" and document["seed"] == 0 and document["dataset"] is None
    assert sum(vote["chunks"] for vote in document["votes"]) >= 2  # 12 s in chunks of about 5 s
    drawn = names(document["tracks"])
    assert {genres[name] for name in drawn} == {document["genre"]}
    of_genre = {name[:2] for name, genre in genres.items() if genre == document["genre"]}
    # Copies of a recording count once, whichever file was drawn, and the seed's not at all.
    assert sorted(name[:2] for name in drawn) == sorted(of_genre - {seed.name[:2]})
    assert all(set(track) == {"path", "artist", "title", "score"} for track in document["tracks"])


def test_zero_is_a_seed(room, seed):
    answers = [ask(room, seed, "-n", "4", "--seed", number)["tracks"] for number in ("0", "0", "1")]
    assert answers[0] == answers[1] != answers[2]
    assert ask(room, seed, "-n", "4")["tracks"] == answers[0]


def test_where_a_song_lies_and_in_what_order_they_are_named_changes_nothing(room, seed, tmp_path):
    other = room / "music" / "13.flac"
    elsewhere = shutil.copy(seed, tmp_path / "renamed.flac")
    one = ask(room, seed, other, "-n", "4")
    assert ask(room, other, elsewhere, "-n", "4")["tracks"] == one["tracks"]


def test_a_song_from_outside(room, seed, tmp_path):
    outside = write_song(tmp_path / "new.ogg", 12.0, 0)  # in the library as 00.flac and 00.mp3
    drawn = names(ask(room, outside, "-n", "100")["tracks"])
    assert not {"00.flac", "00.mp3"} & set(drawn)


def test_a_playlist_of_them(room, seed, tmp_path):
    document = ask(room, seed, "-n", "3", "--m3u", str(tmp_path / "next.m3u8"))
    lines = (tmp_path / "next.m3u8").read_text().splitlines()
    assert [Path(line).name for line in lines if not line.startswith("#")] == names(document["tracks"])


def test_text(room, seed):
    words = ["like", str(seed), "--by", "same-genre", "-n", "2", "--library", str(room / "library.db")]
    done = CliRunner().invoke(segue, words)
    assert done.exit_code == 0
    assert done.output.startswith("By chance from ") and len(done.output.splitlines()) == 3


def test_silence_and_an_empty_library_are_said(room, seed, tmp_path):
    import numpy as np
    import soundfile

    soundfile.write(tmp_path / "silence.wav", np.zeros(22_050 * 6), 22_050)
    with raises(AudioError, "seed-silent"):
        like(Session(str(room / "library.db")), [str(tmp_path / "silence.wav")], by="same-genre")
    Library.open(tmp_path / "empty.db").close()
    with raises(NotInLibrary, "library-empty"):
        like(Session(str(tmp_path / "empty.db")), [str(seed)], by="same-genre")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--seed", "1"], "--seed goes with --by same-genre or random only"),
        (["--dataset", "gtzan"], "--dataset goes with --by same-genre only"),
        (["--by", "same-genre", "--per-artist", "1"], "--per-artist does not go with --by same-genre"),
        (["--by", "same-genre", "--data", "."], "--data goes with --dataset only"),
        (["--by", "nothing"], "is not one of"),
    ],
)
def test_options_that_would_mean_nothing_are_refused(words, says):
    done = CliRunner().invoke(segue, ["like", "song.flac", *words])
    assert done.exit_code == 2 and says in done.output


@pytest.fixture
def labelled(room, genres, seed, tmp_path) -> Path:
    """A folder <genre>/<files>: the seed, copies of it in other dresses, and three other songs, one of them twice."""
    label = tmp_path / "labelled" / genres[seed.name].title()  # "Rock": labels are matched without case
    number = int(seed.stem)
    write_song(label / "the-seed-again.ogg", 12.0, number)
    for i in (90, 91, 92):
        write_song(label / f"{i}.flac", 12.0, i)
    write_song(label / "90-again.ogg", 12.0, 90)
    write_song(label.parent / "other" / "93.flac", 12.0, 93)
    return label


def test_a_dataset_s_labels(labelled, seed):
    shutil.copy(seed, labelled / "renamed.flac")
    answer = same_genre_in_dataset([str(seed)], str(labelled.parent), None, n=10)
    drawn = sorted(Path(track.path).name[:2] for track in answer.tracks)
    assert drawn == ["90", "91", "92"]
    assert answer.dataset
    assert answer == same_genre_in_dataset([str(seed)], str(labelled.parent), None, n=10)
    # A shorter list begins the longer one.
    assert same_genre_in_dataset([str(seed)], str(labelled.parent), None, n=2).tracks == answer.tracks[:2]


def test_a_dataset_without_such_a_label(labelled, seed):
    labelled.rename(labelled.parent / "polka")
    with raises(DatasetError, "unknown-label"):
        same_genre_in_dataset([str(seed)], str(labelled.parent), None)


@pytest.fixture(scope="module")
def gtzan(shared_dir) -> Path:
    return shared_dir / "data" / "gtzan"


def test_songs_outside_training_against_gtzan_s_labels(shared_dir, gtzan):
    words = ["like", str(shared_dir / "data" / "fma" / "000002.mp3"), "--by", "same-genre", "-n", "4"]
    words += ["--seed", "0", "--dataset", "gtzan", "--data", str(gtzan), "--json"]
    done = CliRunner().invoke(segue, words)
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["dataset"] == "gtzan" and len(document["tracks"]) == 4
    assert all(t["track_id"].startswith(document["genre"] + ".") for t in document["tracks"])
    assert len({t["track_id"] for t in document["tracks"]}) == 4


def test_a_clip_of_gtzan_never_gets_itself_or_its_copies(gtzan):
    # reggae.00054 is the same song by the index: Bob Marley, "Three Little Birds".
    clip = gtzan / "audio" / "reggae" / "reggae.00003.flac"
    if not clip.exists():
        pytest.skip(f"shared data: no {clip.name}")
    answer = same_genre_in_dataset([str(clip)], "gtzan", gtzan, n=100)
    drawn = {track.track_id for track in answer.tracks}
    assert answer.genre == "reggae" and len(drawn) > 50
    assert not {"reggae.00003", "reggae.00054"} & drawn
    assert {track.title for track in answer.tracks}.isdisjoint({"Three Little Birds"})
