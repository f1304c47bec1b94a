# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of AWX's API as the modules of awx.awx ask for, with AWX's own rules for what it is given.

The rules are those of AWX 24.6: awx/main/fields.py for credential types, awx/api/views for surveys, and
awx/api/serializers.py for schedules and for playbooks, which must be in the project.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2.sandbox
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ansible_collections.vcf.lifecycle.extensions.simulator.server import Server, write_ca

ROOT = Path(__file__).parents[2]
API = "/api/v2/"
USER, PASSWORD, TOKEN = "admin", "Controller-Pass-1", "controller-token-1"

Item = dict[str, Any]

COMMON = {"name", "description", "organization"}
ASKED = {"ask_credential_on_launch", "ask_job_type_on_launch", "ask_variables_on_launch", "survey_enabled"}
FIELDS: dict[str, set[str]] = {
    "organizations": COMMON,
    "credentials": {*COMMON, "credential_type", "inputs"},
    "credential_types": {"name", "description", "kind", "inputs", "injectors", "managed"},
    "execution_environments": {*COMMON, "image"},
    "projects": {*COMMON, "scm_type", "scm_url", "scm_branch"},
    "inventories": {*COMMON, "kind", "host_filter", "variables"},
    "hosts": {"name", "description", "inventory", "variables", "enabled"},
    "groups": {"name", "description", "inventory", "variables"},
    "job_templates": {
        *COMMON, *ASKED, "project", "playbook", "inventory", "execution_environment", "allow_simultaneous",
    },
    "workflow_job_templates": {*COMMON, "survey_enabled"},
    "workflow_job_template_nodes": {"workflow_job_template", "identifier", "unified_job_template", "extra_data"},
    "workflow_approval_templates": {"name", "description", "timeout", "workflow_job_template", "identifier"},
    "schedules": {"name", "description", "unified_job_template", "rrule", "extra_data", "enabled"},
}  # fmt: skip
"""What can be written of each; AWX knows more."""

TYPES = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": (int, float),
}
CREDENTIAL_FIELD = {"id", "label", "type", "format", "choices", "help_text", "multiline", "secret", "default"}
CREDENTIAL_FIELD |= {"ask_at_runtime"}


class Refused(Exception):
    """What AWX answers with 400."""


def survey(spec: Any) -> None:
    """Judge a survey.

    :raises Refused: as AWX does.
    """
    _check(
        set(spec) == {"name", "description", "spec"} and spec["spec"], "a survey has a name, a description and a spec"
    )
    variables = [question.get("variable") for question in spec["spec"]]
    _check(len(set(variables)) == len(variables), f"variables twice: {variables}")
    for question in spec["spec"]:
        for field in ("type", "question_name", "variable"):
            _check(isinstance(question.get(field), str), f"{field} of {question} is no text")
        _check(isinstance(question.get("required"), bool), f"required of {question} is no boolean")
        _check(question["type"] in TYPES, f"{question['type']} is no type of a question")
        default = question.get("default", "")
        _check(
            default == "" or isinstance(default, TYPES[question["type"]]), f"the default of {question} is no such type"
        )
        for limit in ("min", "max"):
            _check(isinstance(question.get(limit), (int, type(None))), f"{limit} of {question} is no integer")
        if question["type"] in ("multiplechoice", "multiselect"):
            _check(question.get("choices"), f"{question} has no choices")
            _check(set(default.splitlines()) <= set(question["choices"]), f"the default of {question} is no choice")


