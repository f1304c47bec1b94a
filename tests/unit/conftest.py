# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for all unit tests."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import settings

from ansible_collections.vcf.lifecycle.plugins.module_utils import contact
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations import follow

# An example may take long on a machine that is busy with other things; pytest's own time limit is enough. The examples
# are the same each time, so that a run can be repeated.
settings.register_profile("patient", deadline=None, derandomize=True)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look and every pause in the middle of its jitter: a test that passes passes always."""
    for module in (contact, follow):
        monkeypatch.setattr(module, "random", SimpleNamespace(random=lambda: 0.5))
