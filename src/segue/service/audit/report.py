"""An audit's findings as JSON, as a table and as a page."""

from __future__ import annotations

import csv
import html
import json
from pathlib import Path
from string import Template
from typing import Any

from segue import __version__
from segue.audit.findings import KINDS, SEVERITIES, Finding, at_least
from segue.errors import SegueError
from segue.service.audit.run import AuditReport


def audit_document(report: AuditReport) -> dict[str, Any]:
    """Return the report as one JSON document."""
    return {
        "target": report.name,
        "kind": report.kind,
        "tracks": report.n_tracks,
        "listened": report.n_listened,
        "counts": report.counts,
        "unchecked": list(report.unchecked),
        "findings": [finding_document(finding) for finding in report.findings],
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """Return one finding."""
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "track": finding.tracks[0],
        "others": list(finding.tracks[1:]),
        "evidence": finding.evidence,
        "values": dict(finding.values),
        "leave_out": list(finding.leave_out),
    }


def filtered(report: AuditReport, severity: str) -> AuditReport:
    """Return the report with the findings of that severity and above."""
    return AuditReport(
        report.kind,
        report.name,
        report.n_tracks,
        report.n_listened,
        at_least(report.findings, severity),
        report.unchecked,
    )


def write_csv(path: Path, report: AuditReport) -> None:
    """Write one line for each finding. Raises SegueError where that cannot be written."""
    try:
        with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            table = csv.writer(file)
            table.writerow(("severity", "kind", "track", "others", "evidence", "values", "leave_out"))
            for finding in report.findings:
                table.writerow(
                    (
                        finding.severity,
                        finding.kind,
                        finding.tracks[0],
                        "; ".join(finding.tracks[1:]),
                        finding.evidence,
                        json.dumps(dict(finding.values)),
                        "; ".join(finding.leave_out),
                    )
                )
    except OSError as error:
        raise SegueError(f"The table {path} cannot be written ({error}).") from error


def write_page(path: Path, report: AuditReport) -> None:
    """Write a page that filters by kind and severity and needs nothing beside itself.

    Raises SegueError where it cannot be written.
    """
    rows = "\n".join(
        f'<tr data-kind="{f.kind}" data-severity="{f.severity}"><td>{f.severity}</td><td>{f.kind}</td>'
        f"<td>{_text(f.tracks[0])}</td><td>{_text(', '.join(f.tracks[1:]))}</td><td>{_text(f.evidence)}</td></tr>"
        for f in report.findings
    )
    counts = report.counts
    page = Template(_PAGE).substitute(
        name=_text(report.name),
        summary=f"{report.n_tracks:,} tracks, {report.n_listened:,} listened to, {len(report.findings):,} findings.",
        unchecked="".join(f"<li>{_text(line)}</li>" for line in report.unchecked) or "<li>nothing</li>",
        kinds="".join(
            f'<option value="{kind}">{kind} ({counts[kind]}): {_text(KINDS[kind])}</option>'
            for kind in KINDS
            if kind in counts
        ),
        severities="".join(f'<option value="{s}">{s}</option>' for s in reversed(SEVERITIES)),
        rows=rows,
        version=__version__,
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise SegueError(f"The page {path} cannot be written ({error}).") from error


def _text(text: str) -> str:
    return html.escape(text.encode("utf-8", "backslashreplace").decode("utf-8"))


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Audit of $name</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .3rem .6rem;
border-bottom: 1px solid #ddd; overflow-wrap: break-word } tr[hidden] { display: none }
table { table-layout: fixed } th:nth-child(1) { width: 5rem } th:nth-child(2) { width: 10rem } th:nth-child(5) { width: 45% }
tr[data-severity=high] td:first-child { font-weight: bold } select { font: inherit; margin-right: 1rem; max-width: 24rem }
label { white-space: nowrap }
</style>
<h1>Audit of $name</h1>
<p>$summary Nothing was changed.</p>
<p>Not looked at:</p><ul>$unchecked</ul>
<p><label>Kind <select id="kind"><option value="">all</option>$kinds</select></label>
<label>Severity <select id="severity"><option value="">all</option>$severities</select></label>
<span id="shown"></span></p>
<table><thead><tr><th>Severity<th>Kind<th>Track<th>Others<th>Evidence</tr></thead><tbody>
$rows
</tbody></table>
<p>segue $version</p>
<script>
const rows = [...document.querySelectorAll("tbody tr")], kind = document.getElementById("kind"),
  severity = document.getElementById("severity");
function show() {
  let n = 0;
  for (const row of rows) {
    row.hidden = (kind.value && row.dataset.kind !== kind.value) || (severity.value && row.dataset.severity !== severity.value);
    n += !row.hidden;
  }
  document.getElementById("shown").textContent = n + " shown";
}
kind.onchange = severity.onchange = show; show();
</script>
</html>
"""
