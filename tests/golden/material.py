"""Music, playlists and research data for the golden files: composed here from fixed seeds, a few megabytes."""

from __future__ import annotations

import gzip
import sys
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

from tests.songs import RATE_HZ, tune, write_song

DEMO = Path(__file__).resolve().parents[2] / "demo"
SECONDS = 12.0  # of each demo piece; long enough for tempo and key, short enough to analyse in a moment
SKIPPED_S = 6.0  # where the excerpt begins: after the introduction
PIECES = (
    ("Disco", 1, "flac"),
    ("Disco", 2, "wav"),
    ("Disco", 3, "flac"),
    ("Metal", 1, "wav"),
    ("Metal", 4, "flac"),
    ("Classical", 1, "flac"),
    ("Classical", 4, "ogg"),
    ("Hip-Hop", 1, "mp3"),
    ("Reggae", 1, "flac"),
    ("Reggae", 2, "wav"),
)
N_TUNES = 14
N_GROUPS, ITEMS_EACH, USERS_EACH, LIST_LENGTH = 3, 16, 20, 8
TRAINING = """
preset = "segue-s"
name = "tiny"
epochs = 1
batch_size = 4
ema_decay = 0.8
embedding_dims = 8

[network]
n_hidden = 16
trunk_widths = [4, 4, 4, 4, 8]
n_texture = 8

[outliers]
n_windows = 0
"""


def make_material(folder: Path) -> Path:
    """Write music, playlists, labelled folders and a set of interactions below ``folder`` and return it."""
    _write_music(folder / "music")
    _write_playlists(folder / "playlists")
    _write_histories(folder)
    _write_labelled(folder)
    _write_interactions(folder / "interactions")
    (folder / "tiny.toml").write_text(TRAINING, encoding="utf-8")
    return folder


