"""Three replicas behind a real HAProxy with the configuration that deploy/ carries, and clients that ask them for a
while."""

import re
import shutil
import socket
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

from service import Service, eventually
from wire import Closed, Wire, get, png, post

CONFIGURATION = Path(__file__).parents[2] / "deploy/haproxy/haproxy.cfg"
NAMES = ("gaze-0", "gaze-1", "gaze-2")
#: Megabytes for kept analyses: so many that none gives way to another while a test runs.
CACHE = "4096"
#: An upload that fits into HAProxy's buffer, so that it can be sent again.
SMALL = png(64, 64, seed=1)


def haproxy():
    return shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")


class Fleet:
    """`with Fleet(command, store, folder) as fleet:`"""

    def __init__(self, command, store, folder):
        self.command = command
        self.store = store
        self.folder = folder
        self.replicas = {}
        self.proxy = None
        self.port = free_port()

    def __enter__(self):
        try:
            for name in NAMES:
                self.start(name)
            self.proxy = self.start_proxy()
            assert eventually(self.answers, 30), self.proxy_log()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.proxy:
            self.proxy.kill()
            self.proxy.wait(timeout=30)
        for replica in self.replicas.values():
            replica.end()

    def start(self, name, *arguments):
        """Starts a replica, at the port that it had before where it had one."""
        former = self.replicas.get(name)
        port = ("--port", str(former.port)) if former else ()
        settings = ("--replica", name, "--trusted-proxy", "127.0.0.1", "--cache", CACHE)
        service = Service(self.command, self.store, (*settings, *arguments, *port))
        self.replicas[name] = service
        service.__enter__()

    def start_proxy(self):
        """HAProxy with deploy/'s configuration, in which only the addresses are others."""
        text, binds = re.subn(r"(?m)^    bind :80$", f"    bind 127.0.0.1:{self.port}", CONFIGURATION.read_text())
        assert binds == 1
        for name, replica in self.replicas.items():
            text, servers = re.subn(rf"(?m)^    server {name} \S+", f"    server {name} 127.0.0.1:{replica.port}", text)
            assert servers == 2, f"{name} is named {servers} times in {CONFIGURATION}"
        path = self.folder / "haproxy.cfg"
        path.write_text(text)
        self.log = open(self.folder / "haproxy.log", "ab")
        return subprocess.Popen([haproxy(), "-db", "-f", path], stdout=self.log, stderr=subprocess.STDOUT)

    def restart_proxy(self):
        self.proxy.kill()
        self.proxy.wait(timeout=30)
        self.proxy = self.start_proxy()
        assert eventually(self.answers, 30)

    def answers(self):
        try:
            return self.ask(get("/readyz")).status == 200
        except (OSError, Closed):
            return False

    def proxy_log(self):
        return (self.folder / "haproxy.log").read_text()[-2000:]

    def ask(self, request):
        with Wire(self.port) as wire:
            return wire.ask(request)

    def keep(self):
        """The id of a new analysis."""
        answer = self.ask(post("/api/analyses", SMALL))
        assert answer.status == 201, answer
        return answer.json()["id"]

    def keep_on_all(self, count):
        """Ids of new analyses, at least so many on each replica."""
        ids = {name: [] for name in self.replicas}
        for _ in range(100 * count):
            if all(len(kept) >= count for kept in ids.values()):
                return ids
            id = self.keep()
            ids[replica_of(id)].append(id)
        raise AssertionError(f"uploads do not reach all replicas: { {name: len(kept) for name, kept in ids.items()} }")

    def is_served_by(self, name):
        """Whether uploads reach this replica."""
        return any(replica_of(self.keep()) == name for _ in range(3))


def replica_of(id):
    name, start, random = id.split(".")
    assert re.fullmatch("[0-9a-f]{8}", start) and re.fullmatch("[0-9a-f]{32}", random), id
    return name


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Load:
    """Clients that ask again and again, each on a connection of its own, until the block ends; `counts` says what was
    answered, by (what, status)."""

    def __init__(self, port, requests, clients=1):
        """- requests: the requests by what they are; each client begins with another and goes round."""
        self.port = port
        self.requests = requests
        self.counts = Counter()
        #: What was answered otherwise than by 200 and 201, for the message of a failed test.
        self.odd = []
        self.ends = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._ask, args=(place,)) for place in range(clients * len(requests))]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self.threads:
            thread.join()

    def answered(self, what, status):
        with self.lock:
            return self.counts[what, status]

    def goes_on(self, more=10, seconds=60):
        """Waits until each kind of request has had so many more good answers."""
        before = {what: self._good(what) for what in self.requests}
        return eventually(lambda: all(self._good(what) >= before[what] + more for what in self.requests), seconds)

    def _good(self, what):
        return self.answered(what, 200) + self.answered(what, 201)

    def _ask(self, place):
        wire = None
        names = list(self.requests)
        while not self.ends.is_set():
            what = names[place % len(names)]
            place += 1
            try:
                wire = wire or Wire(self.port)
                answer = wire.ask(self.requests[what])
                status = answer.status
            except (OSError, Closed) as error:
                answer, status = error, type(error).__name__
            with self.lock:
                self.counts[what, status] += 1
                if status not in (200, 201):
                    self.odd.append(f"{what}: {answer}")
            if wire and (status not in (200, 201) or answer.closes):
                wire.close()
                wire = None
            time.sleep(0.02)
        if wire:
            wire.close()
