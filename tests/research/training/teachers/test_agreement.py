"""The teachers agree with their authors' outputs kept in the shared data."""

import csv
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("h5py")
soundfile = pytest.importorskip("soundfile")
import soxr  # noqa: E402

from segue.research.training.teachers.fcn import FCN_FRAMES, load_fcn  # noqa: E402
from segue.research.training.teachers.mn04 import load_mn04  # noqa: E402
from segue.research.training.teachers.musicnn import WINDOW_FRAMES, load_musicnn  # noqa: E402
from segue.research.training.teachers.spectrograms import (  # noqa: E402
    MN_RATE_HZ,
    MSD_RATE_HZ,
    fcn_log_mel,
    mn_log_mel,
    musicnn_log_mel,
)

WEIGHTS = "data/weights"


def read(path: Path, rate_hz: int) -> np.ndarray:
    samples, native_hz = soundfile.read(path, dtype="float32")
    return soxr.resample(samples, native_hz, rate_hz).astype(np.float32)


@pytest.mark.parametrize("exact", [True, False])
def test_musicnn_hears_the_shared_tags(shared_dir, exact):
    network = load_musicnn(shared_dir / WEIGHTS / "musicnn_keras/MSD_musicnn.h5", exact=exact)
    with np.load(shared_dir / "data/gtzan/musicnn_msd_taggrams_train.npz") as file:
        ids = [str(i) for i in file["track_id"]]
        offset, tags = file["offset"], file["tags"].astype(np.float32)
    clips = [p for p in (shared_dir / "data/gtzan/audio").rglob("*.flac") if p.stem in ids][:6]
    said, known = [], []
    for path in sorted(clips):
        mel = torch.from_numpy(musicnn_log_mel(read(path, MSD_RATE_HZ)))
        with torch.inference_mode():
            found = network(mel.unfold(1, WINDOW_FRAMES, 62).transpose(0, 1))[1].numpy()
        k = ids.index(path.stem)
        wanted = tags[offset[k] : offset[k + 1]]
        n = min(len(found), len(wanted))
        said.append(found[:n])
        known.append(wanted[:n])
    correlation = np.corrcoef(np.concatenate(said).ravel(), np.concatenate(known).ravel())[0, 1]
    assert correlation > 0.97


def test_fcn_hears_the_shared_first_tag_of_most_songs(shared_dir):
    network = load_fcn(shared_dir / WEIGHTS / "sota_music_tagging/msd_fcn.pth")
    with np.load(shared_dir / "data/gtzan/musicnn_msd_taggrams_train.npz") as file:
        names = [str(n) for n in file["tag_names"]]
    with (shared_dir / "data/songs_generated.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))[:12]
    right = 0
    for row in rows:
        mel = fcn_log_mel(read(shared_dir / "data/songs_generated" / row["file"], MSD_RATE_HZ))
        parts = [mel[:, a : a + FCN_FRAMES] for a in range(0, mel.shape[1] - FCN_FRAMES + 1, FCN_FRAMES)]
        with torch.inference_mode():
            tags = np.mean([network(torch.from_numpy(p)[None])[1][0].numpy() for p in parts], axis=0)
        right += names[int(tags.argmax())].lower() == row["fcn_tags"].rsplit(" ", 1)[0].split(" 0")[0].lower()
    assert right >= 9


def test_mn04_hears_music_in_music(shared_dir):
    network = load_mn04(shared_dir / WEIGHTS / "efficientat_mn04/mn04_as_mAP_432.pt")
    path = sorted((shared_dir / "data/gtzan/audio").rglob("*.flac"))[0]
    with torch.inference_mode():
        steps = network.steps(torch.from_numpy(mn_log_mel(read(path, MN_RATE_HZ)))[None])
        tags = network.tags(steps.mean(dim=2))[0]
    assert steps.shape[:2] == (1, 384)
    assert int(tags.argmax()) == 137, "AudioSet's class 137 is music"
    assert float(tags[137]) > 0.5
