"""The words of docs/results/audit.md; the figures are those of `python -m benchmarks.audit`."""

from __future__ import annotations

from typing import Any

from benchmarks import audit_copies, report

_TEXT = """# What the audit finds and overlooks

`python -m benchmarks.audit`. Measured with {versions}.

## Near copies

{n_pieces} passages of 30 s, at most {each} from each of {packages}, each copied in {n_ways} ways; every one of the
{n_files} files is held against every other, by the index, as an audit does it. Thresholds were set on {tuned}; nothing
was tuned on the music reported here.

{near_table}

Recall {recall:.2%} over {pairs:,} pairs that must match; precision {precision:.2%}, with {wrong:,} of
{other:,} pairs of other music found. Two copies of one passage (say, the MP3 of 64 kbit/s and the faster one) are found in
{between_found:,} of {between:,} cases.{wrong_list}

## GTZAN

| what | count |
|---|---|
| pairs of byte-identical clips, as published | {identical} |
| found by the index's SHA-256 | {by_hash} |
| found by their spectrograms alone, without any hash of files | {by_sound} |
| pairs of clips with one artist and title | {titled} |
| of these, heard to be one recording; the others are told as versions | {titled_copies} |
| pairs heard to be one recording though artist or title differ or are unknown | {other_copies} |
| clips the fault-filtered split leaves out (causes not published) | {excluded} |
| of these, named by the audit for a fault, a copy or a label | {excluded_flagged} |
| all clips so named | {flagged} |
| clips on the audit's exclusion list | {left_out} |
| of these, left out by the fault-filtered split too | {excluded_left_out} |
| test clips of the fault-filtered split that leak | {leaking} |

The overlap with the fault filter is no recall: why a clip is on that list was never published, and only 60 of
the 1,000 clips have audio here. Findings by kind: {counts}.

## Suspicious labels

OpenL3 embeddings of {clips} GTZAN clips outside the test part; a logistic regression in five folds, no artist on two sides.
As published, {published} labels are suspicious. With {swapped} labels ({share:.0%}) swapped at random, {suspicious} are:
{swapped_found} of the swapped ones ({swapped_recall:.0%}), and {not_swapped} others, {of_published} of which were suspicious
before. Of the {swapped} surest suspicions {surest} are swapped labels. The model that finds them ships nowhere.

## Faults

The same passages, untouched, and {planted_in} of them with a fault put in. {with_any} of {passages} untouched passages have
any finding; nobody knows that these are wrong: loud masters are clipped.

{fault_table}

A tone of 50 or 60 Hz is missed where the music has as much there all the time. On whole pieces as they are, the
{tuned_pieces} that thresholds were set on and the {whole_pieces} reported on: {whole_counts}. Of their {tuned_stretches:,} and {whole_stretches:,} stretches of 20 s, {tuned_hums} (of {tuned_humming} pieces) and
{whole_hums} (of {whole_humming}) are said to hum: in 20 s a held note or a loop can look like it.

## Size

{scale_pieces:,} pieces of 30 s made from the landmarks of these ({scale_landmarks:,} landmarks, each piece under a key of its
own so that it is other music, numbers no rarer than real ones), one in a hundred a copy of the piece before it. Finding all
candidates took {scale_cpu} CPU seconds on one core ({scale_sort} of them building the index; {scale_wall} s by the clock on
a shared machine) and {scale_memory} GB at its peak. {scale_found:,} of {scale_copies:,} copies are among the candidates, and
{scale_other:,} other pairs, which the comparison of peaks then looks at, at about a millisecond each. Listening to
new files comes before that and is paid once: the cache keeps it.
"""


