# SPDX-License-Identifier: GPL-3.0-or-later
"""Every test that takes C(service) runs once for each service that there is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.vcf.lifecycle.plugins.module_utils.services.registry import SERVICES
from tests.conformance.bench import Bench, bench


@pytest.fixture(params=list(SERVICES))
def service(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Each service that the registry knows."""
    with bench(request.param) as made:
        yield made
