"""The README's two commands on a machine that has nothing yet, and what can stand in their way."""

import json
import os
import re
import select
import shutil
import socket
import subprocess
import time
import urllib.request

import pytest
from selenium import webdriver

from debian import PROJECT, obstacle
from machine import CHECKOUT, Machine, toolchain
from page import Page

SECONDS_TO_BUILD = 3600
SECONDS_FOR_THE_SECOND_RUN = 120
#: What was timed: lines for the end of the session.
notes = []


@pytest.fixture(scope="session")
def machine(tmp_path_factory):
    if reason := obstacle():
        pytest.skip(reason)
    swift = toolchain()
    if not swift:
        pytest.skip("swift is not on the PATH, and GAZE_SWIFT names no toolchain.")
    machine = Machine(tmp_path_factory.mktemp("fresh"), swift)
    if program := os.environ.get("GAZE_STAND_IN"):
        stand_in(machine, program)
    return machine


def stand_in(machine, program):
    """A `swift` that hands out a program in place of a build."""
    folder = machine.root / "opt/stand-in/usr/bin"
    folder.mkdir(parents=True)
    shutil.copy(program, folder / "gaze")
    shutil.copytree(PROJECT / "Static", machine.root / "opt/stand-in/usr/bin/Static")
    swift(folder, '''case "$*" in
  --version) echo "Swift version 6.3.1" ;;
  *--show-bin-path*) echo "$PWD/.build/release" ;;
  *) mkdir -p .build/release; [ -e .build/release/gaze ] || echo "Compiling";
     cp -rn /opt/stand-in/usr/bin/gaze /opt/stand-in/usr/bin/Static .build/release ;;
esac''')
    machine.mounts = {machine.root / "opt/stand-in": "/opt/swift", **{
        outside: inside for outside, inside in machine.mounts.items() if inside != "/opt/swift"}}


