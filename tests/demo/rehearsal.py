# SPDX-License-Identifier: GPL-3.0-or-later
"""Capture a simulated fleet that stands for the real one, and rehearse its upgrade. ``make rehearse`` runs this."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.demo import playbook, show
from tests.demo.point import FLEET, HOSTS, sent

HERE = Path(__file__).parent
SCENARIO = playbook.ROOT / "tests" / "scenarios" / "rehearsal.yml"
REPORTS = playbook.ROOT / ".build" / "rehearsal"
CHANGE = HERE / "tonight.yml"
HOST = HOSTS[FLEET]
CAPTURE, REHEARSE, UPGRADE = (f"vcf.lifecycle.{name}" for name in ("capture", "rehearse", "fleet_upgrade"))
LONGEST = 900.0  # seconds after which something hangs, on however busy a machine


def main() -> int:
    """Return 0 only if it was captured and rehearsed, and nothing of that has ended wrong."""
    options = _options()
    return show.run("rehearsal", lambda folder: _Rehearsal(folder, options).show())


class _Rehearsal:
    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.options = folder, options
        # Each has a folder of its own: what an earlier one has left proves nothing.
        self.kept = options.reports / f"{datetime.now().astimezone():%Y%m%d-%H%M%S}"
        self.captured = self.kept / "tonight.yml"

    def show(self) -> int:
        """Capture, rehearse, and say what has come of it."""
        began = time.monotonic()
        print(
            "This is vcf.lifecycle rehearsing tonight's upgrade of a fleet, with the inventory and the variables in "
            f"{show.shown(HERE)}.\n",
            flush=True,
        )
        try:
            where, problem = self._capture()
            status = 0 if problem else self._rehearse(where)
        except playbook.TookTooLong:
            problem = f"it was not done after {LONGEST:.0f} seconds"
        if problem:
            print(f"\nThe rehearsal has FAILED: {problem}.", file=sys.stderr)
            return 1
        return self._conclude(status, time.monotonic() - began)

    def _capture(self) -> tuple[dict[str, Any], str]:
        """Return where the fleet was, which is gone now, and what has gone wrong."""
        self.kept.mkdir(mode=0o700, parents=True)
        with Simulator.from_file(self.options.scenario, directory=self.folder) as simulator:
            ((username, password),) = simulator.service(FLEET).users.items()
            where = {"vcf_hostname": simulator.host, "vcf_port": simulator.port, "vcf_ca_path": str(simulator.ca_path)}
            print(f"1. A simulator stands for the real fleet, at {simulator.url}. It is captured:\n")
            login = {f"{HOST}_username": username, f"{HOST}_password": password}
            status = self._play(CAPTURE, {**where, **login}, f"capture_file={show.shown(self.captured)}")
            changed, asked = sent(simulator, FLEET), len(simulator.requests)
        if status:
            return where, f"{CAPTURE} ended with status {status}"
        if changed:
            return where, f"{CAPTURE} was to read only, and sent {len(changed)} requests that change something"
        print(f"\n{asked} requests have read it, and changed nothing. Now it is gone.")
        return where, ""

    def _rehearse(self, where: dict[str, Any]) -> int:
        """Return the exit status. It is not told how to log in at the fleet."""
        print("\n2. What was captured is rehearsed. Each simulated fleet is a new one, on this machine:\n")
        given = {
            "scenario": show.shown(self.captured),
            "playbook": UPGRADE,
            **{name: getattr(self.options, name) for name in ("runs", "chaos", "seed", "speed")},
            "rehearse_directory": show.shown(self.kept),
        }
        return self._play(REHEARSE, where, f"@{show.shown(CHANGE)}", *(f"{key}={one}" for key, one in given.items()))

    def _play(self, name: str, variables: dict[str, Any], *more: str) -> int:
        options = ["--limit", HOST, *(part for each in more for part in ("-e", each))]
        print(f"  ansible-playbook {name} {_lines(options)}\n", flush=True)
        command = playbook.command(name, variables, self.folder, *options)
        env = playbook.environment(self.folder, HERE / "ansible.cfg", **show.colour())
        return playbook.play(command, env, LONGEST, show.Transcript().reader())

    def _conclude(self, status: int, seconds: float) -> int:
        try:
            report = json.loads((self.kept / "report.json").read_text(encoding="utf-8"))
            results = [(run["chaos"], run["result"]) for run in report["runs"]]
        except (OSError, ValueError, KeyError):
            results = []
        asked = self.options.runs + self.options.chaos
        reasons = [f"{REHEARSE} ended with status {status}"] if status else []
        reasons += [f"the report has {len(results)} of {asked} runs"] if len(results) != asked else []
        if not reasons:
            print(f"\nAll of it was captured and rehearsed, in {seconds:.0f} seconds; nothing ended wrong.")
        print("\nThe report:", f"  {show.shown(self.kept / 'report.html')}", sep="\n", flush=True)
        if reasons:
            print(f"\nThe rehearsal has FAILED: {', and '.join(reasons)}.", file=sys.stderr)
        return 1 if reasons else 0


def _lines(options: list[str]) -> str:
    """Options of a command, two words a line."""
    return " \\\n    ".join(" ".join(options[at : at + 2]) for at in range(0, len(options), 2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.demo.rehearsal", description=__doc__)
    parser.add_argument("--scenario", type=Path, default=SCENARIO, help="what stands for the real fleet")
    parser.add_argument("--reports", type=Path, default=REPORTS, help="where to leave the reports (.build/rehearsal)")
    parser.add_argument("--runs", type=int, default=3, help="how many times to rehearse (3)")
    parser.add_argument("--chaos", type=int, default=20, help="how many times more, with random faults (20)")
    parser.add_argument("--seed", type=int, default=0, help="what the chance depends on (0)")
    parser.add_argument("--speed", type=float, default=100_000, help="simulated seconds in a real one (100000)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
