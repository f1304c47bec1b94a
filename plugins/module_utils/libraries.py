# SPDX-License-Identifier: GPL-3.0-or-later
"""The two run-time libraries, guarded so that ansible-doc and ansible-test work without them.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
Everything else in the collection imports requests and pydantic from here, and from here alone.
"""

from __future__ import annotations

import traceback
from typing import Any

MISSING: dict[str, str] = {}
"""Name of each library that could not be imported (as one would give it to pip) -> the traceback of the attempt."""

try:
    import requests
    import requests.adapters
    import requests.utils
except ImportError:
    MISSING["requests"] = traceback.format_exc()
    requests = None  # type: ignore[assignment]

try:
    from pydantic import VERSION, Field, TypeAdapter, ValidationError

    if tuple(int(number) for number in VERSION.split(".")[:2]) < (2, 6):
        # Earlier ones can not write dataclasses that have slots, or read and write times in other ways.
        raise ImportError(f"pydantic {VERSION} is too old")
except ImportError:
    # Also pydantic 1, which has no TypeAdapter.
    MISSING["pydantic>=2.6"] = traceback.format_exc()

    ValidationError = ValueError  # type: ignore[assignment,misc]

    def Field(*arguments: Any, **settings: Any) -> Any:  # type: ignore[no-redef]
        """Stand in for pydantic's Field while classes are being defined."""
        return None

    def TypeAdapter(kind: Any) -> Any:  # type: ignore[no-redef]
        """Stand in for pydantic's TypeAdapter while modules are being imported."""
        return None


__all__ = ["MISSING", "Field", "TypeAdapter", "ValidationError", "requests"]
