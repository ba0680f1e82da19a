"""How a service is while something is done to it: whether and how soon it answers `/healthz`, and its resident memory."""

import threading
import time

from wire import Closed, Wire, get

#: Later than this is no answer.
PATIENCE = 2.0


def health(port):
    """Seconds that `/healthz` takes on a new connection; None where it is not answered in time, or not well."""
    begin = time.monotonic()
    try:
        with Wire(port, timeout=PATIENCE) as wire:
            if wire.ask(get("/healthz")).status != 200:
                return None
    except (OSError, Closed):
        return None
    return time.monotonic() - begin


class Watch:
    """Watches during a `with` block.

    `resident` gives the process's bytes.
    """

    def __init__(self, port, resident, every=0.1):
        self.port = port
        self.resident = resident
        self.every = every
        self.times = []
        self.unanswered = 0
        self.peak = resident()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.is_set():
            seconds = health(self.port)
            if seconds is None:
                self.unanswered += 1
            else:
                self.times.append(seconds)
            try:
                self.peak = max(self.peak, self.resident())
            except (OSError, IndexError):  # The process has ended.
                pass
            self._stop.wait(self.every)

    def __str__(self):
        times = sorted(self.times) or [float("nan")]
        at = lambda share: times[min(int(share * len(times)), len(times) - 1)] * 1e3
        return (f"/healthz p50 {at(0.5):.0f} ms, p99 {at(0.99):.0f} ms, greatest {at(1):.0f} ms, "
                f"unanswered {self.unanswered} of {self.unanswered + len(self.times)}; resident at most {self.peak >> 20} MiB")
