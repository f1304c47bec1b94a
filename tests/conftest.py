# SPDX-License-Identifier: GPL-3.0-or-later
"""After a run of the conformance tests: what each service can, and whether it has shown it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest


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
