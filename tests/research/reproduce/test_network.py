"""The report's network and its chunks: what can be counted is counted."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the extra 'train' (torch)")
pytest.importorskip("onnx", reason="training needs the extra 'train' (onnx)")

import torch

from segue.model.runtime import onnxruntime
from segue.research.datasets.registry import read_dataset
from segue.research.reproduce.network import ChunkCutter, PaperNet, all_chunks, n_chunks
from segue.research.training.architectures import exported_of
from segue.research.training.config import PaperConfig, preset_named
from segue.research.training.export import write_onnx
from segue.research.training.material import material
from segue.research.training.network import n_parameters

SR = 22_050


def test_the_network_has_the_reports_number_of_parameters():
    assert n_parameters(PaperNet(PaperConfig(), 10)) == 14_193_162


def test_only_a_square_of_128_gives_that_number():
    assert n_parameters(PaperNet(PaperConfig(shape_length=96), 10)) != 14_193_162


@pytest.mark.parametrize(
    ("n_samples", "expected"),
    [
        (661_794, 10),
        (660_000, 10),
        (5 * SR, 1),
        (5 * SR + 1, 2),
        (8 * SR, 2),
        (8 * SR + 1, 3),
        (1, 1),
        (0, 1),
    ],
)
def test_chunks_of_a_clip_follow_the_reports_formula(n_samples, expected):
    assert n_chunks(n_samples, SR) == expected


def test_the_archive_gives_9990_chunks_of_999_clips_and_names_the_unreadable_one(shared_dir):
    dataset = read_dataset("gtzan", shared_dir / "data" / "gtzan")
    everything = material(dataset, "chunk-random", 0)
    assert len(everything.split.train) == 7_492 and len(everything.split.test) == 2_498
    assert len({*everything.split.train, *everything.split.test}) == 9_990
    from segue.research.datasets.spectrograms import spectrograms

    heard = spectrograms(dataset)
    assert len(heard.ids) == 999 and [failure.path for failure in heard.failures] == ["jazz.00054"]
    chunks = all_chunks(heard.mel, np.zeros(len(heard.mel), int), ChunkCutter(128))
    assert len(chunks.rows) == 9_990


def test_a_chunk_is_the_stretch_of_the_clip_it_says():
    """A clip whose value is its own time: each column of a chunk reads the time it stands for."""
    cutter = ChunkCutter(128)
    clip = torch.arange(387.0).repeat(128, 1)[None]
    for number in (0, 4, 8):
        picture = cutter.cut(clip, torch.tensor([number]))[0]
        expected = number * cutter.step + (np.arange(128) + 0.5) / 128 * cutter.chunk - 0.5
        np.testing.assert_allclose(picture[64].numpy(), np.maximum(expected, 0.0), atol=1e-2)


def test_the_tenth_chunk_ends_in_silence():
    cutter = ChunkCutter(128)
    last = cutter.cut(torch.ones(1, 128, 387), torch.tensor([9]))[0]
    padded = (last == 0).all(dim=0).float().mean()
    assert padded == pytest.approx(2.0 / 5.0, abs=0.03)  # 27 s to 32 s of a clip of 30 s
    assert (last[:, :70] == 1).all()


def test_other_squares_are_resized_in_both_directions():
    assert ChunkCutter(32).cut(torch.rand(2, 128, 387), torch.tensor([0, 9])).shape == (2, 32, 32)


def test_whole_clips_and_single_chunks_are_cut_alike():
    cutter, mel = ChunkCutter(128), torch.rand(3, 128, 387)
    one_by_one = [cutter.cut(mel, torch.full((3,), number)) for number in range(10)]
    torch.testing.assert_close(cutter(mel), torch.stack(one_by_one, dim=1), rtol=0, atol=1e-6)


def test_the_exported_network_takes_any_length(tmp_path):
    config = preset_named("paper")
    exported = exported_of(
        PaperNet(PaperConfig(shape_length=32, filters=(4,), dropouts=(0.1,), dense=8), 3), config
    )
    exported.cutter = ChunkCutter(32)
    assert exported.fit_projection(torch.rand(12, 128, 387), 4).shape == (12, 4)
    write_onnx(exported, tmp_path / "x.onnx", 128)
    session = onnxruntime().InferenceSession(str(tmp_path / "x.onnx"), providers=["CPUExecutionProvider"])
    assert [output.shape[-1] for output in session.get_outputs()] == [3, 4]  # what loading a model checks
    for n_frames, expected in ((387, 10), (65, 1), (103, 2), (800, 20)):
        logits, _ = session.run(None, {"mel": np.zeros((1, 128, n_frames), np.float32)})
        assert logits.shape == (1, expected, 3)
