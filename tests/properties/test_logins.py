# SPDX-License-Identifier: GPL-3.0-or-later
"""A password that is rejected is not tried again, since accounts lock; but for one exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.profile import TRIED
from tests.properties.strategies import TROUBLED_LOGINS
from tests.properties.tries import VERBS_OF_SERVICES, tried

_MOST_IN_A_ROW = 3
_APART = 60.0


@pytest.mark.parametrize(("verb", "service"), VERBS_OF_SERVICES)
@TRIED
@given(data=st.data())
def test_a_rejected_login_is_the_last_one(verb: str, service: str, data: st.DataObject) -> None:
    """After a rejected login there is no other, unless one had been accepted before: then two, a minute apart each."""
    world, _options, _outcome = tried(verb, service, data, TROUBLED_LOGINS)
    had_worked, in_a_row, rejected_at = False, 0, 0.0
    for login in world.logins:
        if in_a_row:
            assert had_worked
            assert in_a_row < _MOST_IN_A_ROW
            assert login.sent_at >= rejected_at + _APART
        if login.outcome == "rejected":
            in_a_row, rejected_at = in_a_row + 1, login.at
        elif login.outcome == "given":
            had_worked, in_a_row = True, 0
