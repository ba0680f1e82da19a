"""A service with published networks, a store to write to, and a folder in which commands run as in a checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from own_service import OwnService, safetensors, server_command, squeezenet
from pages import PROJECT

MODELS = ["efficientnet-lite0", "keras-squeezenet1.1"]


def published_store(command):
    """Where the program keeps the networks that were fetched."""
    if path := os.environ.get("GAZE_MODELS"):
        return Path(path)
    said = subprocess.run([command[0], "models", "list"], capture_output=True, text=True, check=True).stdout
    return Path(said.split("(", 1)[1].split(")", 1)[0])


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    command = server_command()
    published = published_store(command)
    missing = [name for name in MODELS if not (published / name).is_dir()]
    if missing:
        reason = f"{published} lacks {', '.join(missing)}: gaze models fetch {' '.join(missing)}"
        if os.environ.get("GAZE_REQUIRE_MODELS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("front")
    (folder / "models").mkdir()
    for name in MODELS:
        shutil.copytree(published / name, folder / "models" / name)
    service = OwnService(command, folder)
    service.start(model=MODELS[0])
    yield service
    service.stop()


@pytest.fixture(scope="session")
def checkout(service, tmp_path_factory):
    """A folder with what a checkout has where commands look, and the files that they expect users to have."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("Static", "clients"):
        (folder / name).symlink_to(PROJECT / name)
    (folder / ".build/release").mkdir(parents=True)
    (folder / ".build/release/gaze").symlink_to(Path(service.command[0]).resolve())
    (folder / "mine.safetensors").write_bytes(safetensors(squeezenet(3, seed=1)))
    (folder / "labels.txt").write_text("mug\nbowl\nglass\n")
    photographs(folder / "mugs/train", 12, first=0)
    photographs(folder / "mugs/test", 6, first=100)
    return folder


def photographs(folder, count, first):
    """Noise that is darker in one class than in the other, as PNG."""
    import numpy
    from gaze_client.images import png
    for place, name in enumerate(("black", "white")):
        (folder / name).mkdir(parents=True)
        for number in range(first, first + count):
            noise = numpy.random.default_rng(number).integers(0, 128, (48, 48, 3))
            (folder / name / f"{number}.png").write_bytes(png((noise + 127 * place).astype(numpy.uint8)))


@pytest.fixture
def run(service, checkout):
    """Runs a text as a user would: in the checkout, with this test's Python and store, by the service's address."""
    def run(arguments, text):
        environment = {**os.environ, "GAZE_MODELS": str(service.folder / "models"),
                       "XDG_DATA_HOME": str(service.folder / "data"),
                       "PATH": f"{checkout / '.build/release'}:{Path(sys.executable).parent}:{os.environ['PATH']}"}
        text = text.replace("http://127.0.0.1:8080", service.address)
        done = subprocess.run([*arguments, text], cwd=checkout, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{text}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    return run
