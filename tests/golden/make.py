"""Write the golden files anew: ``python -m tests.golden.make [FILE ...]``.

Run it only where a document changes on purpose, and say so in CHANGELOG.md; what git then shows as changed is what
changed for users. Without names all files are written.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.golden.material import make_material
from tests.golden.rules import masked, ordered
from tests.golden.run import SKIPPED, run_steps

FOLDER = Path(__file__).parent


def shown(result: Any) -> Any:
    """What a golden file keeps of a step."""
    return masked(ordered(result))


def main() -> None:
    """Run every step and write the files; a step that crashed or was skipped stops it."""
    with tempfile.TemporaryDirectory() as name:
        found = run_steps(make_material(Path(name)))
    bad = {
        f"{file}: {step}": result
        for file, steps in found.items()
        for step, result in steps.items()
        if result == SKIPPED or "crash" in result
    }
    for step, result in bad.items():
        print(f"{step}\n{result if result == SKIPPED else result['crash']}", file=sys.stderr)
    for file, steps in found.items():
        if sys.argv[1:] and file not in sys.argv[1:]:
            continue
        kept = {step: shown(result) for step, result in steps.items()}
        text = json.dumps(kept, ensure_ascii=False, indent=1) + "\n"
        (FOLDER / f"{file}.json").write_text(text, encoding="utf-8")
        print(f"{file}.json: {len(kept)} steps, {len(text) / 1000:.0f} kB")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
