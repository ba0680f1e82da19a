"""A Gaze with a store of its own, and models of random weights to put into it."""

import array
import json
import math
import os
import random
import select
import shlex
import struct
import subprocess

import pytest

SQUEEZENET_FIRES = {3: (64, 16, 64), 4: (128, 16, 64), 6: (128, 32, 128), 7: (256, 32, 128), 9: (256, 48, 192),
                    10: (384, 48, 192), 11: (384, 64, 256), 12: (512, 64, 256)}

SECONDS_TO_START = 120
SECONDS_TO_IMPORT = 60


def server_command():
    """What starts the program, up to and with `serve`; skips the test where nobody says."""
    text = os.environ.get("GAZE_SERVER_COMMAND")
    if not text:
        pytest.skip("GAZE_SERVER_COMMAND is not set, such as '.build/release/gaze serve'.")
    return shlex.split(text)


class OwnService:
    def __init__(self, command, folder):
        self.command = command
        self.folder = folder
        self.environment = {**os.environ, "GAZE_MODELS": str(folder / "models")}
        self.process = None
        self.address = None

    def start(self, *arguments, port="0", model="vessels", **options):
        """Starts it on a free port, or where its environment says if `port` is None; options are those of
        `subprocess.Popen`.
        """
        places = [] if port is None else ["--port", port]
        command = [*self.command, *places, "--model", model, *arguments]
        self.process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True, **options)
        said, _, _ = select.select([self.process.stdout], [], [], SECONDS_TO_START)
        line = self.process.stdout.readline() if said else ""
        assert "ready: " in line, f"the service said {line!r}"
        self.address = line.split("ready: ")[1].strip()

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=30)

    def add(self, name, labels):
        """Imports a SqueezeNet 1.1 of random weights for these classes, as a user imports a model of their own."""
        weights, names = self.folder / f"{name}.safetensors", self.folder / f"{name}.txt"
        weights.write_bytes(safetensors(squeezenet(len(labels), seed=len(name))))
        names.write_text("".join(f"{label}\n" for label in labels))
        arguments = ["models", "import", weights, "--labels", names, "--name", name]
        subprocess.run([self.command[0], *arguments], env=self.environment, check=True, stdout=subprocess.DEVNULL,
                       timeout=SECONDS_TO_IMPORT)


def squeezenet(class_count, seed):
    """Parameters under torchvision's names: [out, in, height, width], and a bias for each."""
    numbers = random.Random(seed)
    parameters = {}

    def add(name, outputs, inputs, side):
        deviation = math.sqrt(2 / (inputs * side * side))
        values = array.array("f", (numbers.gauss(0, deviation) for _ in range(outputs * inputs * side * side)))
        parameters[f"{name}.weight"] = ([outputs, inputs, side, side], values)
        parameters[f"{name}.bias"] = ([outputs], array.array("f", [0.01] * outputs))

    add("features.0", 64, 3, 3)
    for place, (inputs, squeezed, expanded) in SQUEEZENET_FIRES.items():
        add(f"features.{place}.squeeze", squeezed, inputs, 1)
        add(f"features.{place}.expand1x1", expanded, squeezed, 1)
        add(f"features.{place}.expand3x3", expanded, squeezed, 3)
    add("classifier.1", class_count, 512, 1)
    return parameters


def safetensors(parameters):
    """The file format: length of the header, header, data. https://huggingface.co/docs/safetensors"""
    header, data = {}, bytearray()
    for name, (shape, values) in parameters.items():
        start = len(data)
        data += values.tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, len(data)]}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(data)
