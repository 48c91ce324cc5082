"""Pitch classes: notes land on their own, whatever the tuning, however the stream was cut."""

import numpy as np
import pytest

from segue.signal.chroma import ChromaAccumulator
from segue.signal.front_end import MEL128_V1
from tests.facets.synthetic_music import chroma_of, power_blocks, tone


@pytest.mark.parametrize("midi", range(48, 84))
def test_a_note_is_its_pitch_class(midi):
    assert np.argmax(chroma_of(tone(midi, 1.0, "organ")).chroma) == midi % 12


@pytest.mark.parametrize("cents", [-40.0, -20.0, 0.0, 20.0, 40.0])
def test_tuning_is_found(cents):
    scale = np.concatenate(
        [tone(60 + step + cents / 100.0, 0.5, "string") for step in (0, 2, 4, 5, 7, 9, 11, 12)]
    )
    heard = chroma_of(scale)
    assert heard.tuning_cents == pytest.approx(cents, abs=6.0)
    assert set(np.argsort(heard.chroma)[-7:]) == {0, 2, 4, 5, 7, 9, 11}


def test_cutting_the_stream_changes_nothing():
    power = np.concatenate(power_blocks(tone(57, 4.0, "string")), axis=1)
    whole, pieces = ChromaAccumulator(MEL128_V1), ChromaAccumulator(MEL128_V1)
    whole.push(power)
    for start in range(0, power.shape[1], 7):
        pieces.push(power[:, start : start + 7])
    np.testing.assert_allclose(pieces.chroma, whole.chroma, rtol=1e-9)
    for end in ("opening", "ending"):
        np.testing.assert_allclose(
            getattr(pieces.pitch_classes, end), getattr(whole.pitch_classes, end), rtol=1e-9, atol=1e-15
        )
    assert pieces.pitch_classes.sounding_s == whole.pitch_classes.sounding_s


def test_first_and_last_notes_are_kept_through_silence_and_length():
    rest = np.zeros(22_050)
    many = [tone(60 + step, 0.4, "organ") for step in (2, 4, 5, 9, 11)] * 20
    heard = chroma_of(
        np.concatenate([rest, tone(60, 1.0, "organ"), *many, tone(67, 1.0, "organ"), rest])
    ).pitch_classes
    assert np.argmax(heard.opening) == 0 and heard.opening[0] > 0.5
    assert np.argmax(heard.ending) == 7 and heard.ending[7] > 0.5
    assert heard.sounding_s == pytest.approx(42, abs=1)


def test_notes_too_close_to_part_are_not_placed():
    def share(*midis):
        return chroma_of(sum(tone(midi, 1.0, "sine") for midi in midis)).pitch_classes.placed

    assert share(50, 54, 57) > 0.95 and share(62, 66, 69) > 0.95
    assert share(38, 42, 45) < 0.6


def test_nothing_heard_is_all_zeros():
    empty = ChromaAccumulator(MEL128_V1)
    assert empty.tuning_cents == 0.0
    np.testing.assert_array_equal(empty.chroma, np.zeros(12))
    empty.push(np.zeros((1025, 2), np.float32))
    assert empty.pitch_classes.placed == empty.pitch_classes.sounding_s == 0.0
    empty.push(np.zeros((1025, 9), np.float32))
    np.testing.assert_array_equal(empty.chroma, np.zeros(12))
    assert chroma_of(tone(60, 0.5, "sine")).chroma.sum() == pytest.approx(1.0)
