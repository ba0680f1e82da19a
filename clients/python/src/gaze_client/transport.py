"""Requests over connections that are kept: timeouts, and another try where the service says when to come again."""

from __future__ import annotations

import http.client
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from .errors import NoAnswer, Refused, refusal

#: What the service takes at most to compute an answer (ten minutes), and a little for the way.
TIMEOUT = 630.0
CONNECT_TIMEOUT = 10.0
#: What is waited in all before a refusal is passed on.
PATIENCE = 60.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """Any number of threads may use one: each request has a connection to itself."""

    def __init__(self, address: str, *, token: str | None, timeout: float, patience: float,
                 context: ssl.SSLContext | None, sleep: Callable[[float], None] = time.sleep) -> None:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"not the address of a service: {address!r}; such as 'http://127.0.0.1:8080'")
        self.host, self.port, self.secure = parts.hostname, parts.port, parts.scheme == "https"
        self.prefix = parts.path.rstrip("/")
        self.timeout, self.patience, self.sleep = timeout, patience, sleep
        self.context = context or (ssl.create_default_context() if self.secure else None)
        self.fields = {"Authorization": f"Bearer {token}"} if token else {}
        self.idle: deque[http.client.HTTPConnection] = deque()

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        return f"{'https' if self.secure else 'http'}://{host}{port}{self.prefix}"

    def ask(self, verb: str, path: str, query: Mapping[str, str] | None = None, body: bytes | None = None,
            fields: Mapping[str, str] | None = None) -> Answer:
        """The answer. Where it is a refusal that says when to come again (`Retry-After`), asks again then, as long as
        the waits are `patience` in all at most.

        Raises: `Refused` for an answer that is an error, `NoAnswer` where there is none.
        """
        target = self.prefix + path + (f"?{urlencode(query)}" if query else "")
        left = self.patience
        while True:
            try:
                return self._answer(verb, target, body, {**self.fields, **(fields or {})})
            except Refused as refused:
                wait = refused.retry_after
                if wait is None or max(wait, 1) > left:
                    raise
                left -= max(wait, 1)
                self.sleep(wait)

    def close(self) -> None:
        """Closes the connections that are kept."""
        while self.idle:
            self.idle.pop().close()

    def _answer(self, verb: str, target: str, body: bytes | None, fields: Mapping[str, str]) -> Answer:
        try:
            connection, kept = self.idle.pop(), True
        except IndexError:
            connection, kept = self._connection(), False
        try:
            answer = self._exchange(connection, verb, target, body, fields)
        except (http.client.RemoteDisconnected, ConnectionError) as error:
            connection.close()
            # The service closes connections that were idle for long; then nothing of this request was looked at.
            if kept:
                return self._answer(verb, target, body, fields)
            raise NoAnswer(f"{self.address} broke off the connection: {error}") from error
        except TimeoutError as error:
            connection.close()
            raise NoAnswer(f"{self.address} did not answer within {self.timeout:g} seconds") from error
        except (http.client.HTTPException, OSError) as error:
            connection.close()
            raise NoAnswer(f"{self.address} gave no answer that can be read: {error!r}") from error
        except BaseException:
            connection.close()
            raise
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        limit = min(CONNECT_TIMEOUT, self.timeout)
        connection = (http.client.HTTPSConnection(self.host, self.port, timeout=limit, context=self.context)
                      if self.secure else http.client.HTTPConnection(self.host, self.port, timeout=limit))
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise NoAnswer(f"{self.address} cannot be reached ({error}); is the service running?") from error
        connection.sock.settimeout(self.timeout)
        return connection

    def _exchange(self, connection: http.client.HTTPConnection, verb: str, target: str, body: bytes | None,
                  fields: Mapping[str, str]) -> Answer:
        try:
            connection.request(verb, target, body, dict(fields))
        except (BrokenPipeError, ConnectionResetError):
            pass  # What is refused before all of it is sent has its answer all the same.
        response = connection.getresponse()
        content = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        if response.will_close:
            connection.close()
        else:
            self.idle.append(connection)
        if response.status >= 300:
            raise refusal(response.status, response.reason, headers, content)
        return Answer(response.status, headers, content)
