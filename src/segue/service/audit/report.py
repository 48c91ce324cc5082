"""The findings of an audit as a table (CSV), as a page (HTML) and as a list of tracks to exclude."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass

from segue.audit.findings import KINDS, SEVERITIES, AuditReport, to_leave_out
from segue.files import OutputKind
from segue.report.page import render
from segue.text import spreadsheet_cell

_CSV_HEADING = ("severity", "kind", "track", "others", "evidence", "values", "leave_out")
TABLE = OutputKind("table", ",".join(_CSV_HEADING).encode() + rb"\r?\n")
EXCLUSIONS = OutputKind("list of tracks to leave out", None)  # the manual tells people to edit it


@dataclass(frozen=True, slots=True)
class _KindCount:
    name: str
    count: int
    meaning: str


def summary(report: AuditReport) -> str:
    """Return one line: how many tracks, how many decoded, how many findings."""
    return f"{report.n_tracks:,} tracks, {report.n_listened:,} listened to, {len(report.findings):,} findings"


def csv_table(report: AuditReport) -> bytes:
    """Return one line for each finding, in UTF-8; names that are not valid text keep their bytes.

    Cells that a spreadsheet would run begin with an apostrophe.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(_CSV_HEADING)
    for finding in report.findings:
        table.writerow(
            map(
                spreadsheet_cell,
                (
                    finding.severity,
                    finding.kind,
                    finding.tracks[0],
                    "; ".join(finding.tracks[1:]),
                    finding.evidence,
                    json.dumps(dict(finding.values)),
                    "; ".join(finding.leave_out),
                ),
            )
        )
    return text.getvalue().encode("utf-8", "surrogateescape")


def page(report: AuditReport) -> bytes:
    """Return a page that filters by kind and severity and needs no other file."""
    counts = report.counts
    return render(
        "audit.html",
        name=report.name,
        summary=f"{summary(report)}.",
        unchecked=report.unchecked,
        kinds=[_KindCount(kind, counts[kind], meaning) for kind, meaning in KINDS.items() if kind in counts],
        severities=SEVERITIES[::-1],
        findings=report.findings,
    ).encode("utf-8")


def exclusion_list(report: AuditReport) -> bytes:
    """Return the tracks to exclude, each with its reasons, in the form that training and evaluation read."""
    from segue.audit.exclusions import exclusion_text

    return exclusion_text(to_leave_out(report.findings)).encode("utf-8")
