# SPDX-License-Identifier: GPL-3.0-or-later
"""Each row of the table comes out as it has to."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from tests.faults.__main__ import show
from tests.faults.row import Outcome, Row
from tests.faults.table import ROWS
from tests.faults.tasks import BACKWARDS, WRONG_TYPES


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_fault(row: Row) -> None:
    seen = row.run()
    assert seen == row.expected, f"{row.scenario}: expected {row.expected}; seen {seen}"


def test_a_row_that_differs_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    row = next(row for row in ROWS if row.id == "403-fleet_lcm")
    assert show([row], [row.expected]) == 0
    assert show([row, row], [row.expected, Outcome("success")]) == 1
    printed = capsys.readouterr()
    assert "2 rows, of 1 scenarios; 1 not as expected." in printed.out
    assert "DIFFERS" in printed.out
    assert "403-fleet_lcm" in printed.err


def test_a_fault_that_does_not_happen_is_no_success() -> None:
    row = next(row for row in ROWS if row.id == "403-fleet_lcm")
    assert replace(row, faults=({**row.faults[0], "skip": 100},)).run().ends == "status has not happened"


def test_the_table_covers_every_service() -> None:
    assert not [name for name, count in Counter(row.id for row in ROWS).items() if count > 1]
    assert len(ROWS) >= 60
    counts = Counter(row.service for row in ROWS)
    assert set(counts) == set(SERVICES)
    assert min(counts.values()) >= 8
    assert set(WRONG_TYPES) == set(BACKWARDS) == set(SERVICES)
