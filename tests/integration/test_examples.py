# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of the documentation is run, by Ansible's own programs and against the simulator.

The text of an example stays as it is, but for where it happens and when (``Stage.here``): hosts below example.com are
the simulator, the night in November 2026 is that of tomorrow, and evidence goes to a folder of the test.
What an example leaves out, and its reader has: passwords, an open change window, groups of hosts. That nobody looks
only every ten seconds is set around it too.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.integration.conftest import SCENARIOS, Simulate
from tests.integration.examples import GUIDES, OTHERS, PLUGINS, READMES, YAML, Block, blocks_of
from tests.integration.runs import MODULES, OF_TASKS, ROOT, Ansible

PASSWORD = "Correct-Horse-1"
PATIENCE = 600
"""Seconds for a test, which takes some ten on a machine that does nothing else."""
UPGRADE_TASK = "019aa000-0000-7000-8000-000000000013"
UPGRADE = {
    "tasks": [
        {
            "id": UPGRADE_TASK,
            "name": "upgrade",
            "state": "SUCCEEDED",
            "started_at": "2026-11-21T21:00:00Z",
            "ended_at": "2026-11-21T22:00:00Z",
        }
    ]
}
"""What a task has registered that comes before the one in an example."""
THE_NIGHT = date(2026, 11, 21)
"""That the examples speak of."""
STEP = 30  # seconds of simulated time that pass with a request

PACE = {"poll_interval": 0.02, "max_poll_interval": 0.1}

SIMULATOR = "ansible_collections.vcf.lifecycle.extensions.simulator"

NOT_RUN = {
    "make demo": "tests/integration/test_demo.py runs it",
    "make rehearse": "tests/integration/test_rehearsal_demo.py runs it",
    "make test": "it runs this test",
    "make lint": "it takes minutes, and is run before this test",
    "make docs": "it is one of the linters",
    "make faults": "tests/faults/test_faults.py runs it",
    "make build": "the linters build the tarball, and check what they have installed of it",
    "ansible-galaxy collection install .build/vcf-lifecycle-*.tar.gz": "the linters do that with the tarball",
    "pip install -r requirements.txt": "it needs a network; what it installs is what this test runs with",
    f".venv/bin/python -m {SIMULATOR} --scenario tests/scenarios/tasks.yml --port 8443 "
    "--directory .build/simulator": "the test serves that scenario itself",
    f"python -m {SIMULATOR} --scenario tonight.yml --speed 200": "tests/conformance/test_capture.py plays captures",
    "ansible-playbook vcf.lifecycle.rehearse -i inventory.yml -e scenario=tonight.yml "
    "-e playbook=vcf.lifecycle.fleet_upgrade -e fleet_upgrade_version=9.1.0.0 -e speed=200 -e runs=5": (
        "tests/integration/test_rehearse.py runs it"
    ),
    "ansible-playbook vcf.lifecycle.rehearse -i inventory.yml -e scenario=tonight.yml "
    "-e playbook=vcf.lifecycle.fleet_upgrade -e fleet_upgrade_version=9.1.0.0 -e @faults.yml": (
        "tests/unit/test_guides.py reads the file, and tests/integration/test_rehearse.py has more"
    ),
    "ansible-playbook vcf.lifecycle.rehearse -i inventory.yml -e scenario=tonight.yml "
    "-e playbook=vcf.lifecycle.fleet_upgrade -e fleet_upgrade_version=9.1.0.0 -e chaos=50": (
        "tests/integration/test_chaos.py runs it"
    ),
    "cat here.yml": "it shows a file that tests/integration/test_eda.py writes",
    "ansible-rulebook --rulebook vcf.lifecycle.retry_failed --inventory here.yml": (
        "tests/integration/test_eda.py runs it"
    ),
    "ansible-builder build --file execution-environment.yml --tag vcf-lifecycle": "it needs a container engine",
    "ansible-navigator run vcf.lifecycle.show -i fleet.example.com, -e vcf_service=fleet_lcm "
    "--ee false --mode stdout": "tests/integration/test_execution_environment.py runs it",
    "ansible-playbook vcf.lifecycle.awx_setup -e @endpoints.yml": "tests/integration/test_awx_setup.py runs it",
}
"""Commands that are not run here, and why."""

SAID = "make a plan with fleet_upgrade_plan, and capture again"
"""What the warning says that goes with the capture of a fleet without a plan, which is what the examples have."""

NO_PLAYS = {
    "ansible.builtin.uri:": "how others do it",
    "sources:": "a rulebook; tests/integration/test_eda.py runs those that are shipped",
    "vcf.lifecycle.rehearse:": "tests/integration/test_rehearse.py runs it, and a test of the module reads it",
    "{'rehearsal': rehearsal}": "tests/integration/test_rehearse.py has the report of one",
}
"""What a block of YAML holds that is parsed here and not run, and why."""

FILES = {"all": "inventory.yml", "awx_setup_endpoints": "endpoints.yml"}
"""The files that blocks without a caption are, by what they begin with."""

