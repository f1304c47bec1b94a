# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible in a folder of its own, and simulators that end with their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from tests.integration.fleets import Fleets
from tests.integration.managers import Managers
from tests.integration.runs import COLLECTIONS, Ansible, Run

SCENARIOS = Path(__file__).parent / "scenarios"

Play = Callable[..., Run]
Simulate = Callable[..., Simulator]


@pytest.fixture
def ansible(tmp_path: Path) -> Ansible:
    """Ansible's programs, with this checkout as the collection."""
    if not (COLLECTIONS / "ansible_collections/vcf/lifecycle/plugins").exists():
        pytest.fail("The collection is not where Ansible looks for it: run `make setup` first.")
    return Ansible(tmp_path)


@pytest.fixture
def play(ansible: Ansible) -> Play:
    """Run a play that is to end well (``code=0``), with no warnings but those named, and without a traceback."""

    def run(*arguments: Any, code: int | None = 0, warnings: tuple[str, ...] = (), **keywords: Any) -> Run:
        done = ansible.play(*arguments, **keywords)
        assert code in (None, done.code), done.output
        unexpected = [text for text in done.warnings if not any(named in text for named in warnings)]
        assert not unexpected, done.output
        assert "Traceback (most recent call last)" not in done.output, done.output
        return done

    return run


@pytest.fixture
def simulate() -> Iterator[Simulate]:
    """Serve a scenario: a file in ``scenarios`` by its name, or a structure."""
    with ExitStack() as running:

        def serve(scenario: str | dict[str, Any], **options: Any) -> Simulator:
            if isinstance(scenario, str):
                simulator = Simulator.from_file(SCENARIOS / f"{scenario}.yml", **options)
            else:
                simulator = Simulator.from_dict(scenario, **options)
            return running.enter_context(simulator)

        yield serve


@pytest.fixture
def fleets(ansible: Ansible, simulate: Simulate) -> Fleets:
    """Fleets to run a whole upgrade over; none yet."""
    return Fleets(ansible, simulate)


@pytest.fixture
def managers(ansible: Ansible, simulate: Simulate) -> Managers:
    """SDDC Managers to run a whole upgrade over; none yet."""
    return Managers(ansible, simulate)
