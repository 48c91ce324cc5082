"""ONNX Runtime keeps to itself: no files in the user's home, and so no number to report with."""

import os
import subprocess
import sys

CODE = """
import numpy as np
from segue.model.network import Network, shipped_model
Network(shipped_model())(np.zeros((128, 387), np.float32))
"""


def test_running_the_model_leaves_nothing_in_the_users_home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    named = ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in named}
    environment |= {"HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", CODE], env=environment, check=True)
    assert list(home.rglob("*")) == []
