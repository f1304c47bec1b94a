# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument specs that modules share, and what the options mean once they are given.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
The documentation of these options is in plugins/doc_fragments; a test compares the two.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleFallbackNotFound, env_fallback

from ansible_collections.vcf.lifecycle.plugins.module_utils.errors import OptionsFailure
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import moment
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import TERMINAL_STATES, State
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import is_sendable

ArgumentSpec = dict[str, dict[str, Any]]

_LONGEST = 365 * 24 * 3600.0
"""Seconds; nobody waits for longer than a year, and sockets can not."""


def _from_environment(variable: str, **settings: Any) -> dict[str, Any]:
    return {**settings, "fallback": (_filled, [variable])}


def _filled(variable: str) -> str:
    """Return the value of an environment variable; one that is empty counts as not set."""
    value: str = env_fallback(variable)
    if not value:
        raise AnsibleFallbackNotFound
    return value


def connection_spec(max_outage: float, service: str | None = None) -> ArgumentSpec:
    """Return the options that say where the service is and who is asking.

    :param max_outage: the default of that option, in seconds: 60, or 1800 where a module waits.
    :param service: the default of that option, where a module is for one service; without one it is required.
    """
    which = {"default": service} if service else {"required": True}
    return {
        "service": _from_environment("VCF_SERVICE", type="str", choices=list(SERVICES), **which),
        "hostname": _from_environment("VCF_HOSTNAME", type="str"),
        "port": _from_environment("VCF_PORT", type="int", default=443),
        "username": _from_environment("VCF_USERNAME", type="str"),
        "password": _from_environment("VCF_PASSWORD", type="str", no_log=True),
        "token": _from_environment("VCF_TOKEN", type="str", no_log=True),
        "api_token": _from_environment("VCF_API_TOKEN", type="str", no_log=True),
        "org_id": _from_environment("VCF_ORG_ID", type="str"),
        "auth_url": _from_environment("VCF_AUTH_URL", type="str"),
        "base_path": _from_environment("VCF_BASE_PATH", type="str"),
        "validate_certs": _from_environment("VCF_VALIDATE_CERTS", type="bool", default=True),
        "ca_path": _from_environment("VCF_CA_PATH", type="path"),
        "request_timeout": _from_environment("VCF_REQUEST_TIMEOUT", type="float", default=30.0),
        "max_outage": _from_environment("VCF_MAX_OUTAGE", type="float", default=max_outage),
    }


SELECTION_SPEC: ArgumentSpec = {
    "task_ids": {"type": "list", "elements": "str", "aliases": ["task_id"]},
    "states": {"type": "list", "elements": "str", "choices": [state.value for state in State]},
    "name": {"type": "str"},
    "type": {"type": "str"},
    "resource_id": {"type": "str"},
    "resource_type": {"type": "str"},
    "created_by": {"type": "str"},
    "correlation_id": {"type": "str"},
    "created_after": {"type": "str"},
    "created_before": {"type": "str"},
    "ended_after": {"type": "str"},
    "include_system_tasks": {"type": "bool", "default": False},
    "limit": {"type": "int"},
}

ALLOW_MULTIPLE_SPEC: ArgumentSpec = {"allow_multiple": {"type": "bool", "default": False}}

PACE_SPEC: ArgumentSpec = {
    "timeout": {"type": "float", "default": 3600.0},
    "deadline": {"type": "str"},
    "poll_interval": {"type": "float", "default": 10.0},
    "max_poll_interval": {"type": "float", "default": 60.0},
    "stall_after": {"type": "float", "default": 0.0},
    "progress": {"type": "bool", "default": True},
}

ON_TIMEOUT_SPEC: ArgumentSpec = {
    "on_timeout": {"type": "str", "choices": ["fail", "cancel", "continue"], "default": "fail"},
}

WAITING_SPEC: ArgumentSpec = {
    **PACE_SPEC,
    **ON_TIMEOUT_SPEC,
    "accept_states": {
        "type": "list",
        "elements": "str",
        "choices": [state.value for state in TERMINAL_STATES],
        "default": ["SUCCEEDED", "WARNING", "SKIPPED"],
    },
    "wait_for": {"type": "str", "choices": ["all", "any"], "default": "all"},
}


RETRYING_SPEC: ArgumentSpec = {
    "attempts": {"type": "int", "default": 1},
    "delay": {"type": "float", "default": 30.0},
    "retry_on": {"type": "list", "elements": "str", "default": []},
    "stop_on_repeat": {"type": "bool", "default": False},
    # As JSON, and not as dictionaries: of a dictionary Ansible would take every word and number for a secret.
    "credentials_spec": {"type": "json", "no_log": True},
    "spec": {"type": "json", "no_log": True},
}