def _write_music(music: Path) -> None:
    for style, number, suffix in PIECES:
        write_piece(music / style / f"{number}.{suffix}", style, number)
    for n in range(N_TUNES):
        artist = f"Tuner {n // 3}"
        write_song(
            music / "tunes" / f"{n:02d}.flac",
            8.0,
            100 + n,
            title=f"Tune {n}",
            artist=artist,
            album=f"Album {n // 5}",
        )
    odd = music / "odd"
    odd.mkdir()
    (odd / "copy.flac").write_bytes((music / "Disco" / "1.flac").read_bytes())
    write_piece(odd / "other format.mp3", "Disco", 3)  # the recording of Disco/3.flac
    soundfile.write(odd / "silence.wav", np.zeros(8 * RATE_HZ, np.float32), RATE_HZ)
    write_song(odd / "short.wav", 3.0, 7, title="Short")
    write_song(odd / "untagged.wav", 8.0, 8)
    whole = write_song(odd / "cut.mp3", 12.0, 9, title="Cut").read_bytes()
    (odd / "cut.mp3").write_bytes(whole[: len(whole) * 6 // 10])
    wav = write_song(odd / "half.wav", 12.0, 10).read_bytes()
    (odd / "half.wav").write_bytes(wav[: len(wav) // 2])  # its header still promises 12 s
    (odd / "no music.mp3").write_text("This is no music.\n")
    (odd / "empty.ogg").write_bytes(b"")
    (odd / "notes.txt").write_text("Not audio by its name.\n")


@cache
def _piece(style: str, number: int) -> tuple[np.ndarray, dict[str, str]]:
    if str(DEMO) not in sys.path:
        sys.path.insert(0, str(DEMO))
    from catalogue import STYLES, render
    from compose import tags_of

    piece = render(next(one for one in STYLES if one.genre == style), number, 0)
    start = int(SKIPPED_S * 44_100)
    return piece.audio[:, start : start + int(SECONDS * 44_100)], tags_of(piece)


def write_piece(path: Path, style: str, number: int) -> Path:
    """Write an excerpt of a piece that demo/ composes, with its tags, and return the path."""
    if str(DEMO) not in sys.path:
        sys.path.insert(0, str(DEMO))
    from write import write_track

    path.parent.mkdir(parents=True, exist_ok=True)
    write_track(path, *_piece(style, number))
    return path


def song_names() -> list[str]:
    """The paths below the music folder of whole, different songs; what invented playlists hold."""
    pieces = [f"{style}/{number}.{suffix}" for style, number, suffix in PIECES]
    return pieces + [f"tunes/{n:02d}.flac" for n in range(N_TUNES)]


def _write_playlists(folder: Path) -> None:
    """Twenty-four lists of seven songs, each drawn mostly from one half of the music; and odd ones."""
    folder.mkdir(parents=True)
    names = song_names()
    rng = np.random.default_rng(5)
    for k in range(24):
        half = names[:12] if k % 2 else names[12:]
        chosen = [half[i] for i in rng.permutation(12)[:6]] + [names[int(rng.integers(len(names)))]]
        lines = [f"../music/{name}" for name in dict.fromkeys(chosen)]
        (folder / f"list {k:02d}.m3u8").write_text("#EXTM3U\n" + "\n".join(lines) + "\n", encoding="utf-8")
    (folder / "odd.m3u8").write_text(
        "#EXTM3U\n#EXTINF:8,Tuner 0 - Tune 2\nC:\\gone\\nowhere.flac\n"
        "../music/gone.flac\nhttp://localhost/stream\n../music/odd/no music.mp3\nmusic\\Metal\\1.wav\n",
        encoding="utf-8",
    )
    (folder / "broken.xspf").write_text("<playlist><trackList>", encoding="utf-8")


def _write_histories(folder: Path) -> None:
    rows = ["uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid"]
    for k in range(30):
        n = k * 5 % N_TUNES
        uts = 1_700_000_000 + k * 300 + k // 10 * 7200
        rows.append(f'"{uts}","","Tuner {n // 3}","","Album {n // 5}","","Tune {n}",""')
    rows.append('"1700090000","","Nobody","","","","No such song",""')
    (folder / "lastfm.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def _write_labelled(folder: Path) -> None:
    """Three genres of the packaged model by folder, one file broken; and two invented ones to train on."""
    for style, number, suffix in PIECES:
        if style in ("Disco", "Metal", "Classical"):
            write_piece(folder / "labelled" / style.lower() / f"{number}.{suffix}", style, number)
    (folder / "labelled" / "metal" / "broken.mp3").write_text("This is no music.\n")
    rows = ["path,label,artist"]
    for path in sorted((folder / "labelled").rglob("*.*")):
        rows.append(f"labelled/{path.parent.name}/{path.name},{path.parent.name},{path.parent.name} artist")
    (folder / "labelled.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    for k in range(6):
        write_song(folder / "two" / "tune" / f"{k}.flac", seed=200 + k, artist=f"a{k}", title=f"t{k}")
        hiss = 0.1 * np.random.default_rng(k).standard_normal(6 * RATE_HZ)
        path = folder / "two" / "hiss" / f"{k}.flac"
        path.parent.mkdir(exist_ok=True)
        with soundfile.SoundFile(path, "w", RATE_HZ, 1, "PCM_16", format="FLAC") as file:
            file.artist, file.title = f"b{k}", f"h{k}"
            file.write(hiss.astype(np.float32) + 0.1 * tune(6.0, 300 + k))


def _write_interactions(folder: Path) -> None:
    """Write the two files of mpd-audio: groups of lists that choose mostly within groups of tracks."""
    heard = ["danceability", "energy", "loudness", "speechiness", "acousticness", "instrumentalness"]
    heard += ["liveness", "valence", "tempo", "duration_ms"]
    columns = [*heard, "key", "mode", "time_signature"]
    rng = np.random.default_rng(11)
    folder.mkdir(parents=True)
    sounds = rng.random((N_GROUPS, len(heard)))
    n_items = N_GROUPS * ITEMS_EACH
    items = [",".join(["item_idx", "artist_name", "track_name", *columns, "artist_genres"])]
    for item in range(n_items):
        group = item // ITEMS_EACH
        values = [f"{v:.4f}" for v in sounds[group] + rng.normal(0, 0.2, len(heard))]
        cells = [str(item), f"Artist {item // 3}", f"Song {item}", *values, str(item % 12), "1", "4"]
        items.append(",".join([*cells, f"genre{group}|music"]))
    rows = ["pid,item_idx,pos"]
    for user in range(N_GROUPS * USERS_EACH):
        own = user // USERS_EACH * ITEMS_EACH + rng.permutation(ITEMS_EACH)[:LIST_LENGTH]
        chosen = dict.fromkeys([*own.tolist(), *rng.integers(n_items, size=3).tolist()])
        rows += [f"{user},{item},{place}" for place, item in enumerate(chosen)]
    for name, lines in (("items", items), ("interactions", rows)):
        with gzip.open(folder / f"{name}_strict_id_5core.csv.gz", "wt", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
