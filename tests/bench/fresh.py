# SPDX-License-Identifier: GPL-3.0-or-later
"""Calling something in a process of its own: what was measured before has left no memory there to be used again."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE = 600.0  # seconds that a call may take


def call(function: Callable[..., T], *arguments: Any) -> T:
    """Return what a function of a module returns in a new process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result(PATIENCE)
