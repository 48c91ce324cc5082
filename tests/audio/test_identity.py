"""Re-tagged files keep their identity, other audio has another: by really re-tagging with mutagen."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import mutagen.aiff
import mutagen.apev2
import mutagen.flac
import mutagen.id3
import mutagen.mp3
import mutagen.mp4
import mutagen.oggflac
import mutagen.oggopus
import mutagen.oggspeex
import mutagen.oggvorbis
import mutagen.wave
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.audio.identity import identify
from segue.errors import AudioError
from tests.audio.audio_recipes import RECIPES, music

PICTURE = b"\x89PNG\r\n\x1a\n" + np.random.default_rng(0).bytes(150_000)


@pytest.fixture
def track(encode: Callable[..., Path], tmp_path: Path) -> Callable[[str], Path]:
    """A fresh copy of a piece of music in the format asked for."""

    def copy(recipe_name: str) -> Path:
        recipe = RECIPES[recipe_name]
        samples = music(recipe.rate_hz, 8.0)[:, [0] * recipe.n_channels]
        source = encode(recipe_name, samples, name="music")
        return Path(shutil.copy(source, tmp_path / source.name))

    return copy


def identity_of(path: Path) -> str:
    return identify(path).identity


def tag_id3(path: Path) -> None:
    tags = mutagen.id3.ID3()
    tags.add(mutagen.id3.TIT2(encoding=3, text="Titel"))
    tags.save(path)


def tag_id3_with_picture(path: Path) -> None:
    tags = mutagen.id3.ID3(path)
    tags.add(mutagen.id3.APIC(encoding=3, mime="image/png", type=3, desc="cover", data=PICTURE))
    tags.save(path, v1=2)


def tag_id3_old(path: Path) -> None:
    tags = mutagen.id3.ID3(path)
    tags.add(mutagen.id3.TPE1(encoding=1, text="Künstler"))
    tags.save(path, v2_version=3, v1=2, padding=lambda info: 5_000)


def tag_ape(path: Path) -> None:
    tags = mutagen.apev2.APEv2()
    tags["Title"] = "Titel" * 50
    tags.save(path)


def tag_lyrics3(path: Path) -> None:
    body = b"LYRICSBEGININD00002" + b"10" + b"LYR00005Hello"
    id3v1 = b"TAG" + bytes(125)
    path.write_bytes(path.read_bytes() + body + f"{len(body):06d}LYRICS200".encode() + id3v1)


def untag_id3(path: Path) -> None:
    mutagen.id3.ID3(path).delete(path)


def untag_ape(path: Path) -> None:
    mutagen.apev2.APEv2(path).delete(path)


MP3_STEPS = {
    "lyrics3": [tag_lyrics3],
    "id3": [tag_id3],
    "id3-picture": [tag_id3, tag_id3_with_picture],
    "id3-v1-padding": [tag_id3, tag_id3_old],
    "ape": [tag_ape],
    "ape-then-id3": [tag_ape, tag_id3, tag_id3_with_picture],
    "all-and-none": [tag_id3, tag_id3_old, tag_ape, untag_ape, untag_id3],
}


@pytest.mark.parametrize("steps", MP3_STEPS.values(), ids=MP3_STEPS)
def test_mp3_keeps_its_identity(steps: list[Callable[[Path], None]], track: Callable[[str], Path]) -> None:
    path = track("mp3")
    before = identity_of(path)
    assert before.startswith("mp3:") and len(before) == 4 + 32
    for step in steps:
        content = path.read_bytes()
        step(path)
        assert path.read_bytes() != content, "this step tagged nothing"
        assert identity_of(path) == before


def test_flac_keeps_its_identity(track: Callable[[str], Path]) -> None:
    path = track("flac-16")
    before = identity_of(path)
    tags = mutagen.flac.FLAC(path)
    tags["title"] = "Titel" * 100
    picture = mutagen.flac.Picture()
    picture.data, picture.mime = PICTURE, "image/png"
    tags.add_picture(picture)
    tags.save(padding=lambda info: 12_345)
    assert identity_of(path) == before
    tags.delete()
    tags.clear_pictures()
    tags.save(padding=lambda info: 0)
    assert identity_of(path) == before
    tag_id3(path)  # some taggers put ID3 in front of a FLAC and behind it
    path.write_bytes(path.read_bytes() + b"TAG" + bytes(125))
    assert identity_of(path) == before


@pytest.mark.parametrize(
    ("recipe", "kind"),
    [
        ("vorbis", mutagen.oggvorbis.OggVorbis),
        ("opus", mutagen.oggopus.OggOpus),
        ("ogg-flac", mutagen.oggflac.OggFLAC),
        ("speex", mutagen.oggspeex.OggSpeex),
    ],
)
def test_ogg_keeps_its_identity(recipe: str, kind: type, track: Callable[[str], Path]) -> None:
    path = track(recipe)
    before = identity_of(path)
    assert before.startswith("ogg:")
    # From nothing over one page to many: later pages are moved and renumbered.
    for title in ("T", "T" * 4_000, "T" * 300_000, "short again"):
        tags = kind(path)
        tags["title"] = title
        tags.save()
        assert kind(path)["title"] == [title]
        assert identity_of(path) == before


@pytest.mark.parametrize("recipe", ["m4a-aac", "m4a-alac"])
def test_m4a_keeps_its_identity(recipe: str, track: Callable[[str], Path]) -> None:
    path = track(recipe)
    before = identity_of(path)
    assert before.startswith("mp4:")
    tags = mutagen.mp4.MP4(path)
    tags["\xa9nam"] = "Titel"
    tags["covr"] = [mutagen.mp4.MP4Cover(PICTURE, mutagen.mp4.MP4Cover.FORMAT_PNG)]
    tags.save(padding=lambda info: 50_000)
    assert identity_of(path) == before
    tags.delete()
    assert identity_of(path) == before


@pytest.mark.parametrize(("recipe", "kind"), [("wav-16", mutagen.wave.WAVE), ("aiff", mutagen.aiff.AIFF)])
def test_wav_and_aiff_keep_their_identity(recipe: str, kind: type, track: Callable[[str], Path]) -> None:
    path = track(recipe)
    before = identity_of(path)
    tags = kind(path)
    tags.add_tags()
    tags.tags.add(mutagen.id3.TIT2(encoding=3, text="Titel"))
    tags.tags.add(mutagen.id3.APIC(encoding=3, mime="image/png", type=3, desc="cover", data=PICTURE))
    tags.save()
    assert identity_of(path) == before


@pytest.mark.parametrize("recipe", ["w64", "wavpack"])
def test_other_formats_are_named_by_their_samples(recipe: str, track: Callable[[str], Path]) -> None:
    path = track(recipe)
    before = identity_of(path)
    assert before.startswith(f"{RECIPES[recipe].container}:")
    if recipe == "wavpack":
        tag_ape(path)
    assert identity_of(path) == before


ALL_KINDS = ["mp3", "flac-16", "vorbis", "opus", "wav-16", "aiff", "m4a-aac", "adts", "w64"]


@pytest.mark.parametrize("recipe", ALL_KINDS)
def test_renamed_is_the_same(recipe: str, track: Callable[[str], Path]) -> None:
    path = track(recipe)
    before = identity_of(path)
    assert identity_of(path.rename(path.with_name("elsewhere.bin"))) == before


@pytest.mark.parametrize("recipe", ALL_KINDS)
def test_other_audio_is_another(recipe: str, encode: Callable[..., Path]) -> None:
    rate_hz = RECIPES[recipe].rate_hz
    one = encode(recipe, music(rate_hz, 8.0), name="one")
    other = encode(recipe, music(rate_hz, 8.0, seed=1), name="other")
    assert identity_of(one) != identity_of(other)


@pytest.mark.parametrize("recipe", [kind for kind in ALL_KINDS if kind != "m4a-aac"])
def test_truncated_is_another(recipe: str, track: Callable[[str], Path]) -> None:
    path = track(recipe)
    whole = identity_of(path)
    path.write_bytes(path.read_bytes()[:-5_000])
    assert identity_of(path) != whole


def test_files_broken_at_the_same_early_page_differ(
    track: Callable[[str], Path], encode: Callable[..., Path]
) -> None:
    """Their headers are equal and walking pages ends there, but they are not the same music."""
    one, other = track("vorbis"), encode("vorbis", music(44_100, 8.0, seed=2), name="second")
    broken = []
    for path in (one, other):
        data = bytearray(path.read_bytes())
        third_page = data.find(b"OggS", data.find(b"OggS", 4) + 4)
        data[third_page : third_page + 4] = b"Bad!"
        broken.append(one.with_name(f"broken-{path.name}"))
        broken[-1].write_bytes(data)
    assert identity_of(broken[0]) != identity_of(broken[1])


def test_wavs_without_samples_share_no_name(tmp_path: Path) -> None:
    path = tmp_path / "none.wav"
    fmt = b"fmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00"
    path.write_bytes(b"RIFF\x24\x00\x00\x00WAVE" + fmt)
    with pytest.raises(AudioError):
        identity_of(path)


def test_what_is_no_audio_has_no_identity(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_text("text")
    with pytest.raises(AudioError) as caught:
        identity_of(path)
    assert caught.value.stage == "probe"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_scrambled_files_have_a_name_or_our_error(
    data: st.DataObject, encode: Callable[..., Path], tmp_path: Path
) -> None:
    name = data.draw(st.sampled_from(["wav-16", "aiff", "flac-16", "vorbis", "mp3", "m4a-aac"]))
    content = bytearray(encode(name, music(44_100, 1.0), name="bit").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 200))
        patch = data.draw(st.binary(min_size=1, max_size=64))
        content[start : start + len(patch)] = patch
    path = tmp_path / "scrambled"
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        assert identity_of(path) == identity_of(path)
    except AudioError as error:
        assert "\n" not in str(error)
