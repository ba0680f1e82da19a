"""Every command of the README, and of the client's, executed as it stands there."""

import re
import sys

import pytest

from pages import PROJECT, blocks

#: They build and serve for ever, or run this test; scripts/test-fresh runs the first on a bare machine.
ELSEWHERE = ("scripts/run", "scripts/test")
README = blocks("README.md", "sh")
CLIENT = "clients/python/README.md"


def test_nothing_is_left_out_but_the_two_start_commands():
    first = [line.split()[0] for line in README[0][1].splitlines()]
    assert first == list(ELSEWHERE)
    assert not any(line.startswith(ELSEWHERE) for _, block in README[1:] for line in block.splitlines())


def test_it_is_short():
    lines = (PROJECT / "README.md").read_text().splitlines()
    assert len(lines) < 120


@pytest.mark.parametrize("heading, block", README[1:], ids=[heading for heading, _ in README[1:]])
def test_a_block_of_commands(run, heading, block):
    run(["bash", "-euo", "pipefail", "-c"], block)


def test_what_the_commands_leave(run, checkout):
    """Runs after the blocks above."""
    for name in ("heatmap.png", "why.png", "hook.png", "mine.png"):
        assert (checkout / name).read_bytes().startswith(b"\x89PNG"), name
    for name in ("map.npy", "hook.npy"):
        assert (checkout / name).read_bytes().startswith(b"\x93NUMPY"), name
    assert len(list((checkout / "maps").rglob("*.npy"))) == 7
    assert (checkout / "mugs-report/index.html").exists()


@pytest.mark.parametrize("page", ["README.md", CLIENT])
def test_python(run, page):
    (_, block), = blocks(page, "python")
    said = run([sys.executable, "-c"], block)
    comment = re.findall(r"#.*?(\(\d[\d, ]*\)(?: \(\d[\d, ]*\))*)$", block, re.M)
    if page == CLIENT:
        assert said.splitlines()[-1] == comment[-1]
    else:
        assert said.startswith("umbrella ")
