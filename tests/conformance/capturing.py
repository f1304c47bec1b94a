# SPDX-License-Identifier: GPL-3.0-or-later
"""Capturing what a simulated service says, and playing what was captured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import yaml

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import capture
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.scenario import text_of
from tests.conformance.bench import Bench, Result

Line = TypeVar("Line", bound=Bench)


def captured(line: Bench, **options: Any) -> Result:
    """What capture returns; all that it sends reads."""
    before = len(line.writes)
    found = line.run(capture, **options)
    assert "failure" not in found, found
    assert len(line.writes) == before
    return found


def played(found: Result, **how: Any) -> dict[str, Any]:
    """The scenario in the file that is made of what was captured of one service, with users and what else it needs."""
    scenario: dict[str, Any] = yaml.safe_load(text_of({"the only one": found}, **how))
    for name, service in scenario["services"].items():
        if name == "vmc":
            service.update(api_keys=["Hidden-api-token-1"], org_id="1d1c83ee-e0b7-4de9-b660-9a9ca1d22f32")
        else:
            service["users"] = {"somebody": "Hidden-login-1"}
        service["token_lifetime"] = 10_000_000
    return scenario


@contextmanager
def replayed(found: Result, line: Line, **how: Any) -> Iterator[Line]:
    """A second service, which plays what was captured of the first one, at the moment that it was captured.

    :param how: the pseudonyms.
    """
    with Simulator.from_dict(played(found, **how)) as sim:
        second = type(line)(line.name, sim)
        # The bench is a second ahead, so that what begins at once has begun.
        sim.clock.advance(-1)
        yield second


def comparable(found: Result) -> Any:
    """What was captured, with its times in whole seconds: services write thousandths, and cut the rest off."""
    return _rounded(found["services"])


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value) if isinstance(value, float) else value
