# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure one rehearsal of a site of 200 components and 40 domains.

Method: the playbook rehearse, as a user starts it, plays a playbook that upgrades a fleet in four waves of 50
components, then the NSX, vCenter and ESX of 40 domains, the management domain first: some forty simulated hours. CPU is
user and system time of all processes, memory the most that all of them have held together (PSS, which counts what they
share once), looked at twice a second.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure
from tests.bench.memory import proportional, tree
from tests.demo import playbook

COMPONENTS, WAVES, DOMAINS = 200, 4, 40
RELEASE = "9.1.0.0"
MOST_SECONDS, MOST_MEGABYTES = 300.0, 500.0
LONGEST = 3600.0  # seconds that it may take
EVERY = 0.5  # seconds between two looks at memory


def measure() -> list[Figure]:
    """Rehearse once."""
    return rehearse(COMPONENTS, DOMAINS)


def rehearse(components: int, domains: int) -> list[Figure]:
    """Rehearse the upgrade of a site of that size."""
    output: list[bytes] = []
    with tempfile.TemporaryDirectory(prefix="vcf-lifecycle-bench-") as name:
        folder = Path(name)
        command = _prepared(folder, components, domains)
        peak = _Peak()
        began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        with peak:
            environment = playbook.environment(folder, folder / "ansible.cfg")
            status = playbook.play(command, environment, LONGEST, output.append)
        seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if status:
        raise SystemExit(f"The rehearsal went wrong, so there is nothing to measure:\n{b''.join(output).decode()}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    what = f"rehearsal of {components} components and {domains} domains"
    return [
        Figure(what, seconds, "s", most=MOST_SECONDS),
        Figure(f"{what}, CPU", cpu, "s"),
        Figure(f"{what}, most memory", peak.megabytes, "MB", most=MOST_MEGABYTES),
    ]


def scenario(components: int, domains: int) -> dict[str, Any]:
    """A fleet whose components depend on those of the wave before, and an SDDC Manager."""
    wave = max(1, components // WAVES)
    parts = [
        {
            "type": f"TYPE{number:03}",
            "name": f"Component {number:03}",
            "version": "9.0.0.0.1",
            "versions": [f"{RELEASE}.25000000"],
            "seconds": 300,
            "depends_on": [f"TYPE{number - wave:03}"] if number >= wave else [],
        }
        for number in range(components)
    ]
    places = [
        {
            "name": f"wld{number:02}" if number else "mgmt",
            "type": "VI" if number else "MANAGEMENT",
            "version": "9.0.0.0",
            "target": RELEASE,
            "hosts": 4,
        }
        for number in range(domains)
    ]
    return {
        "endpoints": {
            "fleet": {"fleet_lcm": {"upgrade": {"components": parts}}},
            "sddc": {"sddc_manager": {"upgrade": {"domains": places}}},
        }
    }


def _prepared(folder: Path, components: int, domains: int) -> list[str]:
    """Write what is rehearsed; return the command that does it."""
    hosts = {
        "fleet": {"vcf_service": "fleet_lcm", "fleet_upgrade_version": RELEASE},
        "sddc": {"vcf_service": "sddc_manager", "sddc_upgrade_version": RELEASE},
    }
    site = [
        {"import_playbook": "vcf.lifecycle.fleet_upgrade", "vars": {"vcf_hosts": "fleet"}},
        {"import_playbook": "vcf.lifecycle.sddc_upgrade", "vars": {"vcf_hosts": "sddc"}},
    ]
    common = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    written = {
        "scenario.yml": scenario(components, domains),
        "inventory.yml": {"all": {"vars": common, "hosts": hosts}},
        "site.yml": site,
    }
    for name, content in written.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    (folder / "ansible.cfg").touch()
    given = {"scenario": str(folder / "scenario.yml"), "playbook": str(folder / "site.yml"), "runs": 1}
    return playbook.command("vcf.lifecycle.rehearse", given, folder, f"--inventory={folder / 'inventory.yml'}")


class _Peak:
    """The most memory that the processes below this one hold together, in the block. In megabytes."""

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._over = threading.Event()
        self._looking = threading.Thread(target=self._look)

    def __enter__(self) -> None:
        self._looking.start()

    def __exit__(self, *_problem: object) -> None:
        self._over.set()
        self._looking.join()

    def _look(self) -> None:
        while not self._over.wait(EVERY):
            below = tree(os.getpid())[1:]
            self.megabytes = max(self.megabytes, sum(map(proportional, below)))
