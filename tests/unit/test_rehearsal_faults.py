# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults as they come from a command line."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.vcf.lifecycle.plugins.plugin_utils.rehearsal import Refused
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.rehearsal_faults import faults_of

NSX = [{"component": "NSX", "kind": "fail"}]


@pytest.mark.parametrize(
    ("value", "rest", "found"),
    [
        (NSX, "", NSX),
        ('[{"component":"NSX","kind":"fail"}]', "", NSX),
        ("[{component: NSX, kind: fail}]", "other", NSX),
        ('[{"component":', '"NSX", "kind": "fail"}]', NSX),  # -e 'faults=[{"component": "NSX", "kind": "fail"}]'
        ("", "", []),
        (None, "", []),
        ([], "", []),
    ],
)
def test_a_list_and_its_text_are_the_same(value: Any, rest: str, found: Any) -> None:
    assert faults_of(value, rest) == found


@pytest.mark.parametrize("value", ["NSX fails", "[{", {"component": "NSX"}, ["NSX"], "[NSX]", 7])
def test_what_is_no_list_of_faults_is_refused(value: Any) -> None:
    with pytest.raises(Refused, match=r"^faults must be a list of faults, and not .*\. Write it as in -e '{"):
        faults_of(value)
