# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTPS client: TLS, time limits, size limits, redirects, redaction. One call here is one try.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
What to do about a try that came to nothing is decided in contact.py.
"""

from __future__ import annotations

import socket
import ssl
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import urljoin, urlsplit

from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import Clock
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    InvalidResponseFailure,
    UnreachableFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.libraries import requests
from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import Redactor, TooDeep, parse
from ansible_collections.vcf.lifecycle.plugins.module_utils.version import VERSION

MAX_BODY_BYTES = 32 * 1024 * 1024
"""How large an answer may be, unpacked. A page of a hundred tasks is below one megabyte."""

_MAX_REDIRECTS = 3
_CHUNK_BYTES = 64 * 1024
_REMEMBERED_BYTES = 4 * 1024 * 1024
_SHORTEST_TIMEOUT = 0.1


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


def is_sendable(token: str) -> bool:
    """Tell whether a token can be sent in a header."""
    return token.isascii() and token.isprintable() and " " not in token


class Delivery(Enum):
    """What is known of a request that has had no sensible answer."""

    NONE = "it was not delivered"
    ANSWERED = "something answered, and did not say that it was carried out"
    BROKEN = "it may have been delivered before the connection broke"
    LATE = "it may have been delivered, and may still be carried out"


class Fault(Exception):
    """A try that came to nothing.

    :param reason: a clause for people, e.g. C("connection refused").
    :param delivery: what this says about the request; where it is not certain, the worse is assumed.
    :param first_kind: the kind of failure this is at once, if the service has never answered sensibly before.
    :param retry_after: seconds that the service asked to be left alone.
    :param http_status: of the answer that was none.
    """

    def __init__(
        self,
        reason: str,
        *,
        delivery: Delivery = Delivery.ANSWERED,
        first_kind: str | None = None,
        retry_after: float | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.delivery = delivery
        self.first_kind = first_kind
        self.retry_after = retry_after
        self.http_status = http_status


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
        # A path in any case: since requests leaves the authorities to whoever brings a context.
        self._verify = requests.utils.DEFAULT_CA_BUNDLE_PATH if verify is True else verify
        self._timeout = timeout
        self._redactor = redactor
        self._clock = clock
        self._max_body_bytes = max_body_bytes
        self._limit = Limit()
        self._last: tuple[tuple[bytes, int], Any] | None = None
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"Accept": "application/json", "User-Agent": f"vcf.lifecycle/{VERSION}"})
        self._session.mount("https://", bounded_adapter(self._limit, verified=verify is not False))

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def exchange(self, request: Request, seconds: float | None = None) -> Answer:
        """Send a request once and return the answer, whatever its status.

        :param seconds: how long it may take, where that is less than the request time-out.
        :raises Fault: when no whole answer came back, or one that is too large or too deep to be read.
        """
        timeout = self._timeout if seconds is None else max(min(self._timeout, seconds), _SHORTEST_TIMEOUT)
        self._limit.set(timeout)
        url = request.url
        for hop in range(_MAX_REDIRECTS + 1):
            # A redirect has its query in its address.
            left = max(self._limit.left() or 0.0, _SHORTEST_TIMEOUT)
            answer = self._try(request, url, request.query if hop == 0 else {}, left)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            if hop and request.method != "GET":
                break
            url = redirected(request.method, url, answer)
        raise Fault("it redirects in a circle", first_kind=InvalidResponseFailure.kind)

    def _try(self, request: Request, url: str, query: Mapping[str, Any], timeout: float) -> Answer:
        try:
            with warnings.catch_warnings():
                if self._verify is False:
                    # Who turned verification off knows; urllib3 would say it again for each request.
                    warnings.simplefilter("ignore")
                with self._session.request(
                    request.method,
                    url,
                    params=query,
                    headers=request.headers,
                    json=request.json,
                    data=request.form,
                    auth=request.basic,
                    timeout=timeout,
                    verify=self._verify,
                    proxies=requests.utils.get_environ_proxies(url),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    return self._answer(request, url, response, self._read(request, response))
        except requests.RequestException as error:
            raise fault_from(error) from error
        except ValueError as error:
            # requests looks at where a redirect leads, also when it is not to follow it.
            raise Fault(
                "it redirects to an address that makes no sense", first_kind=InvalidResponseFailure.kind
            ) from error

    def _read(self, request: Request, response: requests.Response) -> bytes:
        content = bytearray()
        for chunk in response.iter_content(_CHUNK_BYTES):
            content += chunk
            if len(content) > self._max_body_bytes:
                raise Fault(
                    f"its answer to {request.method} {urlsplit(response.url).path} is larger than "
                    f"{self._max_body_bytes} bytes, and was not read further; narrow the selection, or check that "
                    "hostname is the service's",
                    first_kind=InvalidResponseFailure.kind,
                )
        if getattr(response.raw, "length_remaining", None):
            # Older versions of requests take what is there for the whole.
            raise requests.exceptions.ChunkedEncodingError("the answer is shorter than it says")
        return bytes(content)

    def _answer(self, request: Request, url: str, response: requests.Response, content: bytes) -> Answer:
        body, foreign = None, False
        if content.strip():
            try:
                body = parse(content) if request.secret and response.ok else self._masked(content)
            except (RecursionError, TooDeep):
                raise Fault(
                    f"its answer to {request.method} {urlsplit(url).path} is nested too deeply to be read",
                    first_kind=InvalidResponseFailure.kind,
                ) from None
            except ValueError:
                foreign = True
        return Answer(response.status_code, response.headers, body, foreign, url)

    def _masked(self, content: bytes) -> Any:
        """Return what a body says, without secrets: the same object for the same text, if that comes twice running.

        A task that is looked at often has mostly not changed, and one with many parts takes a while to be read.
        """
        made_of = (content, self._redactor.known)
        if self._last is None or self._last[0] != made_of:
            body = self._redactor.body(parse(content))
            self._last = (made_of, body) if len(content) <= _REMEMBERED_BYTES else None
            return body
        return self._last[1]


class Limit:
    """The instant at which the present try has to be over."""

    def __init__(self) -> None:
        """Begin without a limit."""
        self._ends_at: float | None = None

    def set(self, seconds: float) -> None:
        """Allow that many seconds from now on, on the machine's own clock: sockets know no other."""
        self._ends_at = time.monotonic() + seconds

    def left(self) -> float | None:
        """Return the seconds that are left, never below zero; None where there is no limit."""
        return None if self._ends_at is None else max(0.0, self._ends_at - time.monotonic())


