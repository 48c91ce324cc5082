"""What fits next after some songs: files in, a list of the library's tracks out, by any scorer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from segue.encode import document
from segue.errors import NotInLibrary, SegueError
from segue.library.grades import KeptGrade
from segue.library.store import Library
from segue.recommend.query import PER_ARTIST, Query
from segue.recommend.rank import Ranking, rank
from segue.recommend.registry import NAMES, scorer
from segue.recommend.same_genre import pooled_votes
from segue.recommend.scorer import Scorer
from segue.recommend.snapshot import LIST_KINDS, Snapshot
from segue.recommend.votes import Vote
from segue.service.playlist import PlaylistEntry, write_m3u8
from segue.service.songs import SeedSong, Song, read_seed, song_of

if TYPE_CHECKING:
    from segue.service.session import Session

BEST, ALL = "best", "all"
SUCCESSOR = {"cf": "itemknn"}  # names of before, and what answers in their place: docs/results/scorers.md
SIDE_BY_SIDE = ("content", "cf", "hybrid")


@dataclass(frozen=True, slots=True)
class ListedSong:
    """One song of a list: its place in the library, its score, and in how many of the library's lists it is."""

    song: Song
    track_id: int
    score: float
    lists: int | None = None

    def __document__(self) -> dict[str, object]:
        more = {} if self.lists is None else {"lists": self.lists}
        return {**document(self.song), "score": round(self.score, 4), **more}

    def cells(self) -> tuple[str, str, str]:
        """Artist, title and path as a person reads them."""
        return self.song.artist or "-", self.song.title or Path(self.song.path).stem, self.song.path


@dataclass(frozen=True, slots=True)
class AskedSong:
    """A seed, and in how many of the library's lists it is."""

    song: Song
    lists: int | None = None

    def __document__(self) -> dict[str, object]:
        return {**document(self.song), **({} if self.lists is None else {"lists": self.lists})}


@dataclass(frozen=True, slots=True)
class LikeAnswer:
    """What fits next after ``seeds`` by the scorer ``by``: ``tracks``, best first; ``unlike`` are unwanted seeds.

    ``n_lists`` is the number of the library's lists where the scorer asks them, else None.
    """

    seeds: tuple[AskedSong, ...]
    tracks: tuple[ListedSong, ...]
    by: str = "content"
    unlike: tuple[AskedSong, ...] = ()
    n_lists: int | None = None

    def __document__(self) -> dict[str, object]:
        by = {} if self.by == "content" else {"by": self.by}
        lists = {} if self.n_lists is None else {"lists": self.n_lists}
        unlike = {"unlike": self.unlike} if self.unlike else {}
        return {"seeds": self.seeds, **unlike, **lists, **by, "tracks": self.tracks}


class Drawn(Protocol):
    """A track that was drawn, of the library or of a labelled dataset."""

    def cells(self) -> tuple[str, str, str]:
        """Artist, title and path as a person reads them."""
        ...


