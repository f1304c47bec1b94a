# SPDX-License-Identifier: GPL-3.0-or-later
"""What all services share: one login for as long as it lasts, reading, paging, and how an answer is judged.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
A service's own file says only what is special about its wire: see CONTRIBUTING, "A new service".
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast
from urllib.parse import quote

from ansible_collections.vcf.lifecycle.plugins.module_utils.contact import Contact, fault_of
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import (
    AuthorizationFailure,
    Failure,
    InvalidResponseFailure,
    OptionsFailure,
    UnsupportedFailure,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import Redactor
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.lists import Page, have_shifted
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.login import Login
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import mapping, mappings, number, word
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task, TaskError
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import (
    Answer,
    Delivery,
    Fault,
    Request,
    Transport,
)

if TYPE_CHECKING:
    # options.py offers the services by name, so it needs them first.
    from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Connection, Selection

T = TypeVar("T")

ANY_STATUS = range(100, 600)

_UNQUOTABLE = (".", "..")
"""No ids: as a path segment these can not be quoted, and whoever is on the way may resolve them to another path."""

_MAX_PAGES = 10_000
_MOST_READINGS = 3


class Refused(Exception):
    """The service says no to a cancel or a retry."""

    def __init__(self, status: int, error: TaskError) -> None:
        super().__init__(error.message or f"HTTP {status}")
        self.status = status
        self.error = error


class Service(ABC):
    """One API that owns tasks."""

    name: ClassVar[str]
    base_path: ClassVar[str]
    """Prefix of all paths, replaced by the option C(base_path)."""
    collection: tuple[str, ...]
    """Path segments of the list of tasks, below the prefix."""
    statuses: ClassVar[Mapping[str, State]] = {}
    """Its words for how a task is; of several for one state, the usual one goes first."""
    everything: ClassVar[Mapping[str, str]] = {}
    """The query for the list of all tasks, of whatever kind."""
    page_size: ClassVar[int]
    list_has_stages: ClassVar[bool]
    """Whether the list shows tasks whole, so that no task need be read one by one."""
    logins: ClassVar[tuple[tuple[str, ...], ...]] = (("username", "password"),)
    """The sets of options that one can log in with, besides C(token)."""
    unsupported_filters: ClassVar[frozenset[str]] = frozenset()
    """Filters on something that tasks of this service do not have."""
    default_hostname: ClassVar[str | None] = None
    default_auth_url: ClassVar[str | None] = None
    realm: ClassVar[str | None] = None
    """What services have in common that are at one host and take each other's tokens; None where it is the only one."""
    required_options: ClassVar[tuple[str, ...]] = ()
    """Connection options that the service can not do without, besides those of a login."""
    can_cancel: ClassVar[bool] = True
    cancels_failed: ClassVar[bool] = False
    """Whether, the other way round from all others, only tasks that have failed can be cancelled."""
    can_retry: ClassVar[bool] = True
    retry_spec: ClassVar[str | None] = None
    """The option that holds what a retry needs besides the id, if it can need anything."""
    retry_needs_spec: ClassVar[bool] = False

    def __init__(self, connection: Connection, transport: Transport, contact: Contact, redactor: Redactor) -> None:
        """Prepare to talk; nothing is sent yet."""
        self.connection = connection
        self.transport = transport
        self.contact = contact
        self.redactor = redactor
        self.login = Login(self)
        self.keep_raw = False
        self._seen: tuple[tuple[str, bool], Any, Task] | None = None

    # What a service's file says about its wire -----------------------------------------------------------------

    @abstractmethod
    def login_requests(self) -> tuple[Request, ...]:
        """Return the request that asks for a token; with more than one, the next where the one before is unknown."""

    @abstractmethod
    def token_of(self, body: Any) -> str | None:
        """Return the token in the answer to a login."""

    @abstractmethod
    def task_of(self, body: dict[str, Any]) -> Task:
        """Return the task that a JSON object describes."""

    @abstractmethod
    def error_of(self, body: Any) -> TaskError:
        """Return the error that the body of a 4xx or 5xx answer describes."""

    @abstractmethod
    def cancel_request(self, task_id: str) -> Request:
        """Return the request that cancels a task."""

    def retry_request(self, task_id: str, spec: dict[str, Any] | None) -> Request:
        """Return the request that retries a task.

        :param spec: the value of the option C(retry_spec) names.
        """
        raise UnsupportedFailure(f"{self.name} has no retry.", service=self.name, task_id=task_id)

    def paging(self, page: int, size: int) -> dict[str, str]:
        """Return the parameters that ask for a page, counted from 1."""
        return {"pageNumber": str(page), "pageSize": str(size)}

    def with_id(self, body: dict[str, Any], task_id: str) -> dict[str, Any]:
        """Return the body of one task with its id, for services that leave it out when asked for one task."""
        return body

    def server_filters(self, selection: Selection) -> dict[str, str]:
        """Return those filters that the service applies exactly as the selection means them."""
        return {}

    def narrowed(self, tasks: Sequence[Task], newest: datetime | None) -> list[dict[str, str]]:
        """Return queries whose lists, one after the other, show all these tasks, also those that have ended since.

        They are only asked for what is cheaper with them, and whatever they do not show is read all the same.

        :param tasks: as last seen.
        :param newest: the newest time that the service has been seen to stamp on anything, in UTC.
        :return: nothing where the service's list can not be narrowed so.
        """
        return []

    def authorization(self, token: str) -> dict[str, str]:
        """Return the headers that carry a token."""
        return {"Authorization": f"Bearer {token}"}

    def logged_in(self, request: Request) -> None:  # noqa: B027
        """Take note of the request that gave a token."""

    def is_login_rejected(self, answer: Answer) -> bool:
        """Tell whether the answer to a login means that the user name or password is wrong."""
        return answer.status in (400, 401, 403)

    def close(self) -> None:  # noqa: B027
        """End what was opened at the service. Most services have nothing to end."""

    # Checks before anything is sent ----------------------------------------------------------------------------

    @classmethod
    def check_connection(cls, connection: Connection) -> None:
        """Refuse connection options that this service can not serve.

        :raises OptionsFailure: naming the option.
        """
        usable = {option for login in cls.logins for option in login}
        if connection.is_given("api_token") and "api_token" not in usable and not connection.token:
            raise OptionsFailure(f"{cls.name} can not log in with api_token; use {cls.ways()}.", service=cls.name)
        for option in cls.required_options:
            if not getattr(connection, option):
                raise OptionsFailure(f"{cls.name} needs {option} (or set VCF_{option.upper()}).", service=cls.name)
        if connection.is_given("org_id") and "org_id" not in cls.required_options:
            raise OptionsFailure(f"{cls.name} has no organizations: org_id is for vmc.", service=cls.name)
        if not connection.token and not any(all(getattr(connection, o) for o in login) for login in cls.logins):
            raise OptionsFailure(f"{cls.name} needs {cls.ways()}.", service=cls.name)

    @classmethod
    def check_selection(cls, selection: Selection) -> None:
        """Refuse filters on something that tasks of this service do not have.

        :raises UnsupportedFailure: naming the filter.
        """
        for name in sorted(cls.unsupported_filters):
            if getattr(selection, name):
                raise UnsupportedFailure(
                    f"{cls.name} can not filter by {name}: its tasks do not say it.", service=cls.name
                )

    @classmethod
    def ways(cls, other: str = "token") -> str:
        """Return the options that one can log in with, as a phrase.

        :param other: what else there is.
        """
        return " or ".join([*(" and ".join(login) for login in cls.logins), other])

    # Reading -----------------------------------------------------------------------------------------------------

    def get_task(self, task_id: str) -> Task | None:
        """Return a task, whole; None if the service does not know it.

        :raises Failure: of the kinds authentication, authorization, unreachable, lost_contact, invalid_response.
        :raises DeadlinePassed: when the deadline came first.
        """
        if task_id in _UNQUOTABLE:
            return None

        def read(answer: Answer) -> Task | None:
            if answer.is_success:
                return self._read_again(answer.body, task_id)
            if answer.foreign and not self.is_up(task_id):
                # What is not JSON may be said by a proxy, of a service that is not up.
                raise Fault(
                    f"it answers HTTP {answer.status} for {answer.url} with something that is not JSON; "
                    "are service, hostname and base_path right?"
                )
            return None

        return self.call(Request("GET", self.task_url(task_id)), read, also=(400, 404, 410))

    def shows(self, task_id: str) -> bool:
        """Tell whether the service is seen to know a task, for a hint: one try, and no login for it."""
        if task_id in _UNQUOTABLE or self.login.token is None or self.contact.is_out:
            return False
        self.contact.requests += 1
        try:
            answer = self.exchange(self.authorized(Request("GET", self.task_url(task_id)), self.login.token))
            return answer.is_success and bool(self._task_with_id(answer.body, task_id))
        except (Fault, Failure):
            return False

    def is_up(self, task_id: str) -> bool:
        """Tell whether it is the service itself that answers, by one question that it has to have an answer to.

        :param task_id: the task that there is a doubt about.
        """
        self.contact.requests += 1
        try:
            answer = self.exchange(self.authorized(self.probe_request(task_id), self.login.token or ""))
        except Fault:
            return False
        return not answer.foreign and answer.status != 404

    def probe_request(self, task_id: str) -> Request:
        """Return a request that a service that is up has an answer to."""
        return self._page_request(1, {}, page_size=1)

    def list_tasks(self, selection: Selection) -> list[Task]:
        """Return all tasks of all pages, narrowed at most by what the service filters exactly as we mean it.

        Pages shift when tasks come and go while they are read, and then one may be on none of them: the list is read
        again until it stands still, or three times.

        :raises Failure: as C(get_task).
        :raises DeadlinePassed: when the deadline came first.
        """
        query = self.server_filters(selection)
        tasks: dict[str, Task] = {}
        for _reading in range(_MOST_READINGS):
            pages = list(self._pages(query))
            tasks.update((task.id, task) for page in pages for task in page.tasks)
            if not have_shifted(pages):
                break
        return list(tasks.values())

    def pages_with(
        self, task_ids: Collection[str], query: Mapping[str, str] | None = None, *, repeatable: bool = True
    ) -> Iterator[Page]:
        """Read the pages on which tasks may be, one by one: who has seen enough need not ask for the next.

        :param task_ids: the tasks looked for, for a service whose list has to be asked for them.
        :param query: what narrows the list; without it, it holds whatever the service would list, system tasks too.
        :param repeatable: whether an outage is ridden out.
        :raises Fault: when it is not, and there is one.
        :raises Failure: as C(get_task).
        :raises DeadlinePassed: when the deadline came first.
        """
        return self._pages(self.everything if query is None else query, repeatable=repeatable)

    def _pages(self, query: Mapping[str, str], *, repeatable: bool = True) -> Iterator[Page]:
        """Read one page of the list after the other, to its end."""
        seen: set[str] = set()
        for place in range(1, _MAX_PAGES):
            page = self.call(self._page_request(place, query), self.page_of, repeatable=repeatable)
            yield page
            ids = {task.id for task in page.tasks}
            # A page may repeat the one before while tasks are added; only without a count does that mean the end.
            at_end = ids <= seen if page.last is None else place >= page.last
            if at_end or page.is_empty or not self.paging(place, self.page_size):
                return
            seen |= ids

    def sample(self, selection: Selection) -> list[Task]:
        """Return some tasks, for what is nice to know and not worth a wait: one try, and no login for it."""
        if self.login.token is None or self.contact.is_out:
            return []
        request = self._page_request(1, self.server_filters(selection))
        self.contact.requests += 1
        try:
            answer = self.exchange(self.authorized(request, self.login.token))
            return self.page_of(answer).tasks if answer.is_success else []
        except (Fault, InvalidResponseFailure):
            return []

    def _page_request(self, page: int, query: Mapping[str, str], page_size: int | None = None) -> Request:
        paging = self.paging(page, page_size or self.page_size)
        return Request("GET", self.url(*self.collection), query={**query, **paging})

    def page_of(self, answer: Answer) -> Page:
        """Return what a page of the list holds, and where the list ends."""
        body = mapping(answer.body)
        if answer.body is None:
            raise Fault("it answers with nothing")
        if "elements" not in body and "pageMetadata" not in body:
            raise Fault("it answers with something that is not a list of tasks", first_kind="invalid_response")
        metadata, elements = mapping(body.get("pageMetadata")), mappings(body.get("elements"))
        last, total = number(metadata.get("totalPages")), number(metadata.get("totalElements"))
        if last is None and total is not None and elements:
            last = math.ceil(total / len(elements))
        tasks = [self.read_task(element) for element in elements if word(element.get("id"))]
        return Page(
            tasks,
            None if last is None else int(last),
            None if total is None else int(total),
            is_empty=not elements,
        )

    def _read_again(self, body: Any, task_id: str) -> Task:
        """Return the task with an id, read anew only where the transport says that it is not what it was."""
        made_as = (task_id, self.keep_raw)
        if self._seen is None or self._seen[0] != made_as or self._seen[1] is not body:
            self._seen = (made_as, body, self._task_with_id(body, task_id))
        return copy(self._seen[2])

    def _task_with_id(self, body: Any, task_id: str) -> Task:
        if body is None:
            raise Fault("it answers with nothing")
        body = self.with_id(body, task_id) if isinstance(body, dict) else {}
        if not word(body.get("id")):
            raise Fault("it answers with something that is not a task", first_kind="invalid_response")
        task = self.read_task(body)
        if task.id.lower() != task_id.lower():
            raise Fault(f"it answers with another task ({task.id})", first_kind="invalid_response")
        return task

    def read_task(self, body: dict[str, Any]) -> Task:
        """Return the task that a JSON object describes.

        :raises Fault: when it does not describe one.
        """
        try:
            task = self.task_of(body)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Fault("it answers with a task that can not be read", first_kind="invalid_response") from error
        if self.keep_raw:
            task.raw = body
        return task

    # Writing -----------------------------------------------------------------------------------------------------

    def cancel_task(self, task_id: str) -> str:
        """Ask the service, once, to cancel a task; return the id of the task to follow.

        :raises Refused: when it says no.
        :raises Fault: when the answer was lost; the request may have been carried out.
        """
        self.call(self.cancel_request(task_id), self.accepted, also=ANY_STATUS, repeatable=False)
        return task_id

    def retry_task(self, task_id: str, spec: dict[str, Any] | None = None) -> str:
        """Ask the service, once, to retry a task; return the id of the task that runs from now on.

        :param spec: the value of the option C(retry_spec) names.

        :raises Refused: when it says no.
        :raises Fault: when the answer was lost; the request may have been carried out.
        """
        self.redactor.learn_from(spec)
        answer = self.call(self.retry_request(task_id, spec), self.accepted, also=ANY_STATUS, repeatable=False)
        return word(mapping(answer.body).get("id")) or task_id

    def accepted(self, answer: Answer) -> Answer:
        """Return an answer of success to a write.

        :raises Refused: when the service says no.
        """
        if answer.status == 404 and answer.foreign:
            raise Fault("a proxy answers in its place with HTTP 404", delivery=Delivery.NONE)
        if not answer.is_success:
            raise Refused(answer.status, self.error_of(answer.body))
        return answer

    # One request, logged in --------------------------------------------------------------------------------------

    def call(
        self,
        request: Request,
        read: Callable[[Answer], T],
        *,
        also: Container[int] = (),
        repeatable: bool = True,
    ) -> T:
        """Send a request with a valid token, through outages, and return what C(read) makes of the answer.

        :param read: is given answers of success; raises Fault for one that makes no sense.
        :param also: further statuses that C(read) understands.
        :param repeatable: whether the request may be sent again when its answer was lost.
        """
        rejected_tokens = 0
        while True:
            authorized = self.authorized(request, self.login.token or self.login.make())

            def attempt(authorized: Request = authorized) -> tuple[Answer, T | None]:
                answer = self.exchange(authorized)
                if answer.status in (401, 403):
                    return answer, None
                if answer.is_success or answer.status in also:
                    return answer, read(answer)
                raise self._unexpected(authorized, answer)

            answer, value = self.contact.ride(attempt, repeatable=repeatable)
            if answer.status == 403:
                raise self._forbidden(answer)
            if answer.status != 401:
                return cast(T, value)
            rejected_tokens += 1
            self.login.lose(answer, rejected_tokens)

    def authorized(self, request: Request, token: str) -> Request:
        """Return a request with a token."""
        return replace(request, headers={**request.headers, **self.authorization(token)})

    def exchange(self, request: Request) -> Answer:
        """Try a request once; return its answer, whatever its status.

        :raises Fault: when nothing sensible came of it.
        """
        answer = self.transport.exchange(request, self.contact.seconds_left())
        fault = fault_of(answer, self.contact.clock.now())
        if fault is None:
            return answer
        said = self.error_of(answer.body).message if isinstance(answer.body, dict) else None
        if said:
            fault.reason += f" ({said})"
        raise fault

    def _unexpected(self, request: Request, answer: Answer) -> Exception:
        if answer.status == 409:
            said = self.error_of(answer.body).message
            return Fault(f"it answers a read with HTTP 409{f' ({said})' if said else ''}")
        if answer.status == 404:
            return Fault(
                f"it answers HTTP 404 for {request.url}; are service, hostname and base_path right?",
                first_kind=None if answer.foreign else "invalid_response",
            )
        error = self.error_of(answer.body)
        return InvalidResponseFailure.of_error(
            f"{self.name} at {self.contact.address} refuses {request.method} {request.url} with HTTP {answer.status}"
            f"{': ' + error.message if error.message else ''}.",
            error,
            service=self.name,
            http_status=answer.status,
        )

    def _forbidden(self, answer: Answer) -> AuthorizationFailure:
        error = self.error_of(answer.body)
        who = f"user {self.connection.username}" if self.connection.username else "the token's owner"
        return AuthorizationFailure.of_error(
            f"{self.name} at {self.contact.address} does not allow this to {who} (HTTP 403)"
            f"{': ' + error.message if error.message else ''}.",
            error,
            service=self.name,
            http_status=answer.status,
            remediation=error.remediation or "Use a user with the role that the operation needs.",
        )

    # Addresses ---------------------------------------------------------------------------------------------------

    def url(self, *segments: str) -> str:
        """Return the address of a path below the service's prefix, each segment quoted."""
        prefix = self.base_path if self.connection.base_path is None else self.connection.base_path
        return self.connection.origin + "/".join(
            [prefix.rstrip("/"), *(quote(segment, safe="") for segment in segments)]
        )

    def task_url(self, task_id: str) -> str:
        """Return the address of one task."""
        return self.url(*self.collection, task_id)

    def auth_url(self, path: str) -> str:
        """Return the address of a path at the host that issues tokens."""
        host = self.connection.auth_url or self.default_auth_url or self.connection.origin
        return host.rstrip("/") + path
