"""The onset envelope: where sounds set in, at any gain, however the stream was cut."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segue.signal.onset import OnsetEnvelope
from tests.facets.synthetic_music import FRAME_RATE_HZ, clicks, envelope_of, mel_power

MEL = mel_power(clicks(90.0, 4.0, 4))


def test_peaks_where_clicks_are():
    envelope = envelope_of(clicks(60.0, 6.0))
    # The first click starts with the first frame, before which nothing was heard.
    for second in range(1, 6):
        frame = round(second * FRAME_RATE_HZ)
        strongest = frame - 20 + int(np.argmax(envelope[frame - 20 : frame + 20]))
        # A frame hears a click as soon as its window, 2 hops to either side, touches it.
        assert frame - 3 <= strongest <= frame + 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, MEL.shape[1]), max_size=6))
@example([113, 114])  # a single frame, once summed in another order
def test_cutting_the_stream_changes_nothing(cuts):
    onsets = OnsetEnvelope()
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), MEL.shape[1]], strict=True):
        onsets.push(MEL[:, start:end])
    whole = OnsetEnvelope()
    whole.push(MEL)
    np.testing.assert_array_equal(onsets.envelope, whole.envelope)


def test_gain_changes_nothing():
    loud, quiet = OnsetEnvelope(), OnsetEnvelope()
    loud.push(MEL)
    quiet.push(MEL * np.float32(1e-4))
    np.testing.assert_allclose(quiet.envelope, loud.envelope, atol=1e-4)


def test_silence_is_still_and_nothing_is_empty():
    onsets = OnsetEnvelope()
    assert onsets.envelope.shape == (0,)
    onsets.push(np.zeros((128, 50), np.float32))
    assert onsets.envelope.dtype == np.float32
    np.testing.assert_array_equal(onsets.envelope, np.zeros(50))