def credential_type(item: Item) -> None:
    """Judge a credential type.

    :raises Refused: as AWX does.
    """
    _check(item.get("kind") in ("cloud", "net"), "of its own making are only types of the kinds cloud and net")
    inputs, injectors = item["inputs"], item["injectors"]
    _check(set(inputs) <= {"fields", "required"}, f"unknown keys in inputs: {list(inputs)}")
    ids = [field["id"] for field in inputs["fields"]]
    _check(len(set(ids)) == len(ids) and "tower" not in ids, f"ids must be unique, and none of them tower: {ids}")
    for field in inputs["fields"]:
        _check({"id", "label"} <= set(field) <= CREDENTIAL_FIELD, f"keys of {field}")
        _check(re.fullmatch(r"[a-zA-Z_]\w*", field["id"]), f"{field['id']} is no name")
        _check(field.get("type", "string") in ("string", "boolean"), f"type of {field}")
        is_plain = not {"choices", "multiline", "format", "secret"} & set(field)
        _check(field.get("type") != "boolean" or is_plain, f"{field} is a boolean")
    _check(set(injectors) <= {"file", "env", "extra_vars"}, f"unknown injectors: {list(injectors)}")
    known: Item = dict.fromkeys(ids, "EXAMPLE")
    if injectors.get("file"):
        _check(set(injectors["file"]) == {"template"}, f"files: {list(injectors['file'])}")
        known["tower"] = {"filename": "EXAMPLE_FILENAME"}
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
    for name, template in [*injectors.get("env", {}).items(), *injectors.get("file", {}).items()]:
        _check(not name.startswith("ANSIBLE_") and re.fullmatch(r"[a-zA-Z_]\w*", name), f"{name} is not allowed")
        _check(template.isascii(), f"{template} is not ASCII")
        try:
            environment.from_string(template).render(known)
        except jinja2.TemplateError as error:
            raise Refused(f"{name}: {error}") from error


def schedule(item: Item) -> None:
    """Judge a schedule.

    :raises Refused: as AWX does.
    """
    rule = item["rrule"]
    starts = re.findall(r"DTSTART(?:;[^:]+)?:\d{8}T\d{6}Z?", rule)
    _check(len(starts) == 1, "there must be one DTSTART")
    _check(";TZID=" in starts[0] or starts[0].endswith("Z"), "DTSTART must have a zone")
    _check(re.search(r"\sRRULE:FREQ=(MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)\b", rule), "there must be a rule")
    _check("INTERVAL=" in rule, "INTERVAL is required")


def _check(holds: Any, complaint: str) -> None:
    if not holds:
        raise Refused(complaint)


