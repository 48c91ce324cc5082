"""What has arrived of a file so far, beside where the whole file will be."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of the file a part belongs to, as the server named it."""

    url: str
    etag: str | None
    last_modified: str | None
    size: int | None

    @property
    def validator(self) -> str | None:
        """What If-Range may carry: a strong ETag, else the date (RFC 9110, 13.1.5)."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified

    def may_be(self, etag: str | None, size: int | None) -> bool:
        """Whether an answer with that ETag and size speaks of this version; what is not named does not count."""
        return (None in (etag, self.etag) or etag == self.etag) and (
            None in (size, self.size) or size == self.size
        )


class Part:
    """The file beside ``target`` that holds what has arrived so far."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.path = target.with_name(target.name + ".segue-part")
        self._state = target.with_name(target.name + ".segue-part.json")
        self.version = self._read_version()
        if self.version is None:
            self.clear()

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def start(self, version: Version) -> None:
        """Empty the part and say what it will hold; in this order, so that no state speaks of other bytes."""
        self.clear()
        self.version = version
        self._state.write_text(json.dumps(asdict(version)), encoding="utf-8")
        self.path.touch()

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)
        self._state.unlink(missing_ok=True)
        self.version = None

    def become_whole(self) -> None:
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(self.path, self._target)
        self.clear()

    def _read_version(self) -> Version | None:
        try:
            return Version(**json.loads(self._state.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):  # none yet, or killed while it was written
            return None
