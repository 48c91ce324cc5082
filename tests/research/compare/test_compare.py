"""A comparison whose answers are known, run as a user runs it: by command, killed, and taken up again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from html import unescape
from pathlib import Path
from statistics import mean, stdev

import pytest
from click.testing import CliRunner

from segue.cli.main import segue
from segue.encode import document as document_of
from segue.errors import DatasetError, SegueError
from segue.grading.report import read_report
from segue.research.compare.command import compare_dataset
from tests.raising import raises
from tests.research.compare.blocks import ITEMS_EACH, N_GROUPS, USERS_EACH, write_blocks

pytest.importorskip("polars", reason="reading interactions needs the extra cf")

MODELS = ["random", "popularity", "ease", "content", "content:shuffled", "hybrid"]
SOURCE = Path(__file__).resolve().parents[3] / "src"


@pytest.fixture(scope="module")
def blocks(tmp_path_factory):
    return write_blocks(tmp_path_factory.mktemp("blocks"))


@pytest.fixture(scope="module")
def warm(blocks, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    return compared("mpd-audio", blocks, models=MODELS, n_seeds=2, out=out), out


def compared(*arguments, **named):
    """The JSON document of a comparison."""
    return document_of(compare_dataset(*arguments, **named))


def by_model(document):
    return {row["model"]: row for row in document["rows"]}


def test_what_knows_the_groups_beats_what_does_not(warm):
    rows = by_model(warm[0])
    assert list(rows) == [row["model"] for row in sorted(warm[0]["rows"], key=lambda row: -row["ndcg@10"])]
    for knowing in ("ease", "content", "hybrid"):
        for ignorant in ("random", "popularity", "content:shuffled"):
            assert rows[knowing]["ci95"]["recall@20"][0] > rows[ignorant]["ci95"]["recall@20"][1]
    # 20 of the 17 items of a group that are not in the history: everything is found.
    assert rows["content"]["recall@20"] == pytest.approx(1.0, abs=0.02)


def test_every_row_says_how_sure_and_how_it_was_made(warm):
    document = warm[0]
    assert {"dataset", "protocol", "rows", "differences", "seeds", "budget", "words"} <= set(document)
    assert (document["n_users"], document["n_items"]) == (N_GROUPS * USERS_EACH, N_GROUPS * ITEMS_EACH)
    for row in document["rows"]:
        low, high = row["ci95"]["ndcg@10"]
        assert low <= row["ndcg@10"] <= high
        assert len(row["settings"]) == 2 and row["tried"] <= document["budget"]
        assert all(
            0 <= row[measure] <= 1 for measure in ("recall@20", "ndcg@10", "mrr", "map", "coverage@20")
        )
    assert len(document["differences"]) == 2 * len(MODELS) * (len(MODELS) - 1) // 2
    for gap in document["differences"]:
        assert gap["ci95"][0] <= gap["difference"] <= gap["ci95"][1]


def test_the_words_call_a_content_effect_one_only_beside_its_shuffled_control(warm):
    text = " ".join(warm[0]["words"])
    assert "content (beside another item's +" in text


def test_table_page_and_figures_are_in_the_folder(warm):
    document, out = warm
    saved = json.loads((out / "compare-warm.json").read_text())
    assert saved | {"files": document["files"]} == json.loads(json.dumps(document))
    assert document_of(read_report(saved)) == saved, "what an earlier run wrote is read back whole"
    page = (out / "compare-warm.html").read_text()
    assert "http" not in page.replace("http://www.w3.org", "") and "data:image/svg+xml" in page
    assert "| ease |" in (out / "compare-warm.md").read_text()
    for name in ("accuracy", "differences"):
        assert (out / "figures" / f"compare-warm-{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (out / "figures" / f"compare-warm-{name}.svg").read_text()


def test_the_same_command_again_measures_nothing_and_says_the_same(warm, blocks):
    document, out = warm
    kept = {path: path.stat().st_mtime_ns for path in out.rglob("*.npz")}
    again = compared("mpd-audio", blocks, models=MODELS, n_seeds=2, out=out)
    assert again == document
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.npz")} == kept


def test_cold_items_are_scored_by_content_alone_and_artists_told_apart(blocks, tmp_path):
    models = ["random", "ease", "content", "content-to-cf", "true-factors"]
    rows = by_model(compared("mpd-audio", blocks, protocol="cold", models=models, n_seeds=2, out=tmp_path))
    assert rows["ease"]["recall@20"] == 0.0 and rows["ease"]["scores"] == "warm"
    assert rows["content"]["recall@10"] > 0.9 > rows["random"]["recall@10"]
    assert rows["true-factors"]["sees_test"]
    assert rows["content"]["recall@20 (known artist)"] is not None


def test_each_protocol_of_the_command_runs_and_prints_one_document(blocks, tmp_path):
    arguments = [
        "compare",
        "mpd-audio",
        "--data",
        str(blocks),
        "--models",
        "random,content",
        "--seeds",
        "1",
        "--json",
    ]
    for protocol in ("warm", "cold", "user-cold"):
        done = CliRunner().invoke(segue, [*arguments, "--protocol", protocol, "--out", str(tmp_path)])
        document = json.loads(done.stdout)
        assert (document["dataset"], document["protocol"]) == ("mpd-audio", protocol)
        assert {row["model"] for row in document["rows"]} == {"random", "content"}
    both = (tmp_path / "compare-cold.md").read_text()
    assert "compare-cold-warm-cold.png" in both  # warm was there when cold was drawn


def test_trials_and_export_are_options_of_the_command(blocks, tmp_path):
    words = [
        "compare",
        "mpd-audio",
        "--data",
        str(blocks),
        "--models",
        "ease,random",
        "--seeds",
        "1",
        "--trials",
        "5",
    ]
    words += ["--out", str(tmp_path), "--export", str(tmp_path / "trec"), "--json"]
    document = json.loads(CliRunner().invoke(segue, words, catch_exceptions=False).stdout)
    assert document["trials"] == 5 and by_model(document)["ease"]["tried"] == 5
    assert document["n_users_asked"] == [N_GROUPS * USERS_EACH * 4 // 5]
    assert {path.name for path in (tmp_path / "trec" / "seed-0").iterdir()} == {
        "split.csv",
        "qrels.txt",
        "runs",
        "per-user",
    }
    page = (tmp_path / "compare-warm.md").read_text()
    assert "--trials 5" in page and "a fifth of all and are asked nothing else" in page and "p, Holm" in page


def test_artists_are_hidden_whole(blocks, tmp_path):
    document = compared(
        "mpd-audio", blocks, protocol="cold-artists", models=["random", "content"], n_seeds=2, out=tmp_path
    )
    assert by_model(document)["content"]["ndcg@10"] > by_model(document)["random"]["ndcg@10"]
    assert "sound alone" in " ".join(document["words"]) and "Student's t" in document["interval"]


def test_what_cannot_be_done_is_one_sentence(blocks, tmp_path):
    def refused(**changed):
        arguments = {"dataset": "mpd-audio", "data": blocks, "out": tmp_path, "n_seeds": 1} | changed
        with raises(SegueError) as error:
            compare_dataset(**arguments)
        return str(error.value)

    assert "no timestamps" in refused(protocol="temporal")
    assert "'best'" in refused(models=["best"])
    assert "shuffle" in refused(models=["ease:shuffled"])
    assert str(tmp_path / "nowhere") in refused(data=tmp_path / "nowhere")
    with raises(DatasetError, "unknown-interactions"):
        compare_dataset("spotify", blocks, out=tmp_path)


def test_a_set_without_content_leaves_content_models_out_with_the_reason(tmp_path):
    lines = ["user,item", *(f"u{u},i{(u * 7 + k * (1 + u % 3)) % 30}" for u in range(40) for k in range(6))]
    (tmp_path / "plays.csv").write_text("\n".join(lines) + "\n")
    document = compared(
        "table",
        tmp_path / "plays.csv",
        models=["random", "itemknn", "content"],
        n_seeds=1,
        out=tmp_path / "out",
    )
    assert {row["model"] for row in document["rows"]} == {"random", "itemknn"}
    assert document["skipped"][0]["model"] == "content" and "none of" in document["skipped"][0]["reason"]


def test_results_of_other_data_are_never_mixed_in(warm, tmp_path):
    document, out = warm
    own = {path: path.read_bytes() for path in out.rglob("*.npz")}
    other = write_blocks(tmp_path / "other", seed=1)
    second = compared("mpd-audio", other, protocol="cold", models=["random", "content"], n_seeds=1, out=out)
    assert second["data"] != document["data"]
    assert {path: path.read_bytes() for path in own} == own
    assert "warm-cold" not in (out / "compare-cold.md").read_text()  # warm was of other data


def test_a_killed_comparison_loses_at_most_the_model_in_flight(blocks, tmp_path):
    words = ["compare", "mpd-audio", "--data", str(blocks), "--models", ",".join(MODELS), "--seeds", "3"]
    command = [sys.executable, "-m", "segue", *words, "--out", str(tmp_path), "--json"]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    while len(done := list(tmp_path.rglob("*.npz"))) < 3 and run.poll() is None:
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    kept = {path: path.stat().st_mtime_ns for path in done}
    finished = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    straight = compared("mpd-audio", blocks, models=MODELS, n_seeds=3, out=tmp_path / "straight")
    resumed = json.loads(finished.stdout)
    for first, second in zip(resumed["rows"], straight["rows"], strict=True):
        costs = {key for key in first if key.endswith("cpu_s")}
        assert {k: first[k] for k in first.keys() - costs} == {k: second[k] for k in second.keys() - costs}


@pytest.mark.parametrize(
    ("protocol", "model"), [("cold", "ease"), ("cold", "popularity"), ("warm", "content-to-ease")]
)
def test_models_that_can_score_nothing_of_it_are_a_table_of_nothing_and_a_sentence(
    blocks, tmp_path, protocol, model
):
    document = compared("mpd-audio", blocks, protocol=protocol, models=[model], n_seeds=1, out=tmp_path)
    assert document["rows"][0]["recall@20"] == 0.0
    assert len(document["words"]) == 1
    assert (
        f"Cannot score any of these items, hence 0: {model}."
        in (tmp_path / f"compare-{protocol}.md").read_text()
    )


def test_what_was_read_and_left_out_is_in_the_result(blocks, tmp_path):
    document = compared("mpd-audio", blocks, models=["random"], n_seeds=1, core=2, out=tmp_path)
    told = " ".join(document["import"])
    assert "1,080 rows" in told and "2-core: 120 users" in told
    for page in ("compare-warm.md", "compare-warm.html"):
        assert document["import"][-1] in unescape((tmp_path / page).read_text())


def test_a_few_users_are_too_few_and_one_is_refused(tmp_path):
    (tmp_path / "few.csv").write_text("user,item\n" + "".join(f"u{i % 6},i{i // 2}\n" for i in range(60)))
    document = compared("table", tmp_path / "few.csv", models=["random"], n_seeds=1, out=tmp_path / "o")
    assert document["n_askers"] == 6 and "6 users" in document["words"][0]
    (tmp_path / "one.csv").write_text("user,item\n" + "".join(f"u,i{i}\n" for i in range(60)))
    with raises(DatasetError, "one-user"):
        compared("table", tmp_path / "one.csv", models=["random"], n_seeds=1, out=tmp_path / "p")


def test_where_items_are_drawn_intervals_know_that_few_were(blocks, tmp_path):
    """With thousands of users a percentile interval over them is narrow, while each seed hides a handful of items."""
    found = {}
    for n_seeds in (1, 3):
        found[n_seeds] = compared(
            "mpd-audio", blocks, protocol="cold", models=["random", "content"], n_seeds=n_seeds, out=tmp_path
        )
    assert "which one seed cannot show" in found[1]["interval"] and "Student's t" in found[3]["interval"]
    for row in found[3]["rows"]:
        by_seed = row["ndcg@10 by seed"]
        low, high = row["ci95"]["ndcg@10"]
        reach = 4.303 * stdev(by_seed) / 3**0.5  # Student's t, two degrees of freedom
        assert low <= mean(by_seed) - reach * 0.99 and high >= mean(by_seed) + reach * 0.99