@dataclass(frozen=True, slots=True)
class SameGenreAnswer:
    """Tracks drawn by chance from the genre that most chunks of the seeds name; ``votes``, the winner first."""

    by: str
    seed: int
    dataset: str | None
    seeds: tuple[AskedSong, ...]
    genre: str
    votes: tuple[Vote, ...]
    tracks: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class AgreedSong:
    """A track that several scorers list, and which."""

    song: Song
    by: tuple[str, ...]

    def __document__(self) -> dict[str, object]:
        return {**document(self.song), "by": list(self.by)}


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The lists of several scorers beside each other, and the tracks on more than one."""

    seeds: tuple[AskedSong, ...]
    n_lists: int
    lists: tuple[tuple[str, tuple[ListedSong, ...]], ...]
    agreed: tuple[AgreedSong, ...]

    def __document__(self) -> dict[str, object]:
        return {
            "seeds": self.seeds,
            "lists": self.n_lists,
            "by": ALL,
            **dict(self.lists),
            "agreed": self.agreed,
        }


Answer = LikeAnswer | SameGenreAnswer | SideBySide


def names() -> tuple[str, ...]:
    """Return what ``by`` may be: every scorer, names of before, the winner of the last grade, several at once."""
    return (*NAMES, *SUCCESSOR, BEST, ALL)


def like(
    session: Session,
    seeds: Sequence[str],
    *,
    by: str = "content",
    unlike: Sequence[str] = (),
    n: int = 10,
    per_artist: int = PER_ARTIST,
    chance: int = 0,
    feel: Mapping[str, float] | None = None,
    m3u: Path | None = None,
    force: bool = False,
) -> Answer:
    """Return up to ``n`` tracks of the session's library that fit next after the files ``seeds``, by the scorer ``by``.

    A seed whose recording the library holds, wherever its file lies, is not analysed again; any other is analysed
    now and not stored. ``unlike`` are unwanted seeds; ``chance`` is the seed of whatever is drawn; ``feel`` gives
    weights to facets for content, beside timbre with 1. With ``m3u`` the tracks (of the last list, for ``all``) are
    written there as a playlist, with ``force`` also over one that another program wrote.

    Raises LibraryError or NotInLibrary when there is no library, nothing in it or nothing that ``by`` needs,
    AudioError when a seed cannot be read as audio or is silent, SegueError for an unknown ``by`` (code
    ``unknown-scorer``), a winner that does not exist (``no-grade``, ``no-winner``) or an unwritable playlist.
    """
    if by not in names():
        raise SegueError(f"Unknown scorer {by!r}; there are {', '.join(names())}.", code="unknown-scorer")
    job, reader = session.job(loudness="loudness" in (feel or {})), session.reader
    asked = [read_seed(file, reader, job) for file in seeds]
    asked += [_unwanted(read_seed(file, reader, job)) for file in unlike]
    query = Query(
        tuple(one.seed for one in asked),
        n=n,
        per_artist=per_artist,
        chance=chance,
        feel=tuple(sorted((feel or {}).items())),
    )
    answer = answer_of(asked, by, query, session)
    if m3u is not None:
        listed = answer.lists[-1][1] if isinstance(answer, SideBySide) else answer.tracks
        songs = [one.song for one in listed if isinstance(one, ListedSong)]
        write_m3u8(m3u, (PlaylistEntry(s.path, s.artist, s.title, s.duration_s) for s in songs), force=force)
    return answer


def answer_of(asked: Sequence[SeedSong], by: str, query: Query, session: Session) -> Answer:
    """Return the answer to ``query``, whose seeds are those of ``asked``, by one of `names`."""
    if by == ALL:
        return _side_by_side(asked, query, session)
    snapshot, made = session.snapshot(), session.scorer(by)
    if by == "same-genre":
        query = replace(query, per_artist=0)
    ranking = rank(query, made, snapshot)
    with_lists = "lists" in made.needs
    tracks = _listed(ranking, snapshot, session.reader, with_lists)
    wanted = _asked([one for one in asked if one.seed.weight > 0], snapshot, with_lists)
    if by == "same-genre":
        votes = pooled_votes(query, snapshot)
        return SameGenreAnswer(by, query.chance, None, wanted, votes[0].genre, votes, tracks)
    unwanted = _asked([one for one in asked if one.seed.weight < 0], snapshot, with_lists)
    n_lists = snapshot.lists().pairs.shape[0] if with_lists else None
    return LikeAnswer(wanted, tracks, made.name, unwanted, n_lists)


def scorer_of(by: str, snapshot: Snapshot, library: Library) -> Scorer:
    """Return the scorer of that name, or of one of before, or the winner of the library's last grade.

    A model that the last grade measured has the settings that the grade chose. Raises NotInLibrary (code
    ``no-grade`` where nothing was graded, ``no-winner`` where nothing won), and what `segue.recommend.registry.scorer` does.
    """
    kept = library.grade()
    name = SUCCESSOR.get(by, by)
    if by == BEST:
        name = _winner(kept, library)
    graded = kept.of(name) if kept else None
    if graded is None or kept is None:
        return scorer(name, snapshot)
    return scorer(name, snapshot, graded.settings, kept.kinds or LIST_KINDS)


def _winner(kept: KeptGrade | None, library: Library) -> str:
    if kept is None:
        raise NotInLibrary(
            f"Nothing was graded yet in the library {library.path}: run `segue grade` to find what serves it best.",
            code="no-grade",
        )
    if kept.best is None:
        raise NotInLibrary(f"There is no best scorer: {kept.reason}", code="no-winner")
    return kept.best


def _unwanted(one: SeedSong) -> SeedSong:
    return replace(one, seed=replace(one.seed, weight=-1.0))


def _listed(
    ranking: Ranking, snapshot: Snapshot, library: Library, with_lists: bool
) -> tuple[ListedSong, ...]:
    songs = library.songs([pick.item for pick in ranking.picks], snapshot.model)
    # A scan running beside us may have taken a track's last file meanwhile.
    return tuple(
        ListedSong(
            song_of(songs[pick.item]),
            pick.item,
            pick.score,
            _n_lists(pick.item, snapshot) if with_lists else None,
        )
        for pick in ranking.picks
        if pick.item in songs
    )


def _asked(asked: Sequence[SeedSong], snapshot: Snapshot, with_lists: bool) -> tuple[AskedSong, ...]:
    return tuple(
        AskedSong(one.song, _n_lists(one.seed.item, snapshot) if with_lists else None) for one in asked
    )


def _n_lists(item: int | None, snapshot: Snapshot) -> int:
    return 0 if item is None else int(snapshot.list_counts[snapshot.row(item)])


def _side_by_side(asked: Sequence[SeedSong], query: Query, session: Session) -> SideBySide:
    snapshot = session.snapshot()
    lists = []
    for by in SIDE_BY_SIDE:
        try:
            ranking = session.rank(query, by)
        except NotInLibrary as error:
            if error.code != "no-lists":
                raise
            ranking = Ranking(by, ())  # said by its empty list, beside one that is not
        lists.append((by, _listed(ranking, snapshot, session.reader, True)))
    ways: dict[int, list[str]] = {}
    songs: dict[int, Song] = {}
    for by, listed in lists:
        for one in listed:
            ways.setdefault(one.track_id, []).append(by)
            songs.setdefault(one.track_id, one.song)
    agreed = tuple(AgreedSong(songs[item], tuple(by)) for item, by in ways.items() if len(by) > 1)
    n_lists = snapshot.lists().pairs.shape[0]
    return SideBySide(_asked(asked, snapshot, True), n_lists, tuple(lists), agreed)
