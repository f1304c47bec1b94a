# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever YAML makes of an answer, it is the text again that was typed."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.answer import answer


@pytest.mark.parametrize(
    "typed",
    ["", "22:00", "04:00", "1:30", "10:00:30", "2026-11-21", "2026-11-21T22:00:00", "2026-11-21T22:00:00+01:00", "UTC"],
)
def test_an_answer(typed: str) -> None:
    assert answer(typed) == typed
    assert answer(yaml.safe_load(typed)) == typed.replace("1:30", "01:30")


@pytest.mark.parametrize("typed", ["+10:00", "-10:30", "+01:00", "Europe/Berlin", ""])
def test_an_offset(typed: str) -> None:
    assert answer(yaml.safe_load(typed), signed=True) == typed
