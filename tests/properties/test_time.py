# SPDX-License-Identifier: GPL-3.0-or-later
"""A verb ends in time, and keeps a true account of the time that it had no contact."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.profile import TRIED
from tests.properties.tries import VERBS_OF_SERVICES, tried

pytestmark = pytest.mark.parametrize(("verb", "service"), VERBS_OF_SERVICES)

_SHORTEST_TRY = 0.1
"""Seconds that the transport gives a request at least, also one that is sent when there is no time left."""


@TRIED
@given(data=st.data())
def test_the_end_comes_by_the_deadline_and_one_request(verb: str, service: str, data: st.DataObject) -> None:
    """A verb ends at its deadline, or with the request that is under way then.

    With C(on_timeout) cancel, what is cancelled is followed for as long again.
    """
    _world, options, outcome = tried(verb, service, data)
    goes = 2 if options["on_timeout"] == "cancel" and verb != "cancel" else 1
    assert outcome.seconds <= goes * (options["timeout"] + options["request_timeout"]) + _SHORTEST_TRY


@TRIED
@given(data=st.data())
def test_the_account_of_outages_adds_up(verb: str, service: str, data: st.DataObject) -> None:
    """The longest outage is no longer than all of them, all no longer than the whole, and none lasts no time."""
    _world, _options, outcome = tried(verb, service, data)
    result = outcome.result
    count, total, longest = (result[name] for name in ("outages", "outage_seconds", "longest_outage_seconds"))
    assert 0 <= longest <= total <= result["elapsed"] + 0.001
    assert total <= count * longest + 0.001 * count
    assert result["elapsed"] == pytest.approx(outcome.seconds, abs=0.001)
