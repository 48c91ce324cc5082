"""Files: hashing them, and writing them whole or not at all, never over something that segue did not write."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from segue.errors import SegueError

_BLOCK_BYTES = 1 << 20
_HEAD_BYTES = 4096  # of an existing file are looked at
_SQLITE = b"SQLite format 3\x00"
# How audio files begin: FLAC, Ogg, WAV (RIFF, RF64, W64), AIFF, CAF, ID3 tags, WavPack, Monkey's Audio, True Audio,
# Musepack, DSF, .au, AC-3, ASF (WMA), Matroska, MP4 from its fifth byte on, MPEG audio and ADTS by their frame header.
_AUDIO = re.compile(
    rb"fLaC|OggS|RIFF|RF64|riff\x2e\x91|FORM|caff|ID3|wvpk|MAC |TTA1|MPCK|MP\+|DSD |\.snd|dns\.|\x0b\x77"
    rb"|\x30\x26\xb2\x75|\x1a\x45\xdf\xa3"
    rb"|.{4}ftyp|\xff[\xe2-\xe7\xea-\xef\xf0-\xf7\xfa-\xfd\xff]",
    re.DOTALL,
)
# Damaged or empty files of these names are music too.
_AUDIO_SUFFIXES = frozenset(
    ".aac .ac3 .aif .aiff .alac .ape .au .dsf .flac .m4a .m4b .mka .mp1 .mp2 .mp3 .mp4 .mpc .oga .ogg .opus .spx .tta .wav "
    ".wma .wv".split()
)


@dataclass(frozen=True, slots=True)
class OutputKind:
    """A kind of file that segue writes where the user says.

    ``name`` is what sentences call it. ``mark`` is a regular expression that matches how every such file begins, by which
    segue knows its own again; None for files that are meant to be edited, which are never replaced unasked.
    """

    name: str
    mark: bytes | None


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's bytes, in lower-case hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def mtime_ns(status: os.stat_result) -> int:
    """Return when a file was last changed, in nanoseconds since 1970, as the signed 64 bits that a database holds.

    Times beyond 2262 and before 1678 wrap round; the number is only compared for equality.
    """
    return (status.st_mtime_ns + (1 << 63)) % (1 << 64) - (1 << 63)


def check_output(path: str | os.PathLike[str], kind: OutputKind, *, force: bool = False) -> None:
    """Raise the error that `write_output` would raise as things stand: ask before work of hours begins.

    Codes: ``output-not-written`` (no such folder), ``output-not-a-file``, ``output-protected`` (a library or an audio
    file), ``output-not-replaced`` (a file that segue did not write, without ``force``).
    """
    target = _target(path)
    if not target.parent.is_dir():
        raise SegueError(
            f"There is no folder {target.parent} for {target.name}; make it, or name another file.",
            code="output-not-written",
        )
    head = _head(target)
    if not head or force:
        return
    if kind.mark is None:
        raise SegueError(
            f"{target} exists and may have been edited; name another file, or add --force to replace it.",
            code="output-not-replaced",
        )
    if not re.match(kind.mark, head, re.DOTALL):
        raise SegueError(
            f"{target} exists and is not a {kind.name} that segue wrote; name another file, or add --force to replace it.",
            code="output-not-replaced",
        )


def write_output(
    path: str | os.PathLike[str], content: bytes, kind: OutputKind, *, force: bool = False
) -> None:
    """Write a file where the user asked for it; see `check_output` for what is never replaced, and for the errors.

    Otherwise as `write_whole`.
    """
    assert kind.mark is None or re.match(kind.mark, content, re.DOTALL), kind.name
    check_output(path, kind, force=force)
    write_whole(path, content)


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that it appears whole or not at all.

    A link is followed, not replaced. The content is on disk before the name points to it (temporary file in the
    same folder, fsync, rename). A new file gets the permissions that the umask leaves, an existing one keeps its own.
    Raises SegueError: ``output-protected`` instead of replacing a library or an audio file, ``output-not-a-file`` for a
    folder or device, ``output-not-written`` where the system refuses.
    """
    target = _target(path)
    _head(target)
    temporary = target.with_name(f".segue-{secrets.token_hex(8)}{target.suffix}")
    try:
        # Created with the final mode, so that the umask applies, and only where nothing has the name.
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            with open(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise SegueError(
            f"{target} cannot be written ({error.strerror}); choose another place.", code="output-not-written"
        ) from error


def _target(path: str | os.PathLike[str]) -> Path:
    """The file itself where ``path`` is a link; players and libraries keep theirs where they are."""
    return Path(os.path.realpath(path))


def _head(target: Path) -> bytes:
    """The first bytes of an existing file, empty where there is none. Raises SegueError for what is never replaced."""
    try:
        status = os.stat(target)
        if not stat.S_ISREG(status.st_mode):
            raise SegueError(f"{target} is not a file; name another place.", code="output-not-a-file")
        with open(target, "rb") as file:
            head = file.read(_HEAD_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise SegueError(
            f"{target} cannot be read before it is replaced ({error.strerror}); name another place.",
            code="output-not-written",
        ) from error
    if head.startswith(_SQLITE):
        raise SegueError(
            f"{target} is a library or another database, which segue never replaces; name another file.",
            code="output-protected",
        )
    if target.suffix.lower() in _AUDIO_SUFFIXES or _AUDIO.match(head):
        raise SegueError(
            f"{target} is an audio file, which segue never replaces; name another file.",
            code="output-protected",
        )
    return head
