"""Connections on which time is the attack. All begin with the session, on a service of their own, so that a test that
is about a minute need not take one.
"""

import threading
import time

from service import ATTACKER, PICTURE
from wire import Closed, get, post

#: The head timeout, the idle timeout and the grace of a body, in seconds, as docs/api.md states them.
HEAD, IDLE, GRACE = 10, 60, 5


class Waiting:
    def __init__(self, service):
        self.service = service
        self._stop = threading.Event()
        self.cases = {}

    def __enter__(self):
        begin = self._begin
        head = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
        announced = post("/api/analyses", b"", "Content-Length: 1000000")
        begin("silent")
        begin("half a head", head)
        begin("trickled head", head, trickle=(b"x" * 1000, 1, 0.5))
        begin("idle", get("/healthz"))
        begin("stalled body", announced + b"\x89")
        begin("trickled body", announced, trickle=(bytes(1000000), 1024, 1))
        begin("steady body", post("/api/analyses", PICTURE, version="1.1")[:-len(PICTURE)],
              trickle=(PICTURE, 6 * 1024, 0.5))
        # 36 MB: more than all buffers between here and there, and together less than answers may take.
        large = get(self.service.keep_large(side=3000))
        begin("unread answer", large, reader=self._read_nothing)
        begin("answer at 64 kB/s", large, reader=lambda case: self._read_slowly(case, 64_000))
        begin("answer at 400 kB/s", large, reader=lambda case: self._read_slowly(case, 400_000))
        return self

    def __exit__(self, *_):
        self._stop.set()
        for case in self.cases.values():
            case.wire.close()

    def __getitem__(self, name):
        return self.cases[name]

    def _begin(self, name, data=b"", trickle=None, reader=None):
        case = Case(self.service, name)
        self.cases[name] = case
        case.wire.send(data)
        if trickle:
            threading.Thread(target=self._send_slowly, args=(case, *trickle), daemon=True).start()
        threading.Thread(target=reader or self._read, args=(case,), daemon=True).start()

    def _send_slowly(self, case, data, count, every):
        for start in range(0, len(data), count):
            if self._stop.wait(every):
                return
            try:
                case.wire.socket.sendall(data[start:start + count])
            except OSError:
                return

    def _read(self, case):
        while True:
            try:
                data = case.wire.socket.recv(1 << 16)
            except TimeoutError:
                continue
            except OSError:
                data = b""
            if not data:
                case.end()
                return
            case.data += data

    def _read_nothing(self, case):
        while self.service.holds(case.wire):
            if self._stop.wait(0.5):
                return
        case.end()

    def _read_slowly(self, case, rate, seconds=30):
        """Steadily for so long, then as fast as it goes."""
        socket, begin = case.wire.socket, time.monotonic()
        while not self._stop.is_set():
            elapsed = time.monotonic() - begin
            allowed = int(elapsed * rate) - case.count if elapsed < seconds else 1 << 20
            if allowed < 1024:
                self._stop.wait(0.02)
                continue
            try:
                data = socket.recv(allowed)
            except OSError:
                data = b""
            if not data:
                break
            case.count += len(data)
            if len(case.data) < 1000:
                case.data += data[:1000]
            if case.is_whole:
                break
        case.end()


class Case:
    def __init__(self, service, name):
        self.service = service
        self.name = name
        self.wire = service.connect(ATTACKER, timeout=120)
        self.data = b""
        #: Bytes that came of an answer that is read slowly.
        self.count = 0
        self.begin = time.monotonic()
        self.ended_after = None
        self._ended = threading.Event()

    def end(self):
        self.ended_after = time.monotonic() - self.begin
        self._ended.set()

    def wait(self, seconds):
        """Seconds after which it ended; None if that was not within so many, for which it waits."""
        self._ended.wait(max(self.begin + seconds - time.monotonic(), 0))
        return self.ended_after if self._ended.is_set() and self.ended_after <= seconds else None

    @property
    def is_whole(self):
        head, found, _ = self.data.partition(b"\r\n\r\n")
        if not found:
            return False
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), None)
        return length is not None and self.count >= len(head) + 4 + int(length.split(b":")[1])

    def answer(self):
        """The first answer among the bytes that came, or `Closed` where it is not whole."""
        self.wire.received = self.data
        self.wire.socket.close()
        try:
            return self.wire.answer(seconds=1)
        except OSError:
            raise Closed(self.data) from None
