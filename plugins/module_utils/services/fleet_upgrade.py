# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleet LCM's upgrades: paths and bodies of the system, releases, components, upgrade plans, bundles and the depot.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Source of the wire facts: "VCF Fleet LCM Service APIs" 9.1.0.0, operations getSystem, performSystemUpgrade,
syncDepotMetadata, getReleaseVersions, getTargetReleaseVersions, getComponents, getUpgradePlans, getUpgradePlan,
validateUpgradePlan, createUpgradePlan, updateUpgradePlan, configureUpgradePlan, precheckUpgradePlan, applyUpgradePlan
and getUpgradePlanBundles, and their schemas. It names neither the types of the tasks that are made of these requests
nor the codes of refusals: nothing here goes by either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.vcf.lifecycle.plugins.module_utils.fleet_upgrade_model import (
    Bundle,
    Component,
    Offer,
    Plan,
    PlanComponent,
    Release,
    Run,
    System,
    newest_first,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.base import ANY_STATUS
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.fleet_lcm import (
    STATUSES,
    FleetLcm,
    message_of,
    validation_errors,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.services.wire import (
    mapping,
    mappings,
    moment,
    number,
    state_of,
    structure,
    text,
    word,
)
from ansible_collections.vcf.lifecycle.plugins.module_utils.task import State, Task, TaskError
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Answer, Fault, Request

_PAGE_SIZE = 100
# Some components are only listed on request, and may be a plan's all the same.
_ALL_COMPONENTS = {"includeConsumptionVsp": "true", "includeVcdMigrator": "true"}
_MAX_PAGES = 1_000

# The statuses of executions, which are no TaskStatus.
_EXECUTION_STATUSES = {
    **STATUSES,
    "NOT_STARTED": State.PENDING,
    "INPROGRESS": State.RUNNING,
    "SUCCESS": State.SUCCEEDED,
}
_EXECUTIONS = {"apply": "UPGRADE", "precheck": "PRECHECK"}


@dataclass(frozen=True)
class PlanSpec:
    """What a plan is to be: a release, the version of each type, and the components that it is limited to, by id."""

    version: str
    software: Mapping[str, str]
    chosen: tuple[str, ...] = ()

    def as_spec(self) -> dict[str, Any]:
        """Return it as UpgradePlanSpec."""
        components = [{"type": name, "version": version} for name, version in self.software.items()]
        spec: dict[str, Any] = {"desiredSoftware": {"version": self.version, "components": components}}
        if self.chosen:
            spec["componentsFilter"] = [{"id": component_id} for component_id in self.chosen]
        return spec


@dataclass(frozen=True)
class Choice:
    """Which components of a plan an action is for, by id (none: all), and what the user gives for them."""

    ids: tuple[str, ...] = ()
    inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def as_request(self) -> dict[str, Any]:
        """Return it as UpgradePlanActionRequest."""
        if not self.ids:
            return {}
        chosen = [
            {"id": one, "userInputSpec": dict(self.inputs[one])} if one in self.inputs else {"id": one}
            for one in self.ids
        ]
        return {"componentsFilter": chosen}


# Reading ----------------------------------------------------------------------------------------------------------
#
# All of these raise what Service.get_task raises.


def has_upgrades(service: FleetLcm) -> bool:
    """Tell whether the service has anything to say of upgrades."""

    def read(answer: Answer) -> bool:
        if answer.status == 404 and answer.foreign:
            raise Fault("it answers with something that is not JSON", http_status=answer.status)
        return answer.is_success

    return service.call(Request("GET", _url(service, "system")), read, also=(404,))


def get_system(service: FleetLcm) -> System:
    """Return how Fleet LCM itself is."""

    def read(answer: Answer) -> System:
        body = _object(answer)
        upgrade = mapping(body.get("upgrade"))
        available = body.get("availableTargetVersions")
        return System(
            version=word(body.get("currentVersion")),
            target_version=word(body.get("targetVersion")),
            available_versions=newest_first(_words(available)),
            upgrade=_run(upgrade),
            bundles=[bundle for depot in mappings(body.get("bundles")) for bundle in _bundles(depot)],
        )

    return service.call(Request("GET", _url(service, "system")), read)


def list_releases(service: FleetLcm, *, applicable: bool = False) -> list[Release]:
    """Return the releases, the newest first; on request only those that something can be upgraded to.

    Later releases than Fleet LCM itself has are hidden by the service.
    """
    path = ("release-versions", "target-versions") if applicable else ("release-versions",)
    found = [
        Release(version=version, components=[_offer(one) for one in mappings(body.get("components"))])
        for body in _elements(service, path)
        if (version := word(body.get("version")))
    ]
    order = newest_first(release.version for release in found)
    return sorted(found, key=lambda release: order.index(release.version))


def list_components(service: FleetLcm) -> list[Component]:
    """Return all components that are installed, with the versions that they really have."""
    return [
        Component(
            id=component_id,
            type=word(body.get("componentType")),
            name=text(body.get("componentTypeDescription")),
            version=word(body.get("version")),
            fqdn=word(body.get("fqdn")),
            scope=word(body.get("scope")),
        )
        for body in _elements(service, ("components",), name="components", query=_ALL_COMPONENTS)
        if (component_id := word(body.get("id")))
    ]


def list_plan_ids(service: FleetLcm) -> list[str]:
    """Return the ids of all upgrade plans."""
    return [plan_id for body in _elements(service, ("upgrade-plans",)) if (plan_id := word(body.get("id")))]


def get_plan(service: FleetLcm, plan_id: str) -> Plan | None:
    """Return an upgrade plan with all its components; None if the service does not know it."""
    if plan_id in (".", ".."):
        # As a path segment these can not be quoted: whoever is on the way may resolve them to another path.
        return None
    url = _url(service, "upgrade-plans", plan_id)

    def read(answer: Answer) -> dict[str, Any] | None:
        if answer.status in (400, 404):
            if answer.foreign:
                raise Fault("it answers with something that is not JSON", http_status=answer.status)
            return None
        return _object(answer)

    plan: Plan | None = None
    for page in range(1, _MAX_PAGES):
        query = {"componentsPageNumber": str(page), "componentsPageSize": str(_PAGE_SIZE)}
        body = service.call(Request("GET", url, query=query), read, also=(400, 404))
        if body is None:
            return None
        plan = plan or _plan(body, plan_id)
        listed = mapping(body.get("components"))
        found = [_plan_component(one) for one in mappings(listed.get("elements")) if word(one.get("id"))]
        known = {one.id for one in plan.components}
        plan.components += [one for one in found if one.id not in known]
        if page >= (number(mapping(listed.get("pageMetadata")).get("totalPages")) or 1) or not found:
            break
    return plan


def list_bundles(service: FleetLcm, plan_id: str) -> list[Bundle]:
    """Return the bundles of an upgrade plan, of all depots."""
    depots = _elements(service, ("upgrade-plans", plan_id, "bundles"))
    return [bundle for depot in depots for bundle in _bundles(depot)]


def failed_validations(task: Task) -> list[TaskError]:
    """Return the errors that a validation has found, whatever the status of its task."""
    return validation_errors(mapping(task.result))


def execution_type(action: str) -> str:
    """Return what a plan calls its executions of C(apply) or C(precheck)."""
    return _EXECUTIONS[action]


# Writing ----------------------------------------------------------------------------------------------------------
#
# All of these send their request once. They raise Refused when the service says no, and Fault when the answer was
# lost: the request may have been carried out then.


def sync_depot(service: FleetLcm) -> Task:
    """Have the depot's metadata synchronized; return the task, also of a synchronization that is going on already."""
    return _started(service, Request("POST", _url(service, "depot-metadata"), query={"action": "sync"}))


def upgrade_system(service: FleetLcm, target_version: str) -> Task:
    """Set the version that Fleet LCM itself is to have, and upgrade to it; return the task."""
    url, body = _url(service, "system"), {"targetVersion": target_version}
    return _started(service, Request("POST", url, query={"action": "apply"}, json=body))


def validate_plan(service: FleetLcm, spec: PlanSpec) -> Task:
    """Have it checked whether a plan could be made; return the task."""
    return _started(service, Request("POST", _url(service, "upgrade-plans", "validations"), json=spec.as_spec()))


def create_plan(service: FleetLcm, spec: PlanSpec) -> str:
    """Create a plan, or update the one that the service takes for the same; return its id."""

    def read(answer: Answer) -> str:
        plan_id = word(mapping(service.accepted(answer).body).get("id"))
        if plan_id is None:
            raise Fault("it creates a plan and does not say its id")
        return plan_id

    request = Request("POST", _url(service, "upgrade-plans"), json={"spec": spec.as_spec()})
    return service.call(request, read, also=ANY_STATUS, repeatable=False)


def update_plan(service: FleetLcm, plan_id: str, spec: PlanSpec) -> str:
    """Change what a plan is to be; return its id."""
    request = Request("PATCH", _url(service, "upgrade-plans", plan_id), json={"spec": spec.as_spec()})
    service.call(request, service.accepted, also=ANY_STATUS, repeatable=False)
    return plan_id


def start(service: FleetLcm, plan_id: str, action: str, choice: Choice) -> Task:
    """Start C(configure), C(precheck) or C(apply) of a plan; return the task."""
    service.redactor.learn_from(dict(choice.inputs))
    url = _url(service, "upgrade-plans", plan_id)
    return _started(service, Request("POST", url, query={"action": action}, json=choice.as_request()))


# Wire formats -----------------------------------------------------------------------------------------------------


def _url(service: FleetLcm, *path: str) -> str:
    return service.url("v1", *path)


def _started(service: FleetLcm, request: Request) -> Task:
    """Send a request that is answered with the task that was made of it."""

    def read(answer: Answer) -> Task:
        body = mapping(service.accepted(answer).body)
        if not word(body.get("id")):
            raise Fault("it accepts the request and does not say which task it has made of it")
        return service.read_task(body)

    return service.call(request, read, also=ANY_STATUS, repeatable=False)


def _object(answer: Answer) -> dict[str, Any]:
    if not isinstance(answer.body, dict):
        raise Fault("it answers with something that is not an object", first_kind="invalid_response")
    return answer.body


def _elements(
    service: FleetLcm, path: tuple[str, ...], *, name: str = "elements", query: Mapping[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield what is on the pages of a list, each thing once.

    :param name: the field of a page that holds it.
    """

    def read(answer: Answer) -> dict[str, Any]:
        body = _object(answer)
        if name not in body and "pageMetadata" not in body:
            raise Fault(f"it answers with something that is not a list ({path[0]})", first_kind="invalid_response")
        return body

    seen: list[dict[str, Any]] = []
    for page in range(1, _MAX_PAGES):
        paging = {"pageNumber": str(page), "pageSize": str(_PAGE_SIZE)}
        body = service.call(Request("GET", _url(service, *path), query={**(query or {}), **paging}), read)
        found = [one for one in mappings(body.get(name)) if one not in seen]
        yield from found
        seen += found
        if page >= (number(mapping(body.get("pageMetadata")).get("totalPages")) or 1) or not found:
            return


def _words(value: Any) -> list[str]:
    return [found for one in value if (found := word(one))] if isinstance(value, list) else []


def _offer(body: dict[str, Any]) -> Offer:
    return Offer(
        type=word(body.get("type")) or "",
        name=text(body.get("publicName")),
        versions=newest_first(_words(body.get("versions"))),
    )


def _bundles(depot: dict[str, Any]) -> list[Bundle]:
    """Return the bundles of UpgradePlanBundles."""
    return [
        Bundle(
            id=word(body.get("bundleId")),
            type=word(body.get("bundleType")),
            component_type=word(body.get("componentType")),
            name=text(body.get("publicName")),
            version=word(body.get("version")),
            status=word(body.get("status")),
            size_bytes=_whole(body.get("size")),
            depot=word(depot.get("fdsFqdn")),
        )
        for body in mappings(depot.get("components"))
    ]


def _whole(value: Any) -> int | None:
    found = number(value)
    return None if found is None else int(found)


def _run(body: dict[str, Any]) -> Run | None:
    """Return an execution, or the last upgrade or precheck of a component or of the system."""
    task_id, status = word(body.get("taskId")), word(body.get("status"))
    if task_id is None:
        return None
    return Run(
        task_id=task_id,
        type=word(body.get("type")),
        state=state_of(status, _EXECUTION_STATUSES),
        status=status,
        created_at=moment(body.get("createTime")),
        plan_task_id=word(body.get("planExecutionTaskId")),
    )


def _plan(body: dict[str, Any], plan_id: str) -> Plan:
    """Return what stands in UpgradePlan beside the pages of its components."""
    spec = mapping(body.get("spec"))
    desired = mapping(spec.get("desiredSoftware"))
    components = desired.get("components")
    return Plan(
        id=word(body.get("id")) or plan_id,
        status=word(body.get("status")),
        version=word(desired.get("version")),
        software={
            name: version
            for one in mappings(components)
            if (name := word(one.get("type"))) and (version := word(one.get("version")))
        }
        if components
        else None,
        chosen=[one for body in mappings(spec.get("componentsFilter")) if (one := word(body.get("id")))],
        created_at=moment(body.get("createTime")),
        created_by=word(body.get("createdBy")),
        updated_at=moment(body.get("updateTime")),
        executions=[run for one in mappings(body.get("executions")) if (run := _run(one))],
    )


def _plan_component(body: dict[str, Any]) -> PlanComponent:
    return PlanComponent(
        id=word(body.get("id")) or "",
        type=word(body.get("type")),
        name=text(body.get("publicName")),
        fqdn=word(body.get("fqdn")),
        version=word(body.get("version")),
        target_version=word(body.get("targetVersion")),
        status=word(body.get("status")),
        depends_on=_words(body.get("dependsOn")),
        messages=[message_of(message) for message in mappings(body.get("messages"))],
        upgrade=_run(mapping(body.get("upgrade"))),
        precheck=_run(mapping(body.get("precheck"))),
        # Specified as an object, and shown in examples as JSON inside a text.
        user_input=mapping(structure(body.get("userInputSpec"))),
    )
