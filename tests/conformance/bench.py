# SPDX-License-Identifier: GPL-3.0-or-later
"""One service to try things on: simulated over real TLS, asked in process, in a time that passes at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from ansible_collections.vcf.lifecycle.plugins.module_utils import runner
from ansible_collections.vcf.lifecycle.plugins.module_utils.clock import Clock
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import cancel, info, retry, wait
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from tests.conformance.traits import TRAITS, Traits
from tests.integration.runs import connection

VERBS = {"task_info": info, "task_wait": wait, "task_cancel": cancel, "task_retry": retry}

CREDENTIALS_SPEC = {
    "operationType": "UPDATE",
    "elements": [{"resourceType": "ESXI", "credentials": [{"username": "root", "password": "Hidden-spec-1"}]}],
}
SDDC_SPEC = {
    "sddcId": "sfo-m01",
    "dnsSpec": {"subdomain": "sfo.example.com"},
    "networkSpecs": [{"networkType": "MANAGEMENT"}],
    "vcenterSpec": {"rootVcenterPassword": "Hidden-spec-2"},
}
SPECS = {"credentials_spec": CREDENTIALS_SPEC, "spec": SDDC_SPEC}

_ERROR = {"code": "NODE-3", "message": "The node did not answer.", "remediation": "Restart it.", "reference": "AB12CD"}
_STAGES = [{"name": "download", "seconds": 60}, {"name": "install", "seconds": 60}]
_FAIL = {"fail": "install", "error": _ERROR}
_LONG_AGO = -600

# The same for every service; the probe alone has what filters look for.
TASKS: dict[str, dict[str, Any]] = {
    "running": {"stages": _STAGES},
    "doomed": {"stages": _STAGES, "attempts": [_FAIL]},
    "strange": {"stages": _STAGES, "status_spelling": {"running": "Zapping"}},
    "steadfast": {"stages": _STAGES, "ignores_cancel": True},
    "stubborn": {"stages": _STAGES, "cancellable": False},
    "purged": {"stages": _STAGES, "purged_after": 30},
    "over": {"start": -7200, "stages": _STAGES},
    "failed": {"start": _LONG_AGO, "stages": _STAGES, "attempts": [_FAIL, {}], "spec": SDDC_SPEC},
    "twice": {"start": _LONG_AGO, "stages": _STAGES, "attempts": [_FAIL, _FAIL, {}]},
    "hopeless": {"start": _LONG_AGO, "stages": _STAGES, "attempts": [_FAIL]},
    "probe": {
        "start": -3600,
        "type": "PROBE",
        "created_by": "somebody",
        "correlation_id": "c-1",
        "resource": {"id": "r-1", "type": "PROBED"},
        "stages": [{**stage, "resource": {"id": "r-1", "type": "PROBED"}} for stage in _STAGES],
        "attempts": [_FAIL],
    },
    "elsewhere": {"start": -1800, "type": "OTHER", "stages": _STAGES, "extra": {"service": "com.example.other"}},
    "system": {"start": -1800, "stages": _STAGES, "system": True},
}
IDS = {name: f"7a4be3d4-11f6-4b51-bb0c-0000000000{number:02}" for number, name in enumerate(TASKS)}

Result = dict[str, Any]


class JumpingClock(Clock):
    """The simulator's clock, and to sleep is to jump ahead in it."""

    def __init__(self, sim: Simulator) -> None:
        self._sim, self._clock = sim, sim.clock

    def monotonic(self) -> float:
        return self._clock.now()

    def now(self) -> datetime:
        return self._clock.at(self._clock.now())

    def sleep(self, seconds: float) -> None:
        # Real time never stands still, not even where rounding leaves nothing to sleep for.
        self._sim.advance(max(seconds, 0.001))


class Bench:
    """A simulated service, and the verbs to use on it."""

    def __init__(self, name: str, sim: Simulator) -> None:
        self.name = name
        self.sim = sim
        self.service = sim.service(name)
        self.traits: Traits = TRAITS[name]
        self.context = Context()
        sim.clock.speed = 0
        # What starts at 0 has begun.
        sim.clock.advance(1)

    def options(self, **instead: Any) -> dict[str, Any]:
        """The options that lead to the service; None leaves one out."""
        return connection(self.sim, self.name, **instead)

    def ask(self, verb: str, task: str | None = None, *, check: bool = False, **options: Any) -> Result:
        """Run a verb on a task, by the name of that. Its warnings are in C(context) afterwards."""
        given: dict[str, Any] = {} if task is None else {"task_ids": [IDS.get(task, task)]}
        if verb != "task_info":
            given["poll_interval"] = 5
        if verb == "task_retry" and self.traits.retries == "credentials_spec":
            given["credentials_spec"] = json.dumps(CREDENTIALS_SPEC)
        given.update(options)
        return self.run(VERBS[verb], check=check, diff=check, **given)

    def run(self, operation: Any, *, check: bool = False, diff: bool = False, **options: Any) -> Result:
        """Run the operation of a module with these options. Its warnings are in C(context) afterwards."""
        params = {name: value for name, value in self.options(**options).items() if value is not None}
        validation = ArgumentSpecValidator(operation.ARGUMENT_SPEC).validate(params)
        assert not validation.error_messages, validation.error_messages
        self.context = Context(check_mode=check, diff=diff, clock=JumpingClock(self.sim))
        return runner.outcome(operation.run, validation.validated_parameters, self.context)

    def state(self, task: str) -> str:
        """How a task is now, as the service itself shows it."""
        found = self.ask("task_info", task)["tasks"]
        return str(found[0]["state"])

    def accepted(self, task: str) -> list[str]:
        """What was asked of a task, and accepted."""
        entry = self.service.tasks.get(IDS[task])
        assert entry is not None
        return [event.kind for event in entry.log]

    @property
    def writes(self) -> list[Mapping[str, Any]]:
        """The requests so far that were to change something: all but reads, logins, and vCenter's ends of sessions."""
        return [
            seen
            for seen in self.sim.requests
            if seen["method"] != "GET"
            and seen["path"] != self.service.login_url
            and not (self.name == "vcenter" and seen["query"] == "action=list")
        ]

    @property
    def logins(self) -> int:
        """How many logins there were."""
        return self.sim.count("POST", re.escape(self.service.login_url) + r"\?")

    def open_sessions(self) -> list[str]:
        """The sessions that were opened at vCenter, and would still be taken."""
        tokens = self.service.tokens
        return [token for token in getattr(tokens, "opened", []) if tokens.valid(token)]


def scenario(name: str, **instead: Any) -> dict[str, Any]:
    """What the simulator is to serve."""
    tasks = [{"name": task, "id": IDS[task], **given} for task, given in TASKS.items()]
    service: dict[str, Any] = {"tasks": tasks, "users": {"somebody": "Hidden-login-1"}}
    if name == "vmc":
        service = {"tasks": tasks, "api_keys": ["Hidden-api-token-1"], "org_id": "1d1c83ee-e0b7-4de9-b660-9a9ca1d22f32"}
    return {"services": {name: {**service, **instead}}}


@contextmanager
def bench(name: str, **instead: Any) -> Iterator[Bench]:
    """A service to try things on, which must have no session open in the end.

    :param instead: of what the scenario says of the service.
    """
    with Simulator.from_dict(scenario(name, **instead)) as sim:
        made = Bench(name, sim)
        yield made
        assert made.open_sessions() == []