@dataclass(frozen=True)
class Connection:
    """Where the service is and who is asking; seconds for all times."""

    service: str
    hostname: str
    port: int = 443
    username: str | None = None
    password: str | None = None
    token: str | None = None
    api_token: str | None = None
    org_id: str | None = None
    auth_url: str | None = None
    base_path: str | None = None
    validate_certs: bool = True
    ca_path: str | None = None
    request_timeout: float = 30.0
    max_outage: float = 60.0

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Connection:
        """Read the connection from a module's options.

        :raises OptionsFailure: naming the option that is wrong.
        """
        given = _picked(cls, params)
        if given.get("hostname", "").startswith("[") and given["hostname"].endswith("]"):
            given["hostname"] = given["hostname"][1:-1]
        connection = cls(**{"hostname": SERVICES[given["service"]].default_hostname or "", **given})
        if not connection.hostname:
            raise OptionsFailure(f"hostname is required for {connection.service} (or set VCF_HOSTNAME).")
        if not _is_hostname(connection.hostname):
            raise OptionsFailure(
                f"hostname {connection.hostname!r} is not a name or an address (without https://, port and path)."
            )
        if not 0 < connection.port < 65536:
            raise OptionsFailure(f"port {connection.port} is not between 1 and 65535.")
        for name in ("token", "api_token"):
            value = getattr(connection, name)
            if value and not is_sendable(value):
                raise OptionsFailure(f"{name} holds characters that no token has (a line break, a blank?).")
        for name in ("username", "password", "org_id"):
            if not _is_text(getattr(connection, name) or ""):
                raise OptionsFailure(f"{name} holds half a character, which can not be sent.")
        if connection.auth_url:
            _check_https(connection.auth_url)
        if connection.base_path and not re.fullmatch(r"(/[\w.~-]+)*/?", connection.base_path):
            raise OptionsFailure(f"base_path {connection.base_path!r} is not a path such as /fleet-lcm.")
        if connection.validate_certs and connection.ca_path:
            _check_ca(connection.ca_path)
        _check_seconds(connection.request_timeout, "request_timeout", above_zero=True)
        _check_seconds(connection.max_outage, "max_outage")
        return connection

    def is_given(self, name: str) -> bool:
        """Tell whether an option was set for this call, and is not merely in the environment for others."""
        value = getattr(self, name)
        return bool(value) and value != os.environ.get(f"VCF_{name.upper()}")

    @property
    def origin(self) -> str:
        """Scheme, host and port of the service."""
        host = f"[{self.hostname}]" if ":" in self.hostname else self.hostname
        return f"https://{host}" if self.port == 443 else f"https://{host}:{self.port}"

    @property
    def verify(self) -> bool | str:
        """What certificates are verified with: a PEM bundle, the usual authorities (True), or not at all (False)."""
        return (self.ca_path or True) if self.validate_certs else False


@dataclass(frozen=True)
class Selection:
    """Which tasks: by id, or by what they are."""

    task_ids: tuple[str, ...] | None = None
    states: tuple[State, ...] = ()
    name: str | None = None
    type: str | None = None
    resource_id: str | None = None
    resource_type: str | None = None
    created_by: str | None = None
    correlation_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    ended_after: datetime | None = None
    include_system_tasks: bool = False
    limit: int | None = None

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Selection:
        """Read the selection from a module's options.

        :raises OptionsFailure: naming the option that is wrong.
        """
        values = _picked(cls, params)
        values["states"] = tuple(State(state) for state in values.get("states") or ())
        if values.get("task_ids") is not None:
            # Of a text Ansible makes a list by the commas, and leaves the blanks beside them.
            values["task_ids"] = tuple(dict.fromkeys(task_id.strip() for task_id in values["task_ids"]))
        for name in ("created_after", "created_before", "ended_after"):
            values[name] = time_of(values.get(name), name)
        selection = cls(**values)
        for task_id in selection.task_ids or ():
            if not task_id or not _is_text(task_id):
                raise OptionsFailure(f"task_ids holds {task_id!r}, which can not be an id.")
        if selection.task_ids is not None and selection.filters:
            raise OptionsFailure(f"Select by task_ids or by filters ({', '.join(selection.filters)}), not by both.")
        if selection.limit is not None and selection.limit < 1:
            raise OptionsFailure(f"limit {selection.limit} is not at least 1.")
        return selection

    @property
    def filters(self) -> list[str]:
        """The names of the filters that are set."""
        unfiltering = ("task_ids", "include_system_tasks", "limit")
        return [field.name for field in fields(self) if field.name not in unfiltering and getattr(self, field.name)]

    def require(self, verb: str) -> None:
        """Refuse a selection of everything.

        :param verb: what would be done to everything, for the message.
        :raises OptionsFailure: when neither an id nor a filter is given.
        """
        if not self.task_ids and not self.filters:
            raise OptionsFailure(f"Say which tasks to {verb}: give task_ids or at least one filter.")


