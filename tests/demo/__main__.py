# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrade a simulated VCF, and say whether all of it went as it is shown. ``make demo`` runs this."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.demo import playbook, proof, show
from tests.demo.point import FLEET, HOSTS, SDDC_MANAGER, Point, Window

HERE = Path(__file__).parent
SCENARIO = playbook.ROOT / "tests" / "scenarios" / "demo.yml"
REPORTS = playbook.ROOT / ".build" / "demo"
PLAYBOOKS = {FLEET: "vcf.lifecycle.fleet_upgrade", SDDC_MANAGER: "vcf.lifecycle.sddc_upgrade"}
LONGEST = 400.0  # seconds after which something hangs, on however busy a machine
WINDOW = timedelta(hours=1)


def main() -> int:
    """Return 0 only if all of it happened."""
    options = _options()

    def play(folder: Path) -> int:
        with Simulator.from_file(options.scenario, directory=folder) as simulator:
            return _show(simulator, folder, options.reports)

    return show.run("demo", play)


def _show(simulator: Simulator, folder: Path, reports: Path) -> int:
    began, window = time.monotonic(), _window()
    # Each run has reports of its own: what an earlier one has left proves nothing.
    reports /= f"{window[0]:%Y%m%d-%H%M%S}"
    print(
        "This is vcf.lifecycle upgrading a fleet and the two domains of an SDDC Manager, inside a change window.\n"
        f"A simulator plays both services, at {simulator.url}. Its certificate is verified.\n"
        f"Two playbooks run side by side, with the inventory and the variables in {show.shown(HERE)}:\n",
        *(f"  ansible-playbook {PLAYBOOKS[service]} --limit {host}\n" for service, host in HOSTS.items()),
        sep="",
        flush=True,
    )
    variables = {**_connections(simulator), **_change_window(window), "vcf_report_directory": str(reports.resolve())}
    change = ("--extra-vars", f"@{HERE / 'change.yml'}")
    transcript = show.Transcript()
    plays = [
        (playbook.command(PLAYBOOKS[service], variables, folder, "--limit", host, *change), transcript.reader())
        for service, host in HOSTS.items()
    ]
    env = playbook.environment(folder, HERE / "ansible.cfg", **show.colour())
    try:
        statuses = playbook.play_together(plays, env, LONGEST)
    except playbook.TookTooLong:
        print(f"\nThe demo has FAILED: it was not done after {LONGEST:.0f} seconds.", file=sys.stderr)
        return 1
    points = proof.points(simulator, transcript.lines, reports, window)
    return _conclude(points, dict(zip(PLAYBOOKS.values(), statuses, strict=True)), time.monotonic() - began, reports)


def _conclude(points: list[Point], statuses: dict[str, int], seconds: float, reports: Path) -> int:
    print("\nWhat the simulator saw of it:")
    for point in points:
        print(f"  no:  {point.claim}: {point.instead}." if point.instead else f"  yes: {point.claim}.")
    missing = [point for point in points if point.instead]
    reasons = [f"{name} ended with status {status}" for name, status in statuses.items() if status]
    reasons += [f"{len(missing)} of {len(points)} things did not happen (see above)"] if missing else []
    if not reasons:
        print(f"\nAll of it happened, in {seconds:.0f} seconds.")
    print("\nThe reports:", *(f"  {show.shown(path)}" for path in sorted(reports.glob("*/report.html"))), sep="\n")
    sys.stdout.flush()
    if reasons:
        print(f"\nThe demo has FAILED: {', and '.join(reasons)}.", file=sys.stderr)
    return 1 if reasons else 0


def _window() -> Window:
    """A change window that is open now, in whole seconds."""
    opens = datetime.now().astimezone().replace(microsecond=0)
    return opens, opens + WINDOW


def _change_window(window: Window) -> dict[str, object]:
    opens, closes = window
    return {"change_window_definition": {"start": opens.isoformat(), "end": closes.isoformat()}}


def _connections(simulator: Simulator) -> dict[str, object]:
    """Where the services are, and how to log in."""
    variables: dict[str, object] = {
        "vcf_hostname": simulator.host,
        "vcf_port": simulator.port,
        "vcf_ca_path": str(simulator.ca_path),
    }
    for service, host in HOSTS.items():
        username, password = next(iter(simulator.service(service).users.items()))
        variables.update({f"{host}_username": username, f"{host}_password": password})
    return variables


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument("--scenario", type=Path, default=SCENARIO, help="YAML file to play (the demo's own)")
    parser.add_argument("--reports", type=Path, default=REPORTS, help="where to leave the reports (.build/demo)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
