"""What FFmpeg, as a library or a program, calls the containers that probing tells apart."""

from __future__ import annotations

DEMUXERS = {
    "wav": "wav",
    "rf64": "wav",
    "w64": "w64",
    "aiff": "aiff",
    "flac": "flac",
    "ogg": "ogg",
    "mp3": "mp3",
    "adts": "aac",
    "mp4": "mov",
    "asf": "asf",
    "wavpack": "wv",
    "ape": "ape",
    "matroska": "matroska",
    "caf": "caf",
    "au": "au",
}

# Containers whose header states the length; elsewhere FFmpeg's duration is an estimate.
LENGTH_IN_HEADER = frozenset({"mp4", "asf", "wavpack", "ape", "matroska", "caf", "flac"})
