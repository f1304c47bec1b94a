# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTPS client: TLS, time limits, size limits, redirects, redaction. One call here is one try.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
What to do about a try that came to nothing is decided in contact.py.
"""

from __future__ import annotations

import json
import socket
import ssl
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import Clock
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    InvalidResponseFailure,
    UnreachableFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.libraries import requests
from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import Redactor, TooDeep
from ansible_collections.vcf.lifecycle.plugins.module_utils.version import VERSION

MAX_BODY_BYTES = 32 * 1024 * 1024
"""How large an answer may be, unpacked. A page of a hundred tasks is below one megabyte."""

_MAX_REDIRECTS = 3
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Request:
    """What is sent. C(secret) marks a login, whose answer is handed over unmasked."""

    method: str
    url: str
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    basic: tuple[str, str] | None = None
    secret: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back. C(foreign) says that the body is not JSON, so that somebody else than the service may speak."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    foreign: bool = False
    url: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the service did what it was asked."""
        return 200 <= self.status < 300


class Fault(Exception):
    """A try that came to nothing.

    :param reason: a clause for people, e.g. C("connection refused").
    :param sent: whether the service may have received, and carried out, the request.
    :param first_kind: the kind of failure this is at once, if the service has never answered sensibly before.
    :param retry_after: seconds that the service asked to be left alone.
    """

    def __init__(
        self, reason: str, *, sent: bool = True, first_kind: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.first_kind = first_kind
        self.retry_after = retry_after


class Transport:
    """Sends requests, one try each.

    Proxies are taken from the environment as everywhere; nothing else is: neither a CA bundle nor a C(.netrc) may
    stand in for what the options say.
    """

    def __init__(
        self,
        *,
        verify: bool | str,
        timeout: float,
        redactor: Redactor,
        clock: Clock,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        """Prepare a client; nothing is sent yet.

        :param verify: whether to verify certificates, or the path of the PEM bundle to verify them with.
        :param timeout: seconds for one try, from the first byte sent to the last one received.
        """
        self._verify = verify
        self._timeout = timeout
        self._redactor = redactor
        self._clock = clock
        self._max_body_bytes = max_body_bytes
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"Accept": "application/json", "User-Agent": f"vcf.lifecycle/{VERSION}"})
        adapter = requests.adapters.HTTPAdapter(pool_connections=2, pool_maxsize=2, max_retries=0)
        self._session.mount("https://", adapter)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def exchange(self, request: Request) -> Answer:
        """Send a request once and return the answer, whatever its status.

        :raises Fault: when no whole answer came back.
        :raises InvalidResponseFailure: when the answer is too large or too deep to be read.
        """
        ends_at = self._clock.monotonic() + self._timeout
        url = request.url
        for _hop in range(_MAX_REDIRECTS + 1):
            answer = self._try(request, url, ends_at)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            url = redirected(request.method, url, answer)
        raise Fault("it redirects in a circle", first_kind=InvalidResponseFailure.kind)

    def _try(self, request: Request, url: str, ends_at: float) -> Answer:
        try:
            with warnings.catch_warnings():
                if self._verify is False:
                    # Who turned verification off knows; urllib3 would say it again for each request.
                    warnings.simplefilter("ignore")
                with self._session.request(
                    request.method,
                    url,
                    params=request.query,
                    headers=request.headers,
                    json=request.json,
                    data=request.form,
                    auth=request.basic,
                    timeout=self._timeout,
                    verify=self._verify,
                    proxies=requests.utils.get_environ_proxies(url),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    content = self._read(response, ends_at)
                    return self._answer(request, url, response, content)
        except requests.RequestException as error:
            _raise_fault(error)
        except ValueError as error:
            # requests looks at where a redirect leads, also when it is not to follow it.
            raise Fault(
                "it redirects to an address that makes no sense", first_kind=InvalidResponseFailure.kind
            ) from error

    def _read(self, response: requests.Response, ends_at: float) -> bytes:
        content = bytearray()
        for chunk in response.iter_content(_CHUNK_BYTES):
            content += chunk
            if len(content) > self._max_body_bytes:
                raise InvalidResponseFailure(
                    f"The answer to GET {urlsplit(response.url).path} is larger than {self._max_body_bytes} bytes; "
                    "it was not read further. Narrow the selection, or check that hostname is the service's."
                )
            if self._clock.monotonic() > ends_at:
                raise Fault(f"the answer was not complete within {self._timeout:g} seconds")
        return bytes(content)

    def _answer(self, request: Request, url: str, response: requests.Response, content: bytes) -> Answer:
        body, foreign = None, False
        if content.strip():
            try:
                body = json.loads(content, parse_constant=lambda _name: None)
                body = body if request.secret and response.ok else self._redactor.body(body)
            except (RecursionError, TooDeep):
                raise InvalidResponseFailure(
                    f"The answer to {request.method} {urlsplit(url).path} is nested too deeply to be read."
                ) from None
            except ValueError:
                foreign = True
        return Answer(response.status_code, response.headers, body, foreign, url)


def redirected(method: str, url: str, answer: Answer) -> str:
    """Return the address that a redirect leads to, as long as it stays on the host that was asked.

    :raises Fault: when it leaves the host, or would turn a request into another one.
    """
    target = urljoin(url, answer.headers.get("Location", ""))
    if _origin(target) != _origin(url):
        raise Fault(
            f"it redirects to another host ({_shown_origin(target)}), which is refused so that no credentials go there",
            first_kind=InvalidResponseFailure.kind,
        )
    if method != "GET" and answer.status not in (307, 308):
        raise Fault(f"it answers {method} with a redirect", sent=False, first_kind=InvalidResponseFailure.kind)
    return target


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return "", None, None


def _shown_origin(url: str) -> str:
    scheme, host, port = _origin(url)
    return f"{scheme}://{host}:{port}" if host else "an address that makes no sense"


def _raise_fault(error: requests.RequestException) -> NoReturn:
    """Turn what requests raises into a reason that a person can act on."""
    chain = list(_causes(error))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = cause.verify_message or cause.reason or "unknown reason"
            raise Fault(
                f"its certificate does not verify ({why})", sent=False, first_kind=UnreachableFailure.kind
            ) from error
    if isinstance(error, requests.exceptions.ProxyError):
        raise Fault("the proxy that the environment names can not be reached", sent=False) from error
    if any(isinstance(cause, socket.gaierror) for cause in chain):
        raise Fault("its name does not resolve", sent=False, first_kind=UnreachableFailure.kind) from error
    if any(isinstance(cause, ConnectionRefusedError) for cause in chain):
        raise Fault("connection refused", sent=False) from error
    if isinstance(error, requests.exceptions.ConnectTimeout):
        raise Fault("no connection within the request time-out", sent=False) from error
    if isinstance(error, requests.Timeout) or any(isinstance(cause, TimeoutError) for cause in chain):
        raise Fault("no answer within the request time-out") from error
    if any(isinstance(cause, ssl.SSLError) for cause in chain):
        raise Fault("the TLS handshake failed", sent=False) from error
    for cause in chain:
        if isinstance(cause, OSError) and cause.strerror:
            connecting = any(type(wrapper).__name__ == "NewConnectionError" for wrapper in chain)
            raise Fault(str(cause.strerror).lower(), sent=not connecting) from error
    raise Fault("the connection broke before the answer was complete") from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that it wraps, by whatever way requests and urllib3 have wrapped it."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        current = waiting.pop()
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
