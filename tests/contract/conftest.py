# SPDX-License-Identifier: GPL-3.0-or-later
"""A session that trusts a simulator, for plain requests and for Broadcom's clients."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from ansible_collections.vcf.lifecycle.extensions.simulator.simulator import Simulator

with warnings.catch_warnings():
    # The clients' runtime reads its messages this way once, when it is imported: here, before any test imports it.
    warnings.filterwarnings("ignore", r"(read_binary|open_binary) is deprecated", DeprecationWarning)
    import vmware.vapi.l10n.runtime  # noqa: F401

    from tests.contract.fleet import PASSWORD, Client, client_of, scenario


@pytest.fixture
def session_for() -> Iterator[Callable[[Simulator], requests.Session]]:
    """Sessions that trust a simulator and are closed after the test."""
    opened: list[requests.Session] = []

    def open_session(sim: Simulator) -> requests.Session:
        session = requests.Session()
        # The clients give no verify= with their requests, and REQUESTS_CA_BUNDLE would win over a session's.
        session.trust_env = False
        session.verify = str(sim.ca_path)
        opened.append(session)
        return session

    yield open_session
    for session in opened:
        session.close()


@pytest.fixture
def fleet(session_for: Callable[[Simulator], requests.Session]) -> Iterator[Callable[..., Client]]:
    """Makes clients, each of a Fleet LCM of its own whose `upgrade` is given."""
    with ExitStack() as running:

        def connect(**upgrade: Any) -> Client:
            sim = running.enter_context(Simulator.from_dict(scenario(**upgrade)))
            return client_of(sim, session_for(sim), PASSWORD)

        yield connect
