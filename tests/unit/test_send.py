# SPDX-License-Identifier: GPL-3.0-or-later
"""What decides whether a request that had no sensible answer is sent again."""

from __future__ import annotations

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.send import may_be_sent_again
from ansible_collections.vcf.lifecycle.plugins.module_utils.transport import Delivery


@pytest.mark.parametrize("harmless", [True, False])
@pytest.mark.parametrize("unheard", [0, 1, 2])
@pytest.mark.parametrize("delivery", [Delivery.NONE, Delivery.ANSWERED])
def test_what_was_not_carried_out_may_be_sent_again(delivery: Delivery, unheard: int, harmless: bool) -> None:
    assert may_be_sent_again(delivery, unheard, harmless=harmless)


@pytest.mark.parametrize(
    ("delivery", "unheard", "harmless", "allowed"),
    [
        (Delivery.BROKEN, 1, False, True),
        (Delivery.BROKEN, 1, True, True),
        (Delivery.BROKEN, 2, False, False),
        (Delivery.BROKEN, 2, True, False),
        (Delivery.LATE, 1, False, False),
        (Delivery.LATE, 1, True, True),
        (Delivery.LATE, 2, False, False),
        (Delivery.LATE, 2, True, False),
    ],
)
def test_what_may_have_been_carried_out_is_sent_again_once_at_most(
    delivery: Delivery, unheard: int, harmless: bool, allowed: bool
) -> None:
    assert may_be_sent_again(delivery, unheard, harmless=harmless) is allowed
