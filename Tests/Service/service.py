"""The service under attack: the real program with a store of its own, and what the operating system says of it."""

import os
import re
import resource
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from own_service import OwnService
from watch import Watch, health
from wire import Closed, Wire, get, png, post

#: Whether the attacks are as large and as long as they were when Gaze was brought down by them.
LONG = os.environ.get("GAZE_LONG") == "1"
#: As many classes as ImageNet has, with words in common: whoever looks for similar names has to look at all of them.
LABELS = [f"vessel of the {number}th kind, {word}" for number in range(200)
          for word in ("mug", "cup", "bowl", "glass", "stein")]

MEBIBYTE = 1 << 20
#: Whoever attacks comes from this address, whoever is served beside them from 127.0.0.1.
ATTACKER = "127.0.0.2"
PICTURE = png(224, 224, seed=1)
#: A picture whose map at its own resolution has 25 million numbers: 100 MB.
LARGE_SIDE = 5000
#: What was timed: lines for the end of the session.
notes = []


class Service(OwnService):
    """`with service:` runs it. Its log goes to a file, unless `stderr` says otherwise."""

    def __init__(self, command, folder, arguments=(), files=None, stderr=None):
        super().__init__(command, folder)
        self.arguments = arguments
        self.files = files
        self.stderr = stderr
        self.log_file = None

    def __enter__(self):
        self.log_file = tempfile.NamedTemporaryFile(prefix="gaze-log-", suffix=".txt")
        limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, self.files)) if self.files else None
        try:
            self.start(*self.arguments, stderr=self.stderr or self.log_file, preexec_fn=limit)
        except AssertionError as error:
            self.end()
            raise AssertionError(f"{error}; its log: {self.log()[-400:]}") from None
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait(timeout=30)

    @property
    def port(self):
        return int(self.address.rsplit(":", 1)[1])

    @property
    def is_alive(self):
        return self.process.poll() is None

    def log(self):
        return Path(self.log_file.name).read_text(errors="replace")

    def signal(self, number):
        os.kill(self.process.pid, number)

    def ends_within(self, seconds):
        """The exit code, negative for a signal; None where it still runs after so long."""
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None

    # What it is asked.

    def connect(self, source="127.0.0.1", **how):
        return Wire(self.port, source, **how)

    def ask(self, request, source="127.0.0.1", **how):
        """An answer on a connection of its own."""
        with self.connect(source) as wire:
            return wire.ask(request, **how)

    def keep(self, image=PICTURE):
        """The address of a new analysis."""
        answer = self.ask(post("/api/analyses", image))
        assert answer.status == 201, answer
        return answer.json()["links"]["self"]

    def keep_large(self, side=LARGE_SIDE):
        """The address of a map of 100 MB, or of other size, of an analysis that is kept."""
        return f"{self.keep(png(side, side))}/saliency.npy?resolution=image"

    def metric(self, name, **labels):
        """The sum over all samples of this name with these labels; None where there is none."""
        text = self.ask(get("/metrics")).body.decode()
        values = []
        for line in text.splitlines():
            found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if found and found[1] == name:
                here = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
                if all(here.get(label) == str(value) for label, value in labels.items()):
                    values.append(float(found[3]))
        return sum(values) if values else None

    # What the operating system says of it.

    def resident(self):
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def processor_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def file_limit(self):
        """The soft limit of open files that it runs under."""
        return resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE)[0]

    def holds(self, wire):
        """Whether the service's end of a connection is still open, seen from outside: the client need not read.
        Source: proc_net_tcp; a socket that no process holds has inode 0.
        """
        ends = (f":{self.port:04X}", f":{wire.port:04X}")
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(ends[0]) and fields[2].endswith(ends[1]):
                return fields[9] != "0"
        return False

    # How it is.

    def health(self):
        return health(self.port)

    @contextmanager
    def watched(self, what):
        """Watches it during the block; afterwards it must be alive and must have answered every `/healthz` in time."""
        with Watch(self.port, self.resident) as watch:
            try:
                yield watch
            finally:
                notes.append(f"{what}: {watch}")
        assert self.is_alive, f"the process ended with {self.process.returncode}; its log: {self.log()[-600:]}"
        assert watch.unanswered == 0, f"/healthz: {watch}"


def eventually(what, seconds, every=0.1):
    """Waits until `what()` is true; False if it never is."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True


def at_once(service, requests, source=ATTACKER, seconds=60):
    """The answers to requests that are sent at the same time, a connection each; None where there was none."""
    answers = [None] * len(requests)

    def ask(place):
        try:
            answers[place] = service.ask(requests[place], source, seconds=seconds)
        except (OSError, Closed):
            pass

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
