# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator plays: the scenario, as written in YAML. All times are simulated seconds unless they say real."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from .basis import Error, Seconds, Strict
from .faults import Fault

Part = TypeVar("Part", bound=BaseModel)


class ScenarioError(ValueError):
    """The scenario can not be played; the text names each bad key by its path."""


class State(str, Enum):
    """What the engine knows of a task or a stage; each service has its own words for it."""

    PENDING = "pending"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    WARNING = "warning"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELED = "canceled"
    SKIPPED = "skipped"
    NOT_APPLICABLE = "not_applicable"


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Message(Strict):
    """One line of a stage's log; ``after`` counts from the beginning of its stage."""

    text: str
    level: str = "INFO"
    id: str = ""
    after: float = 0


class Resource(Strict):
    """What a task works on."""

    id: str
    type: str
    name: str | None = None
    fqdn: str | None = None


class Node(Strict):
    """What stages and tasks have in common. ``seconds`` counts only where there are no stages inside; ``.inf`` never
    ends."""

    name: str
    description: str = ""
    type: str | None = None
    seconds: float = Field(0, ge=0)
    outcome: State = State.SUCCEEDED
    error: Error | None = None
    messages: list[Message] = []
    resources: Annotated[list[Resource], BeforeValidator(_listed)] = Field([], alias="resource")
    stages: list[Stage] = []
    blocked: bool = Field(False, description="while it runs, a service that has the word says BLOCKED")
    extra: dict[str, Any] = Field({}, description="more fields of the service's body, over the simulator's own")

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    @property
    def children(self) -> list[Node]:
        """What runs inside, one after the other."""
        return list(self.stages)

    def steps(self, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Node]]:
        """The innermost stages in the order they run, each with its path: the index of a child at each level."""
        if not self.children:
            yield path, self
        for index, child in enumerate(self.children):
            yield from child.steps((*path, index))


class Stage(Node):
    """A step inside a task: Fleet's stages (flat), SDDC Manager's sub-tasks and their stages (nested)."""


class Attempt(Strict):
    """What one run of a task does: ``fail`` names the stage that fails, with ``error``; else all succeed. ``outcome``
    is how the task ends when no stage failed; ``seconds`` overrides stages' durations by name."""

    fail: str | None = None
    error: Error | None = None
    outcome: State | None = None
    seconds: dict[str, float] = {}


class Task(Node):
    """A task. ``start`` is an offset to the start of the server, and may be negative: finished history."""

    id: str | None = None
    subtasks: list[Task] = []
    attempts: list[Attempt] = []
    created_by: str | None = None
    correlation_id: str | None = None
    system: bool = False
    cancellable: bool = True
    retriable: bool = True
    retry_new_id: bool = False
    start: float = 0
    pending: float = Field(0, ge=0)
    waits_as: State = State.PENDING
    appears_after: float | None = None
    purged_after: float | None = None
    zombie: bool = False
    ignores_cancel: bool = Field(
        False, description="a cancel is accepted, and the task goes on to its end all the same"
    )
    status_spelling: str | dict[State, str] = {}
    result: dict[str, Any] | None = None
    additional_details: dict[str, Any] | str | None = None
    resolved: bool = Field(False, description="SDDC Manager's word that somebody has dealt with its failure")
    owner: str | None = Field(None, description="vCenter's service that it is a task of")
    raw: dict[str, Any] | None = None
    spec: dict[str, Any] = Field({}, description="what was asked for: VCF Installer gives it back, passwords and all")

    def word(self, state: State, words: Mapping[State, str]) -> str:
        """What its service calls a state: the scenario's spelling, or the service's own of ``words``."""
        spelling = self.status_spelling
        return spelling if isinstance(spelling, str) else spelling.get(state, words[state])

    @property
    def children(self) -> list[Node]:
        """Its own stages run first, then its sub-tasks."""
        return [*self.stages, *self.subtasks]

    @model_validator(mode="after")
    def _attempts_name_stages(self) -> Task:
        check_attempts("attempts", self.attempts, self)
        return self


def check_attempts(key: str, attempts: Sequence[Attempt], node: Node) -> None:
    """Raise ValueError where attempts, which the scenario has at ``key``, do not fit the stages of a task."""
    steps = [step for _path, step in node.steps()]
    known = {step.name for step in steps}
    for attempt in attempts:
        for name in [*attempt.seconds, *([attempt.fail] if attempt.fail else [])]:
            if name not in known:
                raise ValueError(f"{key}: there is no stage {name!r} (there are {', '.join(sorted(known))})")
    if attempts and any(step.outcome is State.FAILED for step in steps if step is not node):
        raise ValueError(f"{key}: they say what fails; no stage may have the outcome 'failed' besides")


