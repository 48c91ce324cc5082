"""The page of the reproduction: the table that matters, what it means, and what became of the report's limitations."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from segue.encode import document as without_nan
from segue.research.reproduce.figures import (
    classes_figure,
    confusion_figure,
    curves_figure,
    leak_figure,
    spectrogram_figure,
)

_WHAT = {
    "chunk-random": "all chunks pooled, 75/25 at random, as in the report: **leaky**",
    "size-matched-leaky": "the same over the fault-filtered clips, with as many training chunks as that row: **leaky**",
    "track-random": "whole clips, 75/25 at random, whoever made them: artists and copies leak",
    "fault-filtered": "the published artist-aware parts without faulty clips",
    "strict": "fault-filtered, and nobody and no recording on two sides",
}

_ANSWERS = """\
| the report could not | what answers it |
|---|---|
| judge full songs: GTZAN's clips are short and old | `segue scan` hears whole files of any length, and keeps what it heard |
| trust its data: mislabelled, corrupt and repeated tracks | `segue audit` names them, with evidence ([audit](audit.md)); the fault-filtered and strict protocols leave them out |
| name finer genres than ten | `segue train --data FOLDER` learns any folder of labels; FMA's tree of 163 genres is an index here |
| recommend better than at random within a genre, though rhythm, mood, harmony and timbre were promised | `segue like` ranks by sound ([albums](albums.md)); the report's way remains as the baseline, `segue like --by same-genre` |
| **its failure**: compare with collaborative filtering, for want of data with both sides | `segue compare` on playlists whose tracks have content |
"""


def write_page(
    folder: Path, done: dict[str, dict[str, Any]], document: dict[str, Any], clip: Path | None
) -> None:
    """Write ``paper.md``, ``paper.json`` and the figures to ``folder``; ``clip`` is drawn where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    leak_figure(folder, done)
    curves_figure(folder, done)
    confusion_figure(folder, done)
    classes_figure(folder, done)
    shapes = spectrogram_figure(folder, clip) if clip is not None else None
    (folder / "paper.json").write_text(json.dumps(without_nan(document), indent=1) + "\n", encoding="utf-8")
    (folder / "paper.md").write_text(page(done, document, shapes), encoding="utf-8")


