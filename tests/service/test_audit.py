"""The audit from end to end: on damaged files, on folders of labels, on a library, and on GTZAN's archive."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from segue.audit.exclusions import read_exclusions
from segue.cli.main import segue
from segue.errors import DatasetError, SegueError
from segue.execution.processes import ProcessExecutor
from segue.research.audit.run import audit_labelled
from segue.service.audit.run import audit
from segue.service.scan import ScanSettings, scan_folders
from tests.raising import raises
from tests.songs import tune, write_song


def run_command(*arguments):
    """The JSON document that a command prints; raises what the command raises."""
    done = CliRunner().invoke(segue, arguments, catch_exceptions=False, standalone_mode=False)
    return json.loads(done.stdout)


def kinds_of(report):
    """Kinds by track; the songs here are notes of three harmonics, band-limited indeed."""
    found = {}
    for finding in report.findings:
        if finding.kind == "band-limited":
            continue
        found.setdefault(finding.tracks[0], set()).add(finding.kind)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three songs, and every kind of file that is wrong by itself or beside another."""
    root = tmp_path_factory.mktemp("music")
    for seed in range(3):
        write_song(root / f"{seed}.flac", 20.0, seed, title=f"Song {seed}", artist="The Band")
    shutil.copy(root / "0.flac", root / "again.flac")
    samples, rate_hz = soundfile.read(root / "0.flac", dtype="int16")
    soundfile.write(root / "unpacked.wav", samples, rate_hz)
    soundfile.write(root / "quiet.ogg", 0.3 * tune(20.0, 1, 22_050), 22_050)
    write_song(root / "version.flac", 20.0, 9, title="Song 2", artist="Band")
    soundfile.write(root / "silence.flac", np.zeros(10 * 22_050), 22_050)
    soundfile.write(root / "short.flac", tune(2.0, 30), 22_050)
    (root / "text.mp3").write_text("Dear diary")
    soundfile.write(root / "cut.wav", tune(20.0, 40), 22_050)
    (root / "cut.wav").write_bytes((root / "cut.wav").read_bytes()[:300_000])
    return root


@pytest.fixture(scope="module")
def report(folder, tmp_path_factory):
    return audit(str(folder), cache=tmp_path_factory.mktemp("cache") / "heard.db", jobs=1)


def test_every_file_gets_its_kind_and_songs_get_none(report):
    found = kinds_of(report)
    assert found["again.flac"] == {"exact-copy"}
    assert found["unpacked.wav"] == {"exact-copy"}
    assert found["quiet.ogg"] == {"near-copy"}
    assert found["version.flac"] == {"version"}
    assert found["silence.flac"] == {"silent"}
    assert found["short.flac"] == {"too-short"}
    assert found["text.mp3"] == {"undecodable"}
    assert "truncated" in found["cut.wav"]
    assert not set(found) & {"0.flac", "1.flac", "2.flac"}
    assert (report.n_tracks, report.n_listened) == (11, 10)
    assert any("labels" in line for line in report.unchecked)


def test_the_gravest_come_first(report):
    ranks = [("low", "medium", "high").index(finding.severity) for finding in report.findings]
    assert ranks == sorted(ranks, reverse=True)


def test_a_second_audit_listens_to_new_files_only(folder, tmp_path, monkeypatch):
    music = tmp_path / "music"
    shutil.copytree(folder, music)
    cache = tmp_path / "heard.db"
    first = audit(str(music), cache=cache, jobs=1)
    heard = []
    mapped = ProcessExecutor.map

    def noting(self, function, items, *more, **named):
        items = list(items)
        heard.extend(items)
        return mapped(self, function, items, *more, **named)

    monkeypatch.setattr(ProcessExecutor, "map", noting)
    assert audit(str(music), cache=cache, jobs=1).findings == first.findings
    assert heard == []
    write_song(music / "new.flac", 12.0, 77)
    audit(str(music), cache=cache, jobs=1)
    assert heard == [str(music / "new.flac")]


def test_the_command_writes_all_it_is_asked_for(folder, tmp_path):
    arguments = [
        "audit",
        str(folder),
        "--cache",
        str(tmp_path / "c.db"),
        "--min-severity",
        "medium",
        "--json",
    ]
    files = {name: tmp_path / name for name in ("csv", "page", "exclusions")}
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    done = CliRunner().invoke(segue, [*arguments, *(w for n, p in files.items() for w in (f"--{n}", str(p)))])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert {"target", "kind", "tracks", "listened", "counts", "unchecked", "findings"} <= set(document)
    assert {finding["severity"] for finding in document["findings"]} == {"medium", "high"}
    with files["csv"].open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert [row["track"] for row in rows] == [finding["track"] for finding in document["findings"]]
    reasons = read_exclusions(files["exclusions"])
    assert set(reasons) == {track for finding in document["findings"] for track in finding["leave_out"]}
    assert "exact-copy" in reasons["again.flac"] and "version.flac" not in reasons
    page = files["page"].read_text(encoding="utf-8")
    assert (
        "again.flac" in page and 'data-kind="exact-copy"' in page and "http" not in page.split("<script>")[0]
    )
    assert before == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }  # nothing is changed or deleted