class Controller:
    """A fake AWX on a port of its own; a context manager."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[int, Item]] = {name: {} for name in FIELDS}
        self.surveys: dict[int, Item] = {}
        self.links: dict[tuple[str, int, str], list[int]] = {}
        self.writes: list[str] = []
        self._last = 0
        self.add("organizations", {"name": "Default"})
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "PATCH", "DELETE"])])
        self._server = Server(app, 0, "127.0.0.1", lambda: None)

    def __enter__(self) -> Controller:
        self._ca_path, self._folder = write_ca(None)
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        if isinstance(self._folder, tempfile.TemporaryDirectory):
            self._folder.cleanup()

    @property
    def environment(self) -> dict[str, str]:
        """What the modules need to be told."""
        return {
            "CONTROLLER_HOST": f"https://localhost:{self._server.port}",
            "CONTROLLER_USERNAME": USER,
            "CONTROLLER_PASSWORD": PASSWORD,
            "SSL_CERT_FILE": str(self._ca_path),
        }

    def named(self, table: str) -> dict[str, Item]:
        """What there is in a table, by its names."""
        return {item.get("name") or item["identifier"]: item for item in self.tables[table].values()}

    def linked(self, table: str, number: int, relation: str) -> list[str]:
        """The names of what is associated with something."""
        other = self._target(relation)
        found = (self.tables[other][one] for one in self.links.get((table, number, relation), []))
        return [item.get("name") or item["identifier"] for item in found]

    def add(self, table: str, given: Item) -> Item:
        """Create something.

        :raises Refused: where AWX would.
        """
        self._last += 1
        url = f"{API}{table}/{self._last}/"
        item: Item = {
            **dict.fromkeys(FIELDS[table], ""),
            **({"scm_revision": ""} if table == "projects" else {}),
            "id": self._last,
            "url": url,
            "type": {"inventories": "inventory"}.get(table, table.removesuffix("s")),
            "related": {"survey_spec": f"{url}survey_spec/"},
            "summary_fields": {},
        }
        self._write(table, item, given)
        self.tables[table][self._last] = item
        return item

    def _write(self, table: str, item: Item, given: Item) -> None:
        unknown = set(given) - FIELDS[table]
        _check(not unknown, f"{table} have no {sorted(unknown)}")
        new = {**item, **given}
        judge: dict[str, Callable[[Item], None]] = {"credential_types": credential_type, "schedules": schedule}
        judge.get(table, lambda _item: None)(new)
        if table == "job_templates":
            _check((ROOT / new["playbook"]).is_file(), f"Playbook not found for project: {new['playbook']}")
        if table == "schedules":
            asked = {question["variable"] for question in self.surveys[new["unified_job_template"]]["spec"]}
            _check(set(new["extra_data"]) <= asked, f"The survey does not ask for all of {list(new['extra_data'])}")
        item.update(given)

    async def _answer(self, request: Request) -> Response:
        parts = request.url.path.removeprefix(API).strip("/").split("/")
        body = json.loads(await request.body() or b"{}")
        if parts[0] == "tokens":
            return (
                JSONResponse({"id": 1, "token": TOKEN}, 201) if request.method == "POST" else Response(status_code=204)
            )
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"detail": "Authentication credentials were not provided."}, 401)
        if request.method != "GET":
            self.writes.append(f"{request.method} {'/'.join(parts)}")
        try:
            answer = self._read(parts, dict(request.query_params)) if request.method == "GET" else None
            answer = answer if answer is not None else self._change(request.method, parts, body)
        except Refused as refusal:
            return JSONResponse({"__all__": [str(refusal)], "error": str(refusal)}, 400)
        except KeyError:
            return JSONResponse({"detail": "Not found."}, 404)
        headers = {"X-API-Product-Name": "AWX", "X-API-Product-Version": "24.6.1"}
        status = 204 if answer == {} and len(parts) == 3 and parts[2] != "survey_spec" else 200
        if status == 204:
            return Response(status_code=204, headers=headers)
        created = request.method == "POST" and (len(parts) == 1 or parts[2] == "create_approval_template")
        return JSONResponse(answer, 201 if created else status, headers=headers)

    def _read(self, parts: list[str], asked: Item) -> Any:
        if parts[0] == "unified_job_templates":
            templates = [*self.tables["job_templates"].values(), *self.tables["workflow_job_templates"].values()]
            return self._list(templates, asked)
        if len(parts) == 1:
            return self._list(list(self.tables[parts[0]].values()), asked)
        number = int(parts[1])
        if len(parts) == 2:
            return self.tables[parts[0]][number]
        if parts[2] == "survey_spec":
            return self.surveys.get(number, {})
        other = self.tables[self._target(parts[2])]
        return self._list([other[one] for one in self.links.get((parts[0], number, parts[2]), [])], {})

    @staticmethod
    def _list(items: list[Item], asked: Item) -> Item:
        found = [item for item in items if all(str(item.get(key)) == value for key, value in asked.items())]
        return {"count": len(found), "next": None, "results": found}

    @staticmethod
    def _target(relation: str) -> str:
        return "workflow_job_template_nodes" if relation.endswith("_nodes") else relation

    def _change(self, method: str, parts: list[str], body: Item) -> Any:
        if len(parts) == 1:
            return self.add(parts[0], body)
        table, number = parts[0], int(parts[1])
        if method == "PATCH":
            self._write(table, self.tables[table][number], body)
            return self.tables[table][number]
        if parts[2] == "survey_spec":
            survey(body)
            self.surveys[number] = body
        elif parts[2] == "create_approval_template":
            approval = self.add("workflow_approval_templates", body)
            node = self.tables[table][number]
            node["related"]["unified_job_template"] = approval["url"]
            node["unified_job_template"] = approval["id"]
            return approval
        else:
            self.tables[self._target(parts[2])][body["id"]]
            self.links.setdefault((table, number, parts[2]), []).append(body["id"])
        return {}
