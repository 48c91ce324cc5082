"""Pitch classes: notes land on their own, whatever the tuning, however the stream was cut."""

import numpy as np
import pytest
from tests.analysis.synthetic_music import chroma_of, power_blocks, tone

from segue.features.chroma import ChromaAccumulator
from segue.features.front_end import MEL128_V1


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


def test_nothing_heard_is_all_zeros():
    empty = ChromaAccumulator(MEL128_V1)
    assert empty.tuning_cents == 0.0
    np.testing.assert_array_equal(empty.chroma, np.zeros(12))
    empty.push(np.zeros((1025, 9), np.float32))
    np.testing.assert_array_equal(empty.chroma, np.zeros(12))
    assert chroma_of(tone(60, 0.5, "sine")).chroma.sum() == pytest.approx(1.0)
