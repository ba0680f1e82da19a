"""The examples of docs/protocols.md, run as they stand there against a service of their own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/protocols.md"
SECONDS = 120


def examples():
    """The code of the document, with the section that it stands in."""
    section = ""
    for heading, language, code in re.findall(r"^## ([^\n]+)$|^```(bash|python)\n(.*?)^```$", DOCUMENT.read_text(),
                                              re.MULTILINE | re.DOTALL):
        section = heading or section
        if code:
            yield pytest.param(section, language, code, id=f"{section}-{language}")


@pytest.mark.parametrize("section, language, code", list(examples()))
def test_examples_run(section, language, code, address, vertex_address, pictures, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(pictures[0])
    code = code.replace("efficientnet-lite0", "vessels").replace(
        "http://127.0.0.1:8080", vertex_address if section == "Vertex AI" else address)
    command = ["bash", "-euo", "pipefail", "-c", code] if language == "bash" else [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout


def test_there_are_examples():
    assert len(list(examples())) >= 6
