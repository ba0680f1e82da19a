"""The systemd unit: what systemd says of it, and whether the program stays within what it allows.

systemd itself does not run in a container, so its filters are compared with the calls that the program makes. What the
unit does to files, users and memory, test_package.py does by other means.
"""

import re
import shutil
import signal
import subprocess

import pytest

from debian import PROJECT
from service import LABELS, PICTURE, Service, eventually
from wire import get, post

UNIT = PROJECT / "deploy/debian/gaze.service"
#: As `systemd-analyze security` counts it: 0 is the least.
MOST_EXPOSED = 1.5

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here.")
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not here; apt-get install strace.")


def values(key):
    return [line.partition("=")[2] for line in UNIT.read_text().splitlines() if line.startswith(key + "=")]


@needs_systemd
def test_systemd_understands_every_line(tmp_path):
    """With a program that is here in place of one that is not installed."""
    unit = tmp_path / "gaze.service"
    unit.write_text(UNIT.read_text().replace("/usr/bin/gaze", "/bin/true"))
    found = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    assert found.returncode == 0 and "gaze.service:" not in found.stderr, found.stderr


@needs_systemd
def test_little_is_exposed():
    found = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT], capture_output=True,
                           text=True)
    level = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", found.stdout)[1])
    assert level <= MOST_EXPOSED, found.stdout


def test_there_is_time_to_end():
    assert float(values("TimeoutStopSec")[0]) > 20


@needs_systemd
@needs_strace
def test_the_program_asks_for_no_more_than_it_may(command, tmp_path):
    allowed = set()
    for line in values("SystemCallFilter"):
        for group in line.lstrip("~").split():
            calls = calls_of(group)
            allowed = allowed - calls if line.startswith("~") else allowed | calls
    assert {"read", "futex", "epoll_wait"} <= allowed and "mount" not in allowed

    store = tmp_path / "store"
    store.mkdir()
    Service(command, store).add("vessels", LABELS)
    trace = tmp_path / "trace"
    # With the program as our own child, so that it ends when it is ended.
    traced = ["strace", "--daemonize", "--follow-forks", "--output", str(trace), "--signal=none", *command]
    with Service(traced, store) as service:
        assert service.ask(post("/api/explain?colorbar=true", PICTURE, "Accept: image/png"), seconds=60).status == 200
        assert service.ask(post("/api/explain?method=rise&masks=20", PICTURE), seconds=60).status == 200
        assert service.ask(get(service.keep())).status == 200
        for path in ("/metrics", "/readyz", "/"):
            assert service.ask(get(path)).status == 200
        service.signal(signal.SIGTERM)
        assert service.ends_within(60) == 0
    end = re.compile(rf"^{service.process.pid} +\+\+\+ exited with 0", re.M)
    assert eventually(lambda: end.search(trace.read_text(errors="replace")), 30), "strace has not written its end"
    lines = re.findall(r"^\d+ +(\w+)\((.*)$", trace.read_text(errors="replace"), re.M)
    # What begins the program.
    made = {call for call, _ in lines} - {"execve"}
    assert "epoll_wait" in made or "epoll_pwait" in made
    assert made <= allowed, f"not allowed by the unit: {sorted(made - allowed)}"
    families = {re.match(r"AF_\w+", arguments)[0] for call, arguments in lines if call == "socket"}
    assert families <= set(values("RestrictAddressFamilies")[0].split()), families
    executable = [f"{call}({arguments}" for call, arguments in lines
                  if call in ("mmap", "mprotect") and "PROT_WRITE|PROT_EXEC" in arguments]
    assert not executable, executable


def calls_of(group):
    """The system calls of one of systemd's groups, with those of the groups within."""
    if not group.startswith("@"):
        return {group}
    text = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", group], capture_output=True, text=True)
    calls = set()
    for line in text.stdout.splitlines()[1:]:
        name = line.strip()
        if name and not name.startswith("#"):
            calls |= calls_of(name)
    return calls