def markdown(data: dict[str, Any]) -> str:
    """Return the page for the measured figures."""
    near, gtzan, labels, faults, scale = (
        data[k] for k in ("near_copies", "gtzan", "labels", "faults", "scale")
    )
    n_pieces = max(row["pairs"] for row in near["rows"])
    rows = [[r["copy"], r["pairs"], r["found"], f"{r['recall']:.1%}"] for r in near["rows"]]
    return _TEXT.format(
        versions=_versions(data),
        n_pieces=n_pieces,
        each=audit_copies.PIECES_OF_EACH,
        packages=" and ".join(audit_copies.REPORTED_ON),
        tuned=", ".join(audit_copies.TUNED_ON),
        n_ways=len(audit_copies.WAYS),
        n_files=n_pieces * (1 + len(audit_copies.WAYS)),
        near_table=report.table(
            ["copy", "pairs", "found", "recall"],
            [*rows, ["all", near["pairs"], near["found"], f"{near['recall']:.1%}"]],
        ),
        recall=near["recall"],
        pairs=near["pairs"],
        precision=near["precision"],
        wrong=near["wrongly_found"],
        other=near["pairs_of_other_music"],
        between=near["copies_of_copies"]["pairs"],
        between_found=near["copies_of_copies"]["found"],
        wrong_list="".join(f"\n\n- {one}" for one in near["wrong"][:10]),
        identical=gtzan["byte_identical"],
        by_hash=gtzan["byte_identical_by_hash"],
        by_sound=gtzan["byte_identical_by_spectrogram_alone"],
        titled=gtzan["pairs_of_one_artist_and_title"],
        titled_copies=gtzan["of_them_copies"],
        other_copies=gtzan["near_copies_with_other_titles_or_artists"],
        excluded=gtzan["excluded_by_the_fault_filter"],
        excluded_flagged=gtzan["of_them_flagged"],
        flagged=gtzan["flagged"],
        left_out=gtzan["left_out"],
        excluded_left_out=gtzan["of_them_left_out"],
        leaking=gtzan["leaking_test_tracks_of_fault_filtered"],
        counts=", ".join(f"{n} {kind}" for kind, n in gtzan["counts"].items()),
        clips=labels["clips"],
        published=labels["suspicious_as_published"],
        swapped=labels["swapped"],
        share=labels["swapped"] / labels["clips"],
        suspicious=labels["suspicious"],
        swapped_found=labels["swapped_found"],
        swapped_recall=labels["swapped_found"] / labels["swapped"],
        not_swapped=labels["suspicious_and_not_swapped"],
        of_published=labels["of_these_suspicious_as_published"],
        surest=labels["swapped_among_as_many_surest"],
        passages=faults["passages"],
        with_any=faults["with_any"],
        planted_in=faults["planted_in"],
        fault_table=report.table(
            ["kind", "on untouched passages", "fault put in", "found"],
            [
                [
                    r["kind"],
                    f"{r['untouched']} of {faults['passages']}",
                    r["planted"],
                    f"{r['found']} of {faults['planted_in']}",
                ]
                for r in faults["rows"]
            ],
        ),
        tuned_pieces=faults["whole"]["tuned_on"]["pieces"],
        whole_pieces=faults["whole"]["reported_on"]["pieces"],
        tuned_stretches=faults["whole"]["tuned_on"]["stretches"],
        whole_stretches=faults["whole"]["reported_on"]["stretches"],
        tuned_hums=faults["whole"]["tuned_on"]["stretches_with_hum"],
        whole_hums=faults["whole"]["reported_on"]["stretches_with_hum"],
        tuned_humming=faults["whole"]["tuned_on"]["pieces_with_these"],
        whole_humming=faults["whole"]["reported_on"]["pieces_with_these"],
        whole_counts=", ".join(
            f"{kind} {faults['whole']['tuned_on']['told'].get(kind, 0)} and "
            f"{faults['whole']['reported_on']['told'].get(kind, 0)}"
            for kind in ("hum", "band-limited", "clipped", "silent", "too-short")
        ),
        scale_pieces=scale["pieces"],
        scale_landmarks=scale["landmarks"],
        scale_cpu=scale["cpu_s"],
        scale_sort=scale["sort_cpu_s"],
        scale_wall=scale["wall_s"],
        scale_memory=scale["peak_memory_gb"],
        scale_found=scale["copies_found"],
        scale_copies=scale["copies"],
        scale_other=scale["other_candidates"],
    )


def _versions(data: dict[str, Any]) -> str:
    """What each part was measured with; parts can be measured one at a time."""
    of: dict[str, list[str]] = {}
    for part, found in data.items():
        said = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
        of.setdefault(said, []).append(part.replace("_", " "))
    if len(of) == 1:
        return next(iter(of))
    return "; ".join(f"{said} ({', '.join(parts)})" for said, parts in of.items())
