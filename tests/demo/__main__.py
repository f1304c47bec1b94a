# SPDX-License-Identifier: GPL-3.0-or-later
"""Play demo.yml against a simulator, and say whether all of it happened. ``make demo`` runs this."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from tests.demo import playbook, proof
from tests.simulator import Simulator
from tests.simulator.scenario import ScenarioError

HERE = Path(__file__).parent
SCENARIO = playbook.ROOT / "tests" / "scenarios" / "demo.yml"
LONGEST = 60.0  # seconds that the play may take

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """A signal asks to end."""


class Transcript:
    """Shows what a play prints the moment it comes, and remembers it with its time."""

    def __init__(self) -> None:
        self.lines: list[proof.Line] = []
        self._rest = b""

    def see(self, printed: bytes) -> None:
        """Take what has just been printed."""
        sys.stdout.buffer.write(printed)
        sys.stdout.buffer.flush()
        *whole, self._rest = (self._rest + printed).split(b"\n")
        self.lines += [proof.Line(time.monotonic(), line.decode(errors="replace")) for line in whole]


def main() -> int:
    """Return 0 only if all of it happened."""
    options = _options()
    if not playbook.is_set_up():
        print("The collection is not set up here yet: run `make setup` first.", file=sys.stderr)
        return 2
    for number in SIGNALS:
        signal.signal(number, _end)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="vcf-lifecycle-demo-") as folder,
            Simulator.from_file(options.scenario, directory=Path(folder)) as simulator,
        ):
            return _show(simulator, Path(folder))
    except Ended as ended:
        print(f"\nThe demo was ended by {ended}. Nothing of it is left running.", file=sys.stderr)
        return 128 + signal.Signals[str(ended)]
    except BrokenPipeError:
        # Whoever read the output is gone; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ScenarioError, OSError) as problem:
        print(f"The demo could not be started: {problem}", file=sys.stderr)
        return 2


def _show(simulator: Simulator, folder: Path) -> int:
    began = time.monotonic()
    print(
        "This is vcf.lifecycle at work on two services of VMware Cloud Foundation, Fleet LCM and SDDC Manager.\n"
        f"A simulator plays both, at {simulator.url}. Its certificate is verified.\n"
        f"The playbook is {_shown(HERE / 'demo.yml')}, and takes half a minute.",
        flush=True,
    )
    transcript = Transcript()
    try:
        status = playbook.play(
            playbook.command(HERE / "demo.yml", _variables(simulator), folder),
            playbook.environment(folder, HERE / "ansible.cfg", **_colour()),
            LONGEST,
            transcript.see,
        )
    except playbook.TookTooLong:
        print(f"\nThe demo has FAILED: it was not done after {LONGEST:.0f} seconds.", file=sys.stderr)
        return 1
    return _conclude(proof.points(simulator, transcript.lines), status, time.monotonic() - began)


def _conclude(points: list[proof.Point], status: int, seconds: float) -> int:
    print("What the simulator saw of it:")
    for point in points:
        print(f"  no:  {point.claim}: {point.instead}." if point.instead else f"  yes: {point.claim}.")
    missing = [point for point in points if point.instead]
    sys.stdout.flush()
    if not missing and not status:
        print(f"\nAll of it happened, in {seconds:.0f} seconds.")
        return 0
    reasons = [f"ansible-playbook ended with status {status}"] if status else []
    reasons += [f"{len(missing)} of {len(points)} things did not happen (see above)"] if missing else []
    print(f"\nThe demo has FAILED: {', and '.join(reasons)}.", file=sys.stderr)
    return 1


def _variables(simulator: Simulator) -> dict[str, object]:
    """What the playbook has to be told: where the services are, and how to log in."""
    variables: dict[str, object] = {
        "vcf_hostname": simulator.host,
        "vcf_port": simulator.port,
        "vcf_ca_path": str(simulator.ca_path),
    }
    for service, prefix in ((proof.FLEET, "fleet"), (proof.SDDC_MANAGER, "sddc_manager")):
        users = next((each.users for each in simulator.services if each.name == service), {})
        for username, password in list(users.items())[:1]:
            variables.update({f"{prefix}_username": username, f"{prefix}_password": password})
    return variables


def _colour() -> dict[str, str]:
    """Ansible writes to us, and would not see that we write to a terminal."""
    return {"ANSIBLE_FORCE_COLOR": "true"} if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else {}


def _shown(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _end(number: int, _frame: FrameType | None) -> None:
    # A second one must not disturb the clearing up after the first.
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Ended(signal.Signals(number).name)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument("--scenario", type=Path, default=SCENARIO, help="YAML file to play (the demo's own)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
