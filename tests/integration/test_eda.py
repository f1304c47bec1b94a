# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source, its rulebooks and its credential type, as ansible-rulebook has them."""

from __future__ import annotations

import ast
import http.server
import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.transitions import Kind
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.watch import ARGUMENT_SPEC, Event
from tests.integration import debian
from tests.integration.conftest import Simulate
from tests.integration.eda import COLLECTION, SOURCE
from tests.integration.leftovers import end_all_of
from tests.integration.runs import PROGRAMS, ROOT, Ansible, connection

EDA = ROOT / "extensions" / "eda"
RULEBOOKS = {path.stem: path for path in sorted((EDA / "rulebooks").glob("*.yml"))}
TOO_LONG = 200  # seconds for a run of ansible-rulebook on a busy machine

FAIL = {"fail": "deploy", "error": {"code": "NODE-3", "message": "The node did not answer."}}
STAGES = [{"name": name, "seconds": 60} for name in ("prepare", "deploy")]
SCENARIO = {
    "speed": 30,
    "services": {
        "fleet_lcm": {
            "users": {"somebody": "Hidden-login-1"},
            "tasks": [
                {
                    "name": "upgrade of the depot",
                    "id": "upgrade",
                    "start": -600,
                    "stages": STAGES,
                    "attempts": [FAIL, {}],
                },
                {"name": "hopeless", "id": "hopeless", "start": -600, "stages": STAGES, "attempts": [FAIL]},
                {"name": "quiet", "id": "quiet", "start": -10, "seconds": 1e9},
            ],
        }
    },
}