def bounded_adapter(limit: Limit, *, verified: bool) -> requests.adapters.HTTPAdapter:
    """Return an adapter whose connections read no longer than the limit allows.

    The time-out of requests holds for each read on its own, so that an answer that comes a byte at a time would never
    be late.
    """

    class BoundedSocket(ssl.SSLSocket):
        def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
            left = limit.left()
            if left is not None:
                if left == 0.0:
                    raise TimeoutError("the answer was not complete in time")
                self.settimeout(left)
            return super().recv_into(buffer, nbytes, flags)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = BoundedSocket
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE

    class BoundedAdapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **settings: Any) -> None:
            super().init_poolmanager(*arguments, ssl_context=context, **settings)

        def proxy_manager_for(self, proxy: str, **settings: Any) -> Any:
            return super().proxy_manager_for(proxy, ssl_context=context, **settings)

    return BoundedAdapter(pool_connections=2, pool_maxsize=2, max_retries=0)


def redirected(method: str, url: str, answer: Answer) -> str:
    """Return the address that a redirect leads to, as long as it stays on the host that was asked.

    :raises Fault: when it leaves the host, or would turn a request into another one.
    """
    location = answer.headers.get("Location")
    try:
        target = urljoin(url, location) if location else None
    except ValueError:
        target = None
    if target is None:
        raise Fault("it redirects to nowhere", first_kind=InvalidResponseFailure.kind)
    if _origin(target) != _origin(url):
        raise Fault(
            f"it redirects to another host ({_shown_origin(target)}), which is refused so that no credentials go there",
            first_kind=InvalidResponseFailure.kind,
        )
    if method != "GET" and answer.status not in (307, 308):
        raise Fault(f"it answers {method} with a redirect", first_kind=InvalidResponseFailure.kind)
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


def fault_from(error: requests.RequestException) -> Fault:
    """Turn what requests raises into a reason that a person can act on.

    A request counts as not delivered only where there was no connection to deliver it on: an error of TLS or of the
    socket may come after it as well as before.
    """
    chain = list(_causes(error))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = cause.verify_message or cause.reason or "unknown reason"
            return _undelivered(f"its certificate does not verify ({why})", at_once=True)
    if isinstance(error, (requests.exceptions.InvalidProxyURL, requests.exceptions.InvalidSchema)):
        return _undelivered("the proxy that the environment names is none that can be used", at_once=True)
    if isinstance(error, requests.exceptions.ProxyError):
        return _undelivered("the proxy that the environment names does not let it through")
    if any(isinstance(cause, socket.gaierror) for cause in chain):
        return _undelivered("its name does not resolve", at_once=True)
    if any(isinstance(cause, ConnectionRefusedError) for cause in chain):
        return _undelivered("connection refused")
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return _undelivered("no connection within the request time-out")
    if isinstance(error, requests.Timeout) or any(isinstance(cause, TimeoutError) for cause in chain):
        return Fault("no complete answer within the request time-out", delivery=Delivery.LATE)
    if any(isinstance(cause, ssl.SSLError) for cause in chain):
        return Fault("the TLS connection failed", delivery=Delivery.BROKEN)
    for cause in chain:
        if isinstance(cause, OSError) and cause.strerror:
            if any(type(wrapper).__name__ == "NewConnectionError" for wrapper in chain):
                return _undelivered(str(cause.strerror).lower())
            return Fault(str(cause.strerror).lower(), delivery=Delivery.BROKEN)
    return Fault("the connection broke before the answer was complete", delivery=Delivery.BROKEN)


def _undelivered(reason: str, *, at_once: bool = False) -> Fault:
    return Fault(reason, delivery=Delivery.NONE, first_kind=UnreachableFailure.kind if at_once else None)


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
