"""An error of one file gets the file's name and keeps its kind, stage and code."""

from __future__ import annotations

from segue.errors import AudioError
from segue.service.jobs import naming
from tests.raising import raises


def test_a_named_error_keeps_stage_and_code():
    with raises(AudioError, "audio-empty-file") as caught, naming("a.mp3"):
        raise AudioError("The file is empty.", "probe", code="audio-empty-file")
    assert caught.value.stage == "probe" and str(caught.value).startswith("a.mp3: ")


def test_an_error_without_a_code_of_its_own_keeps_that_of_its_stage():
    with raises(AudioError, "audio-decode"), naming("a.mp3"):
        raise AudioError("The file is damaged.", "decode")