def page(done: dict[str, dict[str, Any]], document: dict[str, Any], shapes: Any) -> str:
    """Return the page in Markdown."""
    first = next(iter(done.values()))
    config = first["config"]
    gap = {tuple(d["rows"]): d for d in document["differences"]}
    main = gap["chunk-random", "strict"]
    lines = [
        "# The report's network, with its leak and without",
        "",
        *(f"    {line}" for line in document["command"].splitlines()),
        "",
        f"{_epochs(done)}, seed {_each(done, lambda r: r['config']['seed'])}, from the {first['source']}.",
        "",
        f"The student report cut clips into 5 s chunks, divided the *chunks* at random and found its accuracy impressive. "
        f"Ten overlapping chunks of one clip are nearly one chunk: the network has heard what it is asked. Divided so, it "
        f"names **{done['chunk-random']['vote']['accuracy']:.1%}** of clips right; where no artist and no recording "
        f"stands on two sides, **{done['strict']['vote']['accuracy']:.1%}**: "
        f"{_count(round(abs(100 * main['difference'])), 'point')} {'less' if main['difference'] >= 0 else 'more'} (95 % interval {_points(main['ci95'])}).",
        "",
        "![Accuracy under five protocols](paper-leak.png)",
        "",
        "| protocol | training chunks (clips) | test chunks (clips) | chunk accuracy | clip accuracy, by vote | by hard majority | macro F1 | test clips that leak |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row, r in done.items():
        leak = r["leaks"]
        lines.append(
            f"| {row} | {r['n_train_chunks']:,} ({r['n_train_tracks']}) | {r['n_test_chunks']:,} ({r['n_test_tracks']}) "
            f"| {_percent(r['chunk'])} | {_percent(r['vote'])} | {r['vote']['hard_majority_accuracy']:.1%} "
            f"| {r['vote']['macro_f1']:.3f} | {len(leak['tracks'])}{' of ' + str(r['n_test_tracks'])} |"
        )
    lines += ["", *(f"- **{row}**: {_WHAT[row]}." for row in done), ""]
    lines += [
        "Intervals are 95 % artist-cluster bootstraps. Under the chunk protocols a clip's vote counts its test chunks only, "
        "and is leaky all the same. Test parts differ between rows, except fault-filtered and strict, which share theirs.",
        "",
        "| difference in clip accuracy | points | 95 % interval | |",
        "|---|---|---|---|",
    ]
    for d in document["differences"]:
        how = "same test clips, paired" if d["paired"] else "different test clips"
        lines.append(
            f"| {' − '.join(d['rows'])} | {100 * d['difference']:+.1f} | {_points(d['ci95'])} | {how} |"
        )
    lines += ["", *_reading(done, gap), ""]
    lines += [
        "## Curves, confusions, genres",
        "",
        "![Loss and accuracy by epoch](paper-curves.png)",
        "",
        "The number of epochs was fixed beforehand; nothing was chosen by these curves.",
        "",
        "![Who is taken for whom](paper-confusion.png)",
        "",
        "![Precision, recall and F1](paper-classes.png)",
        "",
        "| genre | "
        + " | ".join(f"{row}: precision / recall / F1" for row in ("chunk-random", "strict"))
        + " |",
        "|---|---|---|",
    ]
    for name in first["classes"]:
        cells = [done[row]["vote"]["per_class"][name] for row in ("chunk-random", "strict")]
        lines.append(
            f"| {name} | "
            + " | ".join(f"{c['precision']:.2f} / {c['recall']:.2f} / {c['f1']:.2f}" for c in cells)
            + " |"
        )
    if shapes is not None:
        lines += [
            "",
            "![Mel spectrograms](paper-spectrograms.png)",
            "",
            f"A clip is {shapes[0]} mel bands and frames, a chunk {shapes[1]}.",
        ]
    lines += ["", "## What is the report's and what is ours", "", *_ours(first, config, done), ""]
    lines += ["## The report's limitations, and what answers each", "", _ANSWERS]
    return "\n".join(lines)


def _reading(done: dict[str, dict[str, Any]], gap: dict[tuple[str, ...], dict[str, Any]]) -> list[str]:
    """What the intervals allow to be said."""
    sized = gap["size-matched-leaky", "fault-filtered"]
    strict = gap["fault-filtered", "strict"]
    lines = [
        "More data is not what makes the difference: "
        if sized["ci95"][0] > 0
        else "Whether more data makes the difference cannot be told: "
    ]
    lines[0] += (
        f"with as few training chunks as fault-filtered has, the leaky division still stands at "
        f"{done['size-matched-leaky']['vote']['accuracy']:.1%} ({100 * sized['difference']:+.1f} points, {_points(sized['ci95'])})."
    )
    clear = strict["ci95"][0] > 0 or strict["ci95"][1] < 0
    lines.append(
        f"Between fault-filtered and strict, on the same test clips, the difference is {100 * strict['difference']:+.1f} points "
        f"({_points(strict['ci95'])}): {'a real one' if clear else 'too small to tell from chance here'}."
    )
    return lines


def _ours(first: dict[str, Any], config: dict[str, Any], done: dict[str, dict[str, Any]]) -> list[str]:
    paper = config["paper"]
    return [
        f"- **The report's**: 22,050 Hz, 5 s chunks every 3 s, ten a clip (the tenth zero-padded), 9,990 chunks of 999 readable "
        f"clips (jazz.00054 is unreadable in every current copy), 128 mel bands resized to {paper['shape_length']} x "
        f"{paper['shape_length']}, five blocks of two 3 x 3 convolutions, {first['n_parameters']:,} parameters, one-hot labels, "
        f"categorical cross-entropy, 75/25.",
        f"- **Inferred** from the number of parameters: filters {', '.join(map(str, paper['filters']))} and a dense layer of {paper['dense']:,}.",
        f"- **Ours**: dropout {', '.join(map(str, paper['dropouts']))} after the blocks and {paper['dense_dropout']} after the dense layer, "
        f"Adam at {config['learning_rate']:g}, batches of {config['batch_size']}, {_each(done, lambda r: _count(r['config']['epochs'], 'epoch'))}, torch instead of TensorFlow, bfloat16 "
        f"convolutions. One seed: what another seed would move is not in the intervals.",
        "- **From the mel archive** (where there is no audio of all clips) a second has 12.9 frames instead of 43, resized the same "
        "way, and decibels are below the clip's loudest, not the chunk's.",
    ]


def _epochs(done: dict[str, dict[str, Any]]) -> str:
    """How long the rows were trained: the same for all of them, or which how long."""
    if len({r["config"]["epochs"] for r in done.values()}) == 1:
        return f"{_count(next(iter(done.values()))['config']['epochs'], 'epoch')} for every row"
    return ", ".join(f"{row} {_count(r['config']['epochs'], 'epoch')}" for row, r in done.items())


def _each(done: dict[str, dict[str, Any]], of: Callable[[dict[str, Any]], Any]) -> str:
    """What the rows have in common, or each of what they have."""
    return " or ".join(dict.fromkeys(str(of(r)) for r in done.values()))


def _count(n: int, thing: str) -> str:
    return f"{n} {thing}{'' if n == 1 else 's'}"


def _percent(scores: dict[str, Any]) -> str:
    low, high = scores["ci95"]
    return f"{scores['accuracy']:.1%} ({100 * low:.1f} to {100 * high:.1f})"


def _points(ci95: list[float]) -> str:
    return f"{100 * ci95[0]:+.1f} to {100 * ci95[1]:+.1f}"
