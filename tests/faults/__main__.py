# SPDX-License-Identifier: GPL-3.0-or-later
"""Let all faults happen, and show what has to come of each beside what does. ``make faults`` runs this."""

from __future__ import annotations

import argparse
import multiprocessing
import re
import sys
import textwrap
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import zip_longest

from tests.faults.row import Outcome, Row, outcome
from tests.faults.table import ROWS

WIDTHS = (40, 24, 46, 46, 7)
AT_ONCE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 only if each row comes out as it has to."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("rows", nargs="?", default="", help="regular expression for the ids of rows (all)")
    pattern = parser.parse_args(arguments).rows
    rows = [row for row in ROWS if re.search(pattern, row.id)]
    if not rows:
        print(f"There is no row {pattern!r}.", file=sys.stderr)
        return 2
    # A row has threads of its own, which a fork would not survive.
    with ProcessPoolExecutor(AT_ONCE, multiprocessing.get_context("spawn")) as pool:
        return show(rows, pool.map(outcome, rows))


def show(rows: Sequence[Row], outcomes: Iterable[Outcome]) -> int:
    """Print the table as it comes; return 0 only if each row comes out as it has to."""
    print(line("scenario", "service", "expected", "seen", "verdict"))
    different = []
    for row, seen in zip(rows, outcomes, strict=True):
        if seen != row.expected:
            different.append(row.id)
        verdict = "ok" if seen == row.expected else "DIFFERS"
        print(line(row.scenario, row.service, str(row.expected), str(seen), verdict), flush=True)
    scenarios = len({row.name for row in rows})
    print(f"\n{len(rows)} rows, of {scenarios} scenarios; {len(different)} not as expected.")
    if different:
        print("Not as expected: " + ", ".join(different), file=sys.stderr)
    return 1 if different else 0


def line(*cells: str) -> str:
    """Return a row of the table as text, in as many lines as it takes."""
    columns = [textwrap.wrap(cell, width) for cell, width in zip(cells, WIDTHS, strict=True)]
    lines = zip_longest(*columns, fillvalue="")
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(texts, WIDTHS, strict=True)).rstrip() for texts in lines
    )


if __name__ == "__main__":
    sys.exit(main())