@pytest.mark.parametrize("option", ["--csv", "--page", "--exclusions"])
def test_where_nothing_can_be_written_is_said_before_anything_is_heard(folder, tmp_path, option):
    out, cache = tmp_path / "nowhere" / "out", tmp_path / "c.db"
    done = CliRunner().invoke(segue, ["audit", str(folder), "--cache", str(cache), option, str(out)])
    assert isinstance(done.exception, SegueError) and done.exception.code == "output-not-written"
    assert not cache.exists()


def test_names_are_text_on_the_page_and_not_markup(tmp_path):
    music = tmp_path / "music"
    music.mkdir()
    (music / "<b>&\t.mp3").write_text("no audio")
    arguments = ["audit", str(music), "--cache", str(tmp_path / "c.db"), "--page", str(tmp_path / "p.html")]
    done = CliRunner().invoke(segue, [*arguments, "--exclusions", str(tmp_path / "x.tsv")])
    assert done.exit_code == 0, done.output
    assert (
        "<b>&" not in (tmp_path / "p.html").read_text()
        and "&lt;b&gt;&amp;" in (tmp_path / "p.html").read_text()
    )
    assert set(read_exclusions(tmp_path / "x.tsv")) == {"<b>&\t.mp3"}


@pytest.mark.parametrize("target", ["nowhere", "empty"])
def test_a_target_that_is_nothing_is_an_error(tmp_path, target):
    (tmp_path / "empty").mkdir()
    with raises(SegueError, "audit-target"):
        audit(str(tmp_path / target), cache=tmp_path / "c.db")


def test_a_cache_of_somebody_else_is_left_alone(folder, tmp_path):
    other = tmp_path / "other.db"
    other.write_text("not a database at all, but somebody's notes" * 50)
    with raises(SegueError, "audit-cache"):
        audit(str(folder), cache=other)
    assert other.read_text().startswith("not a database")


def test_a_library_has_no_split_to_check(tmp_path):
    write_song(tmp_path / "music" / "0.flac", 6.0)
    library = tmp_path / "library.db"
    scan_folders([tmp_path / "music"], library=str(library), settings=ScanSettings(jobs=1))
    with raises(SegueError, "audit-protocol"):
        audit_labelled(str(library), protocol="strict", cache=tmp_path / "c.db", jobs=1)


def test_a_library_of_labels_is_checked_for_them_on_request(tmp_path):
    music, library = tmp_path / "music", tmp_path / "library.db"
    for number, genre in enumerate(("Jazz", "Rock")):
        write_song(music / f"{number}.flac", 6.0, number, genre=genre)
    scan_folders([music], library=str(library), settings=ScanSettings(jobs=1))
    plain = run_command("audit", str(library), "--json")
    labelled = run_command("audit", str(library), "--labelled", "--json")
    assert [line for line in plain["unchecked"] if "--labelled" in line]
    assert (labelled["kind"], labelled["unchecked"]) == ("library", [])  # every track was judged
    assert plain["findings"] == labelled["findings"]


def test_what_is_asked_of_research_is_forwarded_and_nothing_else_is(folder, tmp_path):
    """The audit of a folder runs without a module of research; a dataset's name reaches `segue datasets audit`."""
    program = (
        "import sys; from segue.cli.main import segue\n"
        f"segue(['audit', {str(folder)!r}, '--cache', {str(tmp_path / 'c.db')!r}, '--json'], standalone_mode=False)\n"
        "assert not [name for name in sys.modules if name.startswith('segue.research')]"
    )
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
    with raises(DatasetError):
        run_command("audit", "gtzan", "--data", str(folder), "--cache", str(tmp_path / "c.db"))


