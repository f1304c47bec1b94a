# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for all tests: where they are, and after those of conformance, what each service has shown it can do."""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

# `ansible-test units` does not read pyproject.toml, which says so too.
sys.path.insert(0, str(Path(__file__).parents[1]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each service. It is in here because the process that prints loads no conftest further down."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.getreports(outcome):
            found = re.search(r"^tests/conformance/.*\[(\w+)", report.nodeid)
            if found and (report.when == "call" or outcome == "error"):
                counts[found.group(1)][outcome] += 1
    if not counts:
        return
    from tests.conformance.traits import TRAITS

    terminalreporter.section("conformance of the services")
    for service, traits in TRAITS.items():
        shown = ", ".join(f"{number} {outcome}" for outcome, number in counts[service].items())
        terminalreporter.write_line(f"{service}: {traits.as_text()} ({shown or 'not tried'})")
