# SPDX-License-Identifier: GPL-3.0-or-later
"""How hard the properties are tried.

Usually with the same examples each time, so that a run can be repeated, and without minimising what fails. To hunt, set
PROPERTIES_EXAMPLES to a number: so many examples of each, other ones each time, without the time limit that pytest has:

    PROPERTIES_EXAMPLES=5000 .venv/bin/python -m pytest tests/properties -n 2 --timeout 0

What fails is printed with the world that it fails in, made as small as can be; that may take minutes.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_EXAMPLES = os.environ.get("PROPERTIES_EXAMPLES")

TRIED = settings(
    max_examples=int(_EXAMPLES or 80),
    deadline=None,
    derandomize=_EXAMPLES is None,
    database=None,
    phases=[Phase.generate, Phase.shrink] if _EXAMPLES else [Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
