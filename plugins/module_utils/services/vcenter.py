# SPDX-License-Identifier: GPL-3.0-or-later
"""vCenter: its sessions and the tasks of its automation API.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts: "vSphere Automation API", operations cis/session create and delete, cis/tasks get, list and
cancel, structures com.vmware.cis.task.Info and com.vmware.vapi.std.errors. The same operations are at C(/api), whose
answers are bare, and at the older C(/rest), whose answers are wrapped in C(value).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ansible_collections.vcf.lifecycle.plugins.module_utils import causes
from ansible_collections.vcf.lifecycle.plugins.module_utils.contact import Contact
from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import Failure, OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.redaction import Redactor
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import Service
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.lists import Page
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import (
    flag,
    mapping,
    mappings,
    moment,
    number,
    state_of,
    structure,
    text,
    word,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import (
    Message,
    Resource,
    State,
    Task,
    TaskError,
    new_task,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Fault, Request, Transport

if TYPE_CHECKING:
    from ansible_collections.vcf.lifecycle.plugins.module_utils.options import Connection, Selection

# com.vmware.cis.task.Status. There is none for a canceled task: that is a failed one with a canceled error.
STATUSES = {
    "PENDING": State.PENDING,
    "RUNNING": State.RUNNING,
    "BLOCKED": State.BLOCKED,
    "SUCCEEDED": State.SUCCEEDED,
    "FAILED": State.FAILED,
}

_SECONDS_TO_CLOSE = 5.0

# How many tasks one list may hold.
_IDS_PER_LIST = 1000

# How many ids one address may carry; they are about seventy characters each.
_IDS_PER_ADDRESS = 50


class VCenter(Service):
    """Tasks of vCenter. Its list has to be asked for certain tasks, or for those of a service; there is no retry."""

    name = "vcenter"
    statuses = STATUSES
    base_path = "/api"
    collection = ("cis", "tasks")
    page_size = _IDS_PER_LIST
    list_has_stages = True
    unsupported_filters = frozenset({"correlation_id", "created_after", "created_before", "include_system_tasks"})
    can_retry = False

    def __init__(self, connection: Connection, transport: Transport, contact: Contact, redactor: Redactor) -> None:
        """Prepare to open a session; nothing is sent yet."""
        super().__init__(connection, transport, contact, redactor)
        self._is_rest = False
        self._session_url: str | None = None

    # Sessions

    def login_requests(self) -> tuple[Request, ...]:
        """Open a session, on a vCenter without C(/api) the older way."""
        user = (self.connection.username or "", self.connection.password or "")
        return (
            Request("POST", self.auth_url("/api/session"), basic=user),
            Request("POST", self.auth_url("/rest/com/vmware/cis/session"), basic=user),
        )

    def token_of(self, body: Any) -> str | None:
        """Return the session id: a bare text from C(/api), a wrapped one from C(/rest)."""
        return word(unwrapped(body))

    def logged_in(self, request: Request) -> None:
        """Remember which of the two sessions it is."""
        self._session_url = request.url
        self._is_rest = request.url.endswith("/rest/com/vmware/cis/session")

    def authorization(self, token: str) -> dict[str, str]:
        """Return the header that carries the session id."""
        return {"vmware-api-session-id": token}

    def close(self) -> None:
        """End the session that was opened, unless the service is out of contact; it ends by itself then."""
        if self._session_url is None or not self.login.token or self.contact.is_out:
            return
        request = Request("DELETE", self._session_url, headers=self.authorization(self.login.token))
        self._session_url = None
        try:
            self.transport.exchange(request, _SECONDS_TO_CLOSE)
        except (Fault, Failure):
            # The work is done, and a session that is left over ends after half an hour.
            return

    # Tasks

    @classmethod
    def check_selection(cls, selection: Selection) -> None:
        """Refuse to list everything, which vCenter can not do.

        :raises OptionsFailure: naming the options that help.
        """
        super().check_selection(selection)
        if selection.task_ids is None and not selection.type:
            raise OptionsFailure(
                "vcenter lists tasks only by id or by service: give task_ids, or the service's name as type "
                "(for example com.vmware.content.library).",
                service=cls.name,
            )

    def list_tasks(self, selection: Selection) -> list[Task]:
        """Return the tasks of the service that the type names."""
        return self._ask("services", [selection.type or ""])

    def pages_with(
        self, task_ids: Collection[str], query: Mapping[str, str] | None = None, *, repeatable: bool = True
    ) -> Iterator[Page]:
        """Ask the list for tasks by their ids, as many at a time as it may hold.

        All ids of one question have to be of one provider, whose name an id ends with.
        """
        providers: dict[str, list[str]] = {}
        for task_id in sorted(task_ids):
            providers.setdefault(task_id.rpartition(":")[2] if ":" in task_id else "", []).append(task_id)
        for ids in providers.values():
            for start in range(0, len(ids), self.page_size):
                yield Page(self._ask("tasks", ids[start : start + self.page_size]))

    def probe_request(self, task_id: str) -> Request:
        """Return a question for one task: the list has to be asked for something."""
        return self._post_list("tasks", [task_id])

    def sample(self, selection: Selection) -> list[Task]:
        """Return nothing: what vCenter lists of a service is not worth an estimate."""
        return []

    def _ask(self, name: str, values: list[str]) -> list[Task]:
        """Ask the list for certain tasks: as C(/api) documents it, and where that is not understood by a query.

        A no to a question for ids means that one of them is not known (it may have been purged), and says nothing of
        the others: the list shows none of them then.
        """
        established = self.contact.established
        refusals = (400, 404) if name == "tasks" else ()
        if not self._is_rest:
            answer = self.call(self._post_list(name, values), self._listed, also=(400, 404, 405))
            if answer is not None:
                return answer
            # A no to one way of asking does not show yet that the address is right.
            self.contact.established = established
        tasks: list[Task] = []
        for start in range(0, len(values), _IDS_PER_ADDRESS):
            some = values[start : start + _IDS_PER_ADDRESS]
            query: dict[str, Any] = {name: some}
            if self._is_rest:
                query = {f"filter_spec.{name}.{place}": value for place, value in enumerate(some, 1)}
            found = self.call(Request("GET", self.url(*self.collection), query=query), self._listed, also=refusals)
            if found is None:
                self.contact.established = established
            tasks += found or []
        return tasks

    def _post_list(self, name: str, values: list[str]) -> Request:
        return Request(
            "POST", self.url(*self.collection), query={"action": "list"}, json={"filter_spec": {name: values}}
        )

    def _listed(self, answer: Answer) -> list[Task] | None:
        """Return the tasks of a map from ids to tasks, which C(/rest) writes as a list of pairs; None for a no."""
        if not answer.is_success:
            return None
        body = unwrapped(answer.body)
        if isinstance(body, list):
            body = {str(pair.get("key")): pair.get("value") for pair in mappings(body)}
        if not isinstance(body, dict):
            raise Fault("it answers with something that is not a map of tasks", first_kind="invalid_response")
        return [self.read_task({"id": task_id, **info}) for task_id, info in body.items() if isinstance(info, dict)]

    def with_id(self, body: dict[str, Any], task_id: str) -> dict[str, Any]:
        """Return the body of one task with its id, which vCenter leaves out."""
        info = mapping(unwrapped(body))
        return {"id": task_id, **info} if "status" in info else {}

    def cancel_request(self, task_id: str) -> Request:
        """Ask for a cancel, which a task may not follow."""
        return Request("POST", self.task_url(task_id), query={"action": "cancel"})

    def extension_url(self, *segments: str) -> str:
        """Return the address of the extension tasks, or of one; they are at C(/rest) alone."""
        path = "/".join(quote(segment, safe="") for segment in ("vcenter", "extension", "tasks", *segments))
        return f"{self.connection.origin}/rest/{path}"

    def authorized(self, request: Request, token: str) -> Request:
        """Return a request with the session id; below C(/rest) if that is where the session is."""
        if self._is_rest:
            own = super().url()
            request = replace(request, url=request.url.replace(own, f"{self.connection.origin}/rest", 1))
        return super().authorized(request, token)

    def task_of(self, body: dict[str, Any]) -> Task:
        """Return a task from the structure Info."""
        error = structure(body.get("error"))
        state = state_of(word(body.get("status")), STATUSES)
        if state is State.FAILED and _is_canceled(error):
            state = State.CANCELED
        progress, target = mapping(body.get("progress")), mapping(body.get("target"))
        errors = _errors(error)
        said = _text_of(progress.get("message"))
        return new_task(
            id=word(body.get("id")) or "",
            service=self.name,
            name=word(body.get("operation")),
            type=word(body.get("service")),
            operation=word(body.get("operation")),
            description=_text_of(body.get("description")),
            state=state,
            status=word(body.get("status")),
            progress_percent=_percent(number(progress.get("completed")), number(progress.get("total"))),
            started_at=moment(body.get("start_time")),
            ended_at=moment(body.get("end_time")),
            created_by=word(body.get("user")),
            resources=[Resource(id=word(target.get("id")), type=word(target.get("type")))] if target else [],
            parent_id=word(body.get("parent")),
            cancellable=flag(body.get("cancelable")),
            retriable=False,
            stages=[],
            messages=[Message(text=said, code=word(mapping(progress.get("message")).get("id")))] if said else [],
            errors=errors,
            root_causes=causes.gather(state, errors, [], []),
            result=body.get("result"),
            # The percentage is too coarse to tell one report on a long task from the next.
            additional_details={"progress": {key: progress.get(key) for key in ("total", "completed")}}
            if progress
            else None,
        )

    def error_of(self, body: Any) -> TaskError:
        """Return an error from com.vmware.vapi.std.errors, in the shape of C(/api) or of C(/rest)."""
        errors = causes.choose(_errors(body))
        return errors[0] if errors else TaskError(code=_type_of(body))


def unwrapped(body: Any) -> Any:
    """Return what C(/rest) wraps in C(value)."""
    return body["value"] if isinstance(body, dict) and set(body) == {"value"} else body


def _percent(completed: float | None, total: float | None) -> int | None:
    if completed is None or not total:
        return None
    return int(min(max(100 * completed / total, 0), 100))


def _text_of(value: Any) -> str | None:
    """Return the text of a LocalizableMessage."""
    if not isinstance(value, dict):
        return text(value)
    return text(value.get("localized")) or text(value.get("default_message")) or text(value.get("id"))


def _type_of(error: Any) -> str | None:
    """Return the kind of an error: NOT_FOUND, or com.vmware.vapi.std.errors.not_found."""
    return word(mapping(error).get("error_type")) or word(mapping(error).get("type"))


def _errors(error: Any) -> list[TaskError]:
    """Return an error for each message of one; an error without messages is its kind."""
    body = mapping(error)
    kind = _type_of(error)
    messages = mappings(body.get("messages")) or mappings(mapping(body.get("value")).get("messages"))
    found = [
        TaskError(code=word(message.get("id")) or kind, message=_text_of(message))
        for message in messages
        if _text_of(message)
    ]
    if found or not body:
        return found
    inner = [leaf for value in body.values() if isinstance(value, dict) for leaf in _errors(value)]
    return inner or [TaskError(code=kind, message=text(body.get("message")) or kind)]


def _is_canceled(error: Any) -> bool:
    """Tell whether an error says that somebody canceled the task, in any of the shapes that errors come in."""
    kind = (_type_of(error) or "").lower()
    if kind.endswith(("canceled", "cancelled")):
        return True
    names = json.dumps(error).lower()
    return any(name in names for name in ("vapi.std.errors.canceled", "requestcanceled"))
