"""Files: hashing them, and writing them whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from segue.errors import SegueError

_BLOCK_BYTES = 1 << 20


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's bytes, in lower-case hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that it appears whole or not at all, with the permissions the umask asks for.

    A link is followed, not replaced. The content is on disk before the name points to it (temporary file in the
    same folder, fsync, rename). Raises SegueError (code ``output-not-written``).
    """
    target = Path(os.path.realpath(path))
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".segue-", suffix=target.suffix)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise SegueError(
            f"{target} cannot be written ({error.strerror}); choose another place.", code="output-not-written"
        ) from error


def _umask() -> int:
    mask = os.umask(0o077)  # there is no way to ask without setting
    os.umask(mask)
    return mask
