# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulators of a process have in common."""

from __future__ import annotations

import functools
import threading

import pytest
import trustme

from ansible_collections.vcf.lifecycle.extensions.simulator import server


def test_simulators_that_start_together_have_one_authority(monkeypatch: pytest.MonkeyPatch) -> None:
    making, going_on = threading.Event(), threading.Event()
    made: list[trustme.CA] = []

    def slow() -> trustme.CA:
        making.set()
        # The other one asks meanwhile; where it may not, this ends all the same.
        going_on.wait(0.2)
        return trustme.CA()

    # Not the one of this process: certificates of it are out already.
    monkeypatch.setattr(server, "_authority", functools.cache(slow))
    first = threading.Thread(target=lambda: made.append(server.authority()))
    first.start()
    assert making.wait(10)
    second = threading.Thread(target=lambda: made.append(server.authority()))
    second.start()
    for one in (first, second):
        one.join(10)
    assert made[0] is made[1]