FAILED_BEFORE = ("roles/change_window/README.md", "roles/task_recovery/README.md")
"""Examples that retry the task that others wait for."""

OWN_SCENARIO = {"docs/docsite/rst/guide_getting_started.rst": "tests/scenarios/tasks.yml"}
"""Examples that say what is served."""

PACED = [
    name
    for name in MODULES
    if "vcf.lifecycle.waiting.pace" in (ROOT / f"plugins/modules/{name}.py").read_text(encoding="utf-8")
]


class Stage:
    """Where the examples of one source are run: its simulator, and what is around it."""

    def __init__(self, source: str, simulate: Simulate, folder: Path) -> None:
        self.folder = folder
        self._seen_since: Counter[str] = Counter()
        self.sim = simulate(scenario_of(source), on_request=self._seen)

    def _seen(self, record: dict[str, Any]) -> None:
        """Let time pass, the more the longer somebody does nothing but look."""
        if record["method"] != "GET":
            self._seen_since.clear()
        self.sim.clock.advance(STEP * 2 ** min(self._seen_since[record["path"]], 9))
        self._seen_since[record["path"]] += 1

    def here(self, text: str) -> str:
        """Return the text of an example as it has to be here and today."""
        tomorrow = datetime.now(timezone.utc).date() + timedelta(days=1)
        text = re.sub(
            r"\b2026-11-\d\d(?!\d)", lambda day: str(tomorrow + (date.fromisoformat(day[0]) - THE_NIGHT)), text
        )
        for found, instead in {
            r"\b[\w-]+\.example\.com\b": Simulator.host,
            "/var/lib/evidence": str(self.folder / "evidence"),
            r"(?<=PORT=)8443\b": str(self.sim.port),
            r"\$PWD/\.build/simulator/ca\.pem|/etc/pki/tls/certs/our-authority\.pem": str(self.sim.ca_path),
        }.items():
            text = re.sub(found, instead, text)
        return text

    def plays(self, block: Block) -> list[dict[str, Any]]:
        """Return the plays of a block, or one around its tasks, with what leads to this simulator."""
        data = yaml.safe_load(self.here(block.text))
        around = {"hosts": "localhost", "gather_facts": False, "vars": {"upgrade": UPGRADE}, "tasks": data}
        plays = data if block.is_playbook else [around]
        for play in plays:
            play["name"] = f"{block.place}: {play.get('name', 'tasks')}"
            given = play.setdefault("module_defaults", {})
            for name in MODULES:
                options = given.setdefault(f"vcf.lifecycle.{name}", {})
                options |= {"port": self.sim.port} | (PACE if name in PACED else {})
                if name in OF_TASKS and name != "extension_task" and "group/vcf.lifecycle.all" not in given:
                    options["service"] = "fleet_lcm"
        return plays


def scenario_of(source: str) -> dict[str, Any]:
    """What is served for the examples of a source, with the tasks that it speaks of; time stands still by itself."""
    path = ROOT / OWN_SCENARIO[source] if source in OWN_SCENARIO else SCENARIOS / "examples.yml"
    scenario: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    text = (ROOT / source).read_text(encoding="utf-8").replace("{{ upgrade_task }}", UPGRADE_TASK) if source else ""
    for served in scenario["services"].values():
        # Time jumps, and a token has to last until it is used.
        served["token_lifetime"] = 1e9
        tasks = served.get("tasks", [])
        failed = next((task for task in tasks if task.get("attempts")), {})
        if source in FAILED_BEFORE and failed:
            tasks[0] |= {name: failed[name] for name in ("start", "attempts")}
        # Others would be in the way.
        served["tasks"] = [task for task in tasks if task.get("id", "?") in text]
        if source and "upgrade" in served:
            shorten(served["upgrade"])
    return scenario | {"speed": 0.001}


def shorten(upgrade: dict[str, Any]) -> None:
    """Leave a single step of an upgrade, since whole ones take their time and have tests of their own."""
    del upgrade.get("components", [])[1:]
    for domain in upgrade.get("domains", [])[1:]:
        domain["version"] = domain["target"]
        domain["components"] = {}


def has_tasks(source: str) -> bool:
    """Whether the examples of a source speak of tasks."""
    return any(served.get("tasks") for served in scenario_of(source)["services"].values())


def surroundings() -> dict[str, Any]:
    """The variables that a reader of the examples has."""
    now = datetime.now(timezone.utc)
    return {
        **{f"{name}_password": PASSWORD for name in ("fleet", "sddc_manager", "vcenter")},
        "pseudonyms_key": PASSWORD,
        "upgrade_task": UPGRADE_TASK,
        "change_window_definition": {
            "start": (now - timedelta(days=1)).isoformat(),
            "end": (now + timedelta(days=3)).isoformat(),
        },
        **{f"{name}_poll_interval": 0.02 for name in ("vcf", "fleet_upgrade", "sddc_upgrade", "task_recovery")},
    }


