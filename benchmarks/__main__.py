"""`python -m benchmarks` runs every measurement, one after the other, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_NOT_MEASUREMENTS = {
    "__init__",
    "__main__",
    "audit_copies",
    "audit_page",
    "report",
    "music",
    "scan_pair",
    "student",
}


def main() -> None:
    """Run all of them; exit status 1 when one failed, after all others ran."""
    names = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in _NOT_MEASUREMENTS)
    failed = [
        n for n in names if subprocess.run([sys.executable, "-m", f"benchmarks.{n}"], check=False).returncode
    ]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