def swift(folder, script):
    """A `swift` that does what the script says."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "swift").write_text(f"#!/bin/bash\n{script}\n")
    (folder / "swift").chmod(0o755)


# What can stand in the way before anything is installed.


def test_without_swift(machine):
    done = machine.try_as_user("scripts/run", swift="")
    assert done.returncode == 1 and "swift.org/install/linux" in done.stderr, done.stderr


def test_a_swift_that_is_too_old(machine):
    swift(machine.root / "opt/old", 'echo "Swift version 5.9.2 (swift-5.9.2-RELEASE)"')
    done = machine.try_as_user("scripts/run", swift="/opt/old")
    assert done.returncode == 1 and "6.2 or later" in done.stderr and "/opt/old/swift is Swift 5.9" in done.stderr


def test_without_root(machine):
    """Once where there is no sudo, once where it refuses."""
    for before in (f'mount --bind /dev/null "{machine.root}/etc/sudoers.d/somebody"',
                   f'mount --bind /dev/null "{machine.root}/usr/bin/sudo"'):
        done = machine.try_as_user("scripts/run </dev/null", before=before)
        assert done.returncode == 1 and "apt-get install" in done.stderr and "libpng-dev" in done.stderr, done.stderr


def test_without_a_network_nothing_can_be_installed(machine):
    done = subprocess.run(["unshare", "--net", *machine.as_user("scripts/run")], capture_output=True, text=True)
    assert done.returncode == 1 and "Check the network" in done.stderr, done.stderr[-1000:]


# What it installs is there from here on.


@pytest.fixture(scope="session")
def set_up(machine):
    began = time.monotonic()
    done = machine.try_as_user("scripts/setup")
    assert done.returncode == 0, done.stdout + done.stderr
    notes.append(f"scripts/setup: {time.monotonic() - began:.0f} s")
    assert "all there" in machine.try_as_user("scripts/setup").stdout
    return machine


def test_a_full_disk(set_up):
    folder = f"{set_up.root}{CHECKOUT}/.build"
    before = f'mkdir -p "{folder}" && mount -t tmpfs -o size=100M,mode=777 tmpfs "{folder}"'
    done = set_up.try_as_user("scripts/run", before=before)
    assert done.returncode == 1 and "100 MB are free" in done.stderr, done.stderr[-1000:]


def test_a_checkout_of_somebody_else(set_up):
    folder = f"{set_up.root}{CHECKOUT}"
    before = f'mount --bind "{folder}" "{folder}" && mount -o remount,bind,ro "{folder}"'
    done = set_up.try_as_user("scripts/run", before=before)
    assert done.returncode == 1 and "checkout of your own" in done.stderr, done.stderr[-1000:]


# What builds.


class Running:
    """`scripts/run` until it serves."""

    def __init__(self, command, seconds):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.said, deadline = "", time.monotonic() + seconds
        while not (ready := re.search(r"is ready: (\S+)\n", self.said)):
            waiting, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self.process.stdout.fileno(), 65536) if waiting else b""
            if not part:
                self.end()
                raise AssertionError(f"it never served: {self.said[-3000:]}")
            self.said += part.decode(errors="replace")
        self.address = ready[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="session")
def first_run(set_up):
    """Runs once for all that follow; the service ends with the session."""
    if os.environ.get("GAZE_SHORT") == "1":
        pytest.skip("it builds: scripts/test-fresh without --short")
    began = time.monotonic()
    with Running(set_up.as_user("exec scripts/run --port 0"), SECONDS_TO_BUILD) as running:
        heatmap = explained(running.address)
        notes.append(f"from the clone to the first heatmap, packages installed: {time.monotonic() - began:.0f} s")
        assert heatmap.startswith(b"\x89PNG")
        yield running


def explained(address):
    """A heatmap, as the README's requests for curl fetch one."""
    image = (PROJECT / "Static/samples/umbrella.webp").read_bytes()
    with urllib.request.urlopen(urllib.request.Request(address + "/api/analyses", data=image)) as answer:
        analysis = json.load(answer)
    assert analysis["predictions"][0]["label"] == "umbrella"
    with urllib.request.urlopen(address + analysis["links"]["heatmap"]) as answer:
        return answer.read()


def test_the_page_explains_an_image(first_run):
    options = webdriver.ChromeOptions()
    options.binary_location = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1366,900"):
        options.add_argument(argument)
    service = webdriver.ChromeService(os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver"))
    with webdriver.Chrome(options=options, service=service) as driver:
        page = Page(driver, first_run.address)
        page.analyse(PROJECT / "Static/samples/umbrella.webp")
        assert page.labels()[0] == "umbrella" and len(page.pixels()["colours"]) > 1


def test_the_second_run_is_quick(first_run, set_up):
    began = time.monotonic()
    with Running(set_up.as_user("exec scripts/run --port 0"), SECONDS_FOR_THE_SECOND_RUN) as running:
        assert explained(running.address).startswith(b"\x89PNG")
    notes.append(f"the second run, to its first heatmap: {time.monotonic() - began:.0f} s")
    assert not re.search(r"Compiling|^installing", running.said, re.M)


def test_what_is_there_needs_no_network(first_run, set_up):
    command = ["unshare", "--net", "bash", "-c", 'ip link set lo up 2>/dev/null; exec "$@"', "-",
               *set_up.as_user("exec scripts/run --port 0")]
    with Running(command, SECONDS_FOR_THE_SECOND_RUN):
        pass


def test_a_port_that_is_taken(first_run, set_up):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = set_up.try_as_user(f"scripts/run --port {taken.getsockname()[1]}")
    assert done.returncode == 69 and "another port" in done.stderr, done.stderr[-1000:]


@pytest.mark.long
def test_the_second_command(first_run, set_up):
    if os.environ.get("GAZE_LONG") != "1":
        pytest.skip("over an hour: GAZE_LONG=1")
    done = set_up.try_as_user("scripts/test")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