def test_gtzan_archive(shared_dir, tmp_path):
    gtzan = shared_dir / "data" / "gtzan"
    report = audit_labelled("gtzan", data=gtzan, protocol="fault-filtered", cache=tmp_path / "c.db", jobs=1)
    lines = (gtzan / "exact_duplicates_by_sha256.txt").read_text().splitlines()
    identical = {frozenset(w.removesuffix(".wav") for w in line.split()) for line in lines if line.strip()}
    found = {frozenset(f.tracks): f for f in report.findings if f.kind == "exact-copy"}
    assert len(identical) == 14 and identical <= set(found)
    for pair in identical:  # by the index, and by the spectrograms alone
        assert "SHA-256 in the index" in found[pair].evidence and "number by number" in found[pair].evidence
    assert {f.tracks[0] for f in report.findings if f.kind == "undecodable"} == {"jazz.00054"}
    assert any(f.kind == "leak" and "Earth, Wind & Fire" in f.evidence for f in report.findings)
    assert any(f.kind == "suspicious-label" for f in report.findings)


@pytest.fixture
def corrected(tmp_path):
    """A small GTZAN index somebody corrected: two rows of one band, spelt otherwise, on two sides; noise for sound."""
    rows = [
        ("blues.00000", "blues", "METALLICA", "One", "test"),
        ("blues.00001", "blues", "Metallica", "Two", "train"),
        ("blues.00002", "blues", "Metallica", "Three", "train"),
        ("jazz.00000", "jazz", "Ann", "Four", "test"),
        ("jazz.00001", "jazz", "Bob", "Five", "train"),
        ("jazz.00002", "jazz", "Cleo", "Six", "valid"),
    ]
    header = ("track_id", "genre", "artist", "title", "filtered_split")
    with (tmp_path / "tracks.csv").open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([header, *rows])
    mel = np.random.default_rng(0).integers(0, 256, (len(rows), 128, 387), dtype=np.uint8)
    np.savez(
        tmp_path / "mel128x387_uint8.npz",
        mel=mel,
        track_id=[row[0] for row in rows],
        genre=[row[1] for row in rows],
    )
    return tmp_path


def test_a_leak_is_told_by_its_artist_however_a_row_spells_it(corrected, tmp_path):
    report = audit_labelled(
        "gtzan", data=corrected, protocol="fault-filtered", cache=tmp_path / "c.db", jobs=1
    )
    leaks = {f.tracks: f.evidence for f in report.findings if f.kind == "leak"}
    assert leaks == {("blues.00000",): "Under fault-filtered, other music by METALLICA was learned from."}


def test_only_chunks_on_both_sides_are_called_that(corrected, tmp_path):
    report = audit_labelled("gtzan", data=corrected, protocol="chunk-random", cache=tmp_path / "c.db", jobs=1)
    leaks = {f.tracks[0]: f.evidence for f in report.findings if f.kind == "leak"}
    assert leaks["jazz.00000"] == "Under chunk-random, chunks of it were learned from."
    assert leaks["blues.00000"] == (
        "Under chunk-random, other music by METALLICA was learned from; chunks of it were learned from."
    )


def test_a_folder_of_labels(tmp_path):
    """Ten songs of each of two kinds of sound, and one under the wrong label."""
    root = tmp_path / "labelled"
    for number in range(10):
        write_song(root / "tunes" / f"{number}.wav", 6.0, number)
        noise = np.random.default_rng(number).normal(0, 0.1, 6 * 22_050)
        (root / "noises").mkdir(exist_ok=True)
        soundfile.write(root / "noises" / f"{number}.wav", noise, 22_050)
    shutil.move(root / "noises" / "3.wav", root / "tunes" / "odd.wav")
    write_song(root / "noises" / "odd.wav", 6.0, 50)
    report = audit_labelled(str(root), protocol="artist-kfold", cache=tmp_path / "c.db", jobs=1)
    suspicious = {f.tracks[0]: dict(f.values) for f in report.findings if f.kind == "suspicious-label"}
    # Songs without a wrong label may be doubted too, which a model of ten clips a label cannot help, but not many.
    assert {"tunes/odd.wav", "noises/odd.wav"} <= set(suspicious) and len(suspicious) <= 3
    assert suspicious["tunes/odd.wav"]["other"] == "noises"
    assert not [f for f in report.findings if f.kind == "leak"]
    assert any("artists" in line for line in report.unchecked)


def test_a_library(tmp_path):
    music = tmp_path / "music"
    for seed in range(3):
        write_song(music / f"{seed}.flac", 12.0, seed)
    write_song(music / "copy.ogg", 12.0, 1)
    (music / "text.mp3").write_text("no audio")
    library = tmp_path / "library.db"
    scan_folders([music], library=str(library), settings=ScanSettings(jobs=1))
    report = audit(str(library), jobs=1)
    found = kinds_of(report)
    assert found == {str(music / "copy.ogg"): {"near-copy"}, str(music / "text.mp3"): {"undecodable"}}
    assert (tmp_path / "library.db-audit").exists()