class ServiceSpec(Strict):
    """One service. ``users`` maps names to passwords; `services` has the defaults where nothing is given."""

    users: dict[str, str] | None = None
    api_keys: list[str] = []
    token_lifetime: float | None = None
    login_status: int | None = Field(None, description="HTTP status of a rejected login")
    base_path: str | None = None
    accept_after: float = Field(0, description="503 until then: the service is still starting")
    page_size: int = Field(10, ge=1, le=100, description="where a request names none")
    not_found_status: int = Field(404, description="HTTP status for an unknown id, of credentials tasks")
    rest_only: bool = Field(False, description="vCenter without /api, as before 7.0 Update 2")
    api_only: bool = Field(False, description="vCenter without /rest, which is deprecated")
    org_id: str = Field("org-1", description="VMC's organization")
    ignores_filter: bool = Field(False, description="VMC's list gives all tasks, whatever its $filter says")
    tasks: list[Task] = []
    durations: dict[Literal["upgrades", "prechecks", "tasks"], dict[str, list[Seconds]]] = Field(
        {}, description="how long things took, by component or type of task; for who wants to know, and never played"
    )
    upgrade: dict[str, Any] | None = Field(
        None, description="the upgrades it plays, in its own language: see `fleet_scenario` and `sddc_scenario`"
    )


class Scenario(Strict):
    """The whole of it. ``speed`` is simulated seconds per real second. Where there are several endpoints of a service,
    each has its services in ``endpoints``, by its name, and `at` gives one of them. ``captured_at`` is when the zero of
    all times was, in a scenario that was captured."""

    speed: float = Field(1.0, gt=0)
    captured_at: str | None = None
    services: dict[str, ServiceSpec] = {}
    endpoints: dict[str, dict[str, ServiceSpec]] = {}
    faults: list[Fault] = []
    chaos: int = Field(0, ge=0, description="how many runs of a rehearsal are broken by chance; never played")

    @model_validator(mode="after")
    def _something_to_play(self) -> Scenario:
        if not self.services and not self.endpoints:
            raise ValueError("services: there is nothing to play")
        return self

    def at(self, endpoint: str) -> Scenario:
        """The same for one of the endpoints alone; ScenarioError if there is none of that name."""
        if endpoint not in self.endpoints:
            known = ", ".join(self.endpoints) or "none"
            raise ScenarioError(f"scenario: endpoints: there is no {endpoint!r} (there are {known})")
        return self.model_copy(
            update={"services": self.endpoints[endpoint], "endpoints": {}, "faults": self.faults_at(endpoint)}
        )

    def faults_at(self, endpoint: str) -> list[Fault]:
        """The faults for one of the endpoints, as they are where it is played alone."""
        return [fault.model_copy(update={"endpoint": None}) for fault in self.faults if fault.at(endpoint)]


def changed(node: Part, settings: dict[str, Any]) -> Part:
    """A task or a service with other settings, which are checked as the scenario's are."""
    return type(node).model_validate(node.model_dump(by_alias=True, exclude_unset=True) | settings)


def parse(data: Any, source: str = "scenario") -> Scenario:
    """The scenario in a plain structure.

    Raises ScenarioError, which names each bad key by its path: ``services.fleet_lcm.tasks.0.stages.1.secnds``.
    """
    return read(Scenario, data, source)


def read(model: type[Part], data: Any, source: str = "scenario", path: tuple[str, ...] = ()) -> Part:
    """A part of a scenario, found in it at ``path``; ScenarioError as for `parse`."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ScenarioError("\n".join(f"{source}: {text}" for text in complaints(error, path))) from error


def complaints(error: ValidationError, path: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with what was found at ``path``, each with where it is."""
    return [
        f"{'.'.join(map(str, (*path, *item['loc']))) or '(top)'}: {item['msg'].removeprefix('Value error, ')}"
        for item in error.errors()
    ]


def load(path: str | Path) -> Scenario:
    """The scenario in a YAML file; ScenarioError as for `parse`."""
    try:
        data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path}: not YAML: {error}") from error
    return parse(data, str(path))