@dataclass(frozen=True)
class Waiting:
    """How long to wait, how often to look, and what counts as a good end; seconds for all times."""

    timeout: float = 3600.0
    deadline: datetime | None = None
    poll_interval: float = 10.0
    max_poll_interval: float = 60.0
    accept_states: tuple[State, ...] = (State.SUCCEEDED, State.WARNING, State.SKIPPED)
    wait_for: str = "all"
    on_timeout: str = "fail"
    stall_after: float = 0.0
    progress: bool = True

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Waiting:
        """Read the waiting options from a module's options.

        :raises OptionsFailure: naming the option that is wrong.
        """
        values = _picked(cls, params)
        if "accept_states" in values:
            values["accept_states"] = tuple(State(state) for state in values["accept_states"])
        values["deadline"] = time_of(values.get("deadline"), "deadline", zone_needed=True)
        waiting = cls(**values)
        for name in ("timeout", "stall_after"):
            _check_seconds(getattr(waiting, name), name)
        for name in ("poll_interval", "max_poll_interval"):
            _check_seconds(getattr(waiting, name), name, above_zero=True)
        return waiting

    def seconds_left(self, now: datetime) -> float:
        """Return how long may be waited from now on: the earlier of C(timeout) and C(deadline) counts."""
        if self.deadline is None:
            return self.timeout
        return min(self.timeout, max(0.0, (self.deadline - now).total_seconds()))


@dataclass(frozen=True)
class Retrying:
    """How often a failed task is retried, how far apart (seconds), and for which errors."""

    attempts: int = 1
    delay: float = 30.0
    retry_on: tuple[re.Pattern[str], ...] = ()
    stop_on_repeat: bool = False
    credentials_spec: dict[str, Any] | None = None
    spec: dict[str, Any] | None = None

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Retrying:
        """Read the retry options from a module's options.

        :raises OptionsFailure: naming the option that is wrong.
        """
        values = _picked(cls, params)
        try:
            values["retry_on"] = tuple(re.compile(pattern) for pattern in values.get("retry_on") or ())
        except re.error as error:
            raise OptionsFailure(f"retry_on: {error.pattern!r} is not a regular expression ({error}).") from error
        for name in ("credentials_spec", "spec"):
            if name in values:
                values[name] = json_object(values[name], name)
        retrying = cls(**values)
        if retrying.attempts < 1:
            raise OptionsFailure(f"attempts {retrying.attempts} is not at least 1.")
        _check_seconds(retrying.delay, "delay")
        return retrying

    def covers(self, texts: Iterable[str | None]) -> bool:
        """Tell whether an error with one of these codes and messages is worth a retry."""
        found = [text for text in texts if text]
        return not self.retry_on or any(pattern.search(text) for pattern in self.retry_on for text in found)


def _picked(cls: type, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that the class has a field for and that are set; an empty text is not."""
    return {field.name: params[field.name] for field in fields(cls) if params.get(field.name) not in (None, "")}


def json_object(value: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(value)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not found:
        # The value is a secret: not even a part of it may be in the message.
        raise OptionsFailure(f"{name} is not a dictionary with something in it.")
    return found


def time_of(value: str | None, name: str, zone_needed: bool = False) -> datetime | None:
    if not value:
        return None
    when = moment(value)
    # Services may send seconds since 1970; a person who gives a number means something else.
    if when is None or not re.match(r"\d{4}-", value):
        raise OptionsFailure(f"{name} {value!r} is not an ISO 8601 time such as 2026-11-21T02:30:00+01:00.")
    if zone_needed and not re.search(r"(Z|[+-]\d{2}:?\d{2})$", value.strip(), re.IGNORECASE):
        raise OptionsFailure(f"{name} {value!r} needs a time zone, such as Z for UTC or +01:00.")
    return when


def _check_seconds(value: float, name: str, above_zero: bool = False) -> None:
    if not 0 <= value <= _LONGEST or (above_zero and value == 0):
        raise OptionsFailure(
            f"{name} {value!r} is not a number of seconds {'above' if above_zero else 'from'} zero to {_LONGEST:.0f}."
        )


def _is_text(value: str) -> bool:
    """Tell whether a text is made of whole characters."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_hostname(value: str) -> bool:
    if re.fullmatch(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?", value) and len(value) <= 253:
        return True
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _check_https(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and _is_hostname(parts.hostname or "") and parts.username is None
        good = good and parts.port != 0 and not parts.query and not parts.fragment
    except ValueError:
        good = False
    if not good:
        raise OptionsFailure("auth_url is not an address such as https://identity.example.com.")


def _check_ca(path: str) -> None:
    if not os.path.isfile(path):
        raise OptionsFailure(f"ca_path {path!r} is not a file.")
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise OptionsFailure(f"ca_path {path!r} holds no certificates that can be read ({error}).") from error