def prepare(ansible: Ansible, sim: Simulator) -> None:
    """Have the files and the environment that the examples take for granted."""
    group = {"hosts": {"localhost": None}}
    (ansible.folder / "groups.yml").write_text(
        yaml.safe_dump(
            {
                "all": {
                    "children": {"fleet": group, "fleets": group, "sddc_managers": group},
                    "vars": {"ansible_connection": "local"},
                }
            }
        )
    )
    (ansible.folder / "surroundings.yml").write_text(yaml.safe_dump(surroundings()))
    ansible.environment |= {
        "VCF_HOSTNAME": sim.host,
        "VCF_PORT": str(sim.port),
        "VCF_USERNAME": "admin@vsp.local",
        "VCF_PASSWORD": PASSWORD,
        "VCF_CA_PATH": str(sim.ca_path),
    }
    ansible.too_long = PATIENCE


def to_run(blocks: list[Block]) -> list[Block]:
    """The plays and tasks among blocks that no command runs, because they are no files."""
    return [
        block
        for block in blocks
        if block.language in YAML
        and isinstance(block.data, list)
        and not block.caption
        and not any(word in block.text for word in NO_PLAYS)
    ]


def test_no_block_escapes() -> None:
    commands = []
    for path in (*GUIDES, *READMES, *PLUGINS):
        blocks = blocks_of(path)
        assert path.suffix == ".rst" or blocks, path
        typed = " ".join(command for block in blocks for command in block.commands)
        for block in blocks:
            assert block.language in (*YAML, "console", *OTHERS), block.place
            if block.language in YAML:
                assert block.data, block.place
                # A file is there to be used; what is no file is run, or is the inventory that a command names.
                assert not block.caption or block.caption in typed or "vault" in block.text, block.place
                assert isinstance(block.data, list) or block.caption or set(block.data) <= set(FILES), block.place
            if block.language == "console":
                assert block.commands, block.place
                commands += block.commands
        text = path.read_text(encoding="utf-8")
        # A block that is written in any other way would not be found.
        assert not re.search(
            r"::$(?<!code-block::)(?<!\.\. contents::)(?<!\.\. seealso::)(?<!list-table::)", text, re.M
        )
    assert set(NOT_RUN) <= set(commands)


@pytest.mark.timeout(PATIENCE)
@pytest.mark.parametrize(
    "paths",
    [
        pytest.param(paths, id=name)
        for name, paths in {"guides": GUIDES, "readmes": READMES, "plugins": PLUGINS}.items()
    ],
)
def test_plays_and_tasks(paths: list[Path], ansible: Ansible, simulate: Simulate) -> None:
    plays: list[dict[str, Any]] = []
    # An upgrade goes from one example to the next. Tasks are as they are said to be.
    together = Stage("", simulate, ansible.folder)
    for path in paths:
        blocks = to_run(blocks_of(path))
        source = str(path.relative_to(ROOT))
        stage = Stage(source, simulate, ansible.folder) if blocks and has_tasks(source) else together
        for block in blocks:
            plays += stage.plays(block)
    prepare(ansible, together.sim)
    playbook = ansible.folder / "examples.yml"
    playbook.write_text(yaml.safe_dump(plays, sort_keys=False))
    ran = ansible.run("playbook", "-i", "groups.yml", "-e", "@surroundings.yml", str(playbook))
    assert (ran.code, [line for line in ran.warnings if SAID not in line]) == (0, []), ran.output
    assert all(f"PLAY [{play['name']}]" in ran.stdout for play in plays)


@pytest.mark.timeout(PATIENCE)
@pytest.mark.parametrize(
    "path",
    [path for path in (*GUIDES, *READMES) if any(set(block.commands) - set(NOT_RUN) for block in blocks_of(path))],
    ids=lambda path: path.stem,
)
def test_commands(path: Path, ansible: Ansible, simulate: Simulate) -> None:
    source, blocks = str(path.relative_to(ROOT)), blocks_of(path)
    stage = Stage(source, simulate, ansible.folder)
    prepare(ansible, stage.sim)
    for block in blocks:
        if block.language in YAML and not isinstance(block.data, list):
            (ansible.folder / (block.caption or FILES[next(iter(block.data))])).write_text(stage.here(block.text))
        elif block.caption:
            (ansible.folder / block.caption).write_text(yaml.safe_dump(stage.plays(block), sort_keys=False))
    if not (ansible.folder / "window.yml").exists():
        # The README says what belongs into it.
        (ansible.folder / "window.yml").write_text("{}")
    script = ["set -eu"]
    for command in (command for block in blocks for command in block.commands if command not in NOT_RUN):
        if command.startswith("ansible"):
            command += " -e @surroundings.yml < /dev/null"
        script.append(stage.here(command))
    ran = ansible.shell("\n".join(script), f"{PASSWORD}\n" * len(script))
    assert (ran.code, [line for line in ran.warnings if SAID not in line]) == (0, []), ran.output