def documented() -> dict[str, Any]:
    """The options of the source, as its DOCUMENTATION says."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    texts = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for example in yaml.safe_load(texts["EXAMPLES"]):
        assert set(example["vcf.lifecycle.tasks"]) <= set(ARGUMENT_SPEC)
    found: dict[str, Any] = yaml.safe_load(texts["DOCUMENTATION"])
    return found


def test_options_are_those_of_the_argument_spec() -> None:
    options = documented()["options"]
    assert set(options) == set(ARGUMENT_SPEC)
    for name, settings in ARGUMENT_SPEC.items():
        for key in ("type", "elements", "default", "choices", "aliases"):
            assert options[name].get(key) == settings.get(key), f"{name}: {key}"
        assert options[name].get("required", False) == settings.get("required", False), name
        variables = settings["fallback"][1] if "fallback" in settings else []
        assert all(f"E({variable})" in " ".join(options[name]["description"]) for variable in variables), name


def test_transitions_and_keys_are_all_documented() -> None:
    text = " ".join(documented()["description"])
    assert [kind.value for kind in Kind if f"C({kind.value})" not in text] == []
    assert [name for name in Event.__dataclass_fields__ if f"C({name})" not in text] == []


def test_the_credential_type_fits_the_options() -> None:
    credential = yaml.safe_load((EDA / "credential_type.yml").read_text(encoding="utf-8"))
    fields = {field["id"]: field for field in credential["inputs"]["fields"]}
    secret = {name for name, settings in ARGUMENT_SPEC.items() if settings.get("no_log")}
    assert {name for name, field in fields.items() if field.get("secret")} == secret
    variables = {name: ARGUMENT_SPEC[name]["fallback"][1][0] for name in fields}
    assert credential["injectors"] == {"env": {variables[name]: f"{{{{ {name} }}}}" for name in fields}}


@pytest.mark.parametrize("name", RULEBOOKS)
def test_all_inputs_are_said_at_the_head(name: str) -> None:
    text = RULEBOOKS[name].read_text(encoding="utf-8")
    head, rest = text.split("\n- name: ", 1)
    used = set(re.findall(r"{{ (vcf_[a-z_]+)", rest))
    assert used <= set(re.findall(r"\bvcf_[a-z_]+", head))
    assert f"ansible-rulebook --rulebook vcf.lifecycle.{name} " in head
    for ruleset in yaml.safe_load(text):
        for source in ruleset["sources"]:
            assert set(source["vcf.lifecycle.tasks"]) <= set(ARGUMENT_SPEC)


@contextmanager
def webhook(posts: list[Any]) -> Iterator[str]:
    """Take what is posted, and yield where to."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Rulebook:
    """Runs ansible-rulebook, in a folder of its own, with the login in the environment."""

    def __init__(self, ansible: Ansible, sim: Simulator) -> None:
        self.folder = ansible.folder
        settings = {f"VCF_{name.upper()}": str(value) for name, value in connection(sim).items()}
        java = Path(debian.find("java", "openjdk-17-jre-headless"))
        self.environment = {
            **{name: value for name, value in ansible.environment.items() if name != "ANSIBLE_CONFIG"},
            "PATH": f"{ansible.environment['PATH']}:{java.parent}",
            "TMPDIR": str(self.folder),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTION.parents[2]),
            "PYTHONUNBUFFERED": "1",
            **settings,
        }

    def run(self, rulebook: str, *options: str, is_enough: Callable[[str], bool], **variables: Any) -> tuple[int, str]:
        """Run it with these variables until it ends, or is asked to because a line of its output is enough.

        Return its exit code and its output. Whatever it has started ends too.
        """
        (self.folder / "vars.yml").write_text(yaml.safe_dump(variables))
        (self.folder / "hosts.yml").write_text("all: {hosts: {here: {ansible_connection: local}, there: }}\n")
        command = [PROGRAMS / "ansible-rulebook", "--rulebook", rulebook, "--vars", "vars.yml", "-i", "hosts.yml"]
        with subprocess.Popen(
            [*map(str, command), *options],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            # Reading a line waits for it: the one that never comes must not keep us.
            guard = threading.Timer(TOO_LONG, process.kill)
            guard.start()
            shown = []
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    shown.append(line)
                    if is_enough(line):
                        # Java takes the signal, and ends it without a word to the plays: none may be left by now.
                        process.terminate()
                process.wait(TOO_LONG)
            finally:
                guard.cancel()
                process.kill()
                left = end_all_of(self.folder)
        assert left == [], "".join(shown)
        return process.returncode, "".join(shown)


@pytest.mark.timeout(TOO_LONG + 2 * debian.TOO_LONG)
def test_the_rulebooks_act(ansible: Ansible, simulate: Simulate) -> None:
    """All of them at once, since it takes long to start: one retries, one tells of a stall, one reports.

    The one that retries does so once for each task, and beside the other.
    """
    pytest.importorskip("ansible_rulebook", reason="it is tested with one version of ansible-core")
    sim = simulate(SCENARIO)
    rulebook = Rulebook(ansible, sim)
    together = [ruleset for path in RULEBOOKS.values() for ruleset in yaml.safe_load(path.read_text(encoding="utf-8"))]
    (rulebook.folder / "together.yml").write_text(yaml.safe_dump(together, sort_keys=False))
    evidence = rulebook.folder / "evidence"
    report = evidence / "upgrade" / "here" / "report.json"
    posts: list[Any] = []
    ended = 0

    def reported() -> list[tuple[str, str]]:
        tasks = json.loads(report.read_text(encoding="utf-8"))["tasks"] if report.exists() else []
        return [(task["id"], task["state"]) for task in tasks]

    def is_enough(line: str) -> bool:
        nonlocal ended
        ended += "Ansible runner rc:" in line
        # Two retries, two reports of the one that is named an upgrade, and a notification.
        return ended == 5

    with webhook(posts) as url:
        _, output = rulebook.run(
            "together.yml",
            "-vv",
            is_enough=is_enough,
            vcf_notify_url=url,
            vcf_stall_after=4,
            vcf_poll_interval=0.5,
            vcf_since="2001-01-01T00:00:00Z",
            vcf_report_directory=str(evidence),
        )
    assert reported() == [("upgrade", "SUCCEEDED")], output
    assert [post["text"].split(" for ")[0] for post in posts] == ["Nothing has changed in task 'quiet' (quiet)"]
    assert {name: sim.count("POST", f"tasks/{name}.*retry") for name in ("upgrade", "hopeless")} == {
        "upgrade": 1,
        "hopeless": 1,
    }
    assert "Traceback" not in output, output
    assert "Hidden" not in output


@pytest.mark.timeout(TOO_LONG + 2 * debian.TOO_LONG)
def test_a_login_that_is_missing_ends_a_rulebook_of_the_collection_with_a_sentence(
    ansible: Ansible, simulate: Simulate
) -> None:
    pytest.importorskip("ansible_rulebook", reason="it is tested with one version of ansible-core")
    rulebook = Rulebook(ansible, simulate(SCENARIO))
    del rulebook.environment["VCF_PASSWORD"]
    code, output = rulebook.run("vcf.lifecycle.retry_failed", is_enough=lambda line: False)
    assert code == 1, output
    assert "OptionsFailure: fleet_lcm needs username and password or token." in output
    # ansible-rulebook shows where an error comes from: there is no more of ours than the source itself.
    assert output.count("plugin_utils") == 0, output
