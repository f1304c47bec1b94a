# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the collection, against what else one could use, and print a table.

All ratios are of figures from this one run. The targets are goals, no conditions: not to meet one is no error.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tests.bench import calls, many, normalising, rehearsal, soak
from tests.bench.figures import Figure, table
from tests.demo import playbook

SUBJECTS: dict[str, tuple[str, Callable[[], list[Figure]]]] = {
    "calls": (calls.__doc__, calls.measure),
    "many": (many.__doc__, many.measure),
    "normalising": (normalising.__doc__, normalising.measure),
    "rehearsal": (rehearsal.__doc__, rehearsal.measure),
    "soak": (soak.__doc__, soak.measure),
}


def main() -> int:
    """Measure what was named, or everything."""
    options = _options()
    if not playbook.is_set_up():
        print("The collection is not set up here yet: run `make setup` first.", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    for name in options.subject or SUBJECTS:
        method, measure = SUBJECTS[name]
        print(f"{name}: {method.strip()}\n", flush=True)
        figures += measure()
    print(table(figures))
    if options.json:
        found = [{**asdict(figure), "met": figure.met} for figure in figures]
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "subject",
        nargs="*",
        choices=[*SUBJECTS, []],
        metavar="SUBJECT",
        help=f"what to measure: {', '.join(SUBJECTS)} (everything)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
