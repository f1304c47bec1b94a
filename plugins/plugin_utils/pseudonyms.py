# SPDX-License-Identifier: GPL-3.0-or-later
"""Pseudonyms for names, addresses and ids, the same for the same in all places.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
A pseudonym follows from what it stands for and from the key alone: no list is kept, and the next capture has the same.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_PATTERNS = {
    "uuid": r"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])",
    "user": r"(?<![\w.+-])[\w.+-]+@[\w.-]*\w",
    "account": r"(?<![\w.\\-])[a-z][\w.-]*\\+[a-z][\w.$-]*",
    "mac": r"(?<![\w:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])",
    "ipv4": r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)",
    "ipv6": r"(?<![\w:.])(?=[0-9a-f:]*:[0-9a-f:]*:)[0-9a-f:]{3,39}(?:%\w+)?(?![\w:])",
    "fqdn": r"(?<![\w.@-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9](?![\w-])",
}
_FQDN = re.compile(_PATTERNS["fqdn"], re.IGNORECASE)
_TOKEN = re.compile(r"(?<![\w.-])(?:(?=[\w-]*\d)(?=[\w-]*[-_])[A-Za-z][\w-]*[A-Za-z0-9]|[A-Za-z]{2,}\d+)(?![\w.-]*\w)")
_VERSION = re.compile(r"\d+(?:\.\d+){2}")
_OF_VERSIONS = ("version", "target", "targets", "versions", "releases", "components")
_SHAPE = re.compile(r"\D+|\d+")
_NETWORKS = ("192.0.2.", "198.51.100.", "203.0.113.")
_NETWORK_V6 = "2001:db8"

_OF_JAVA = ("com", "org", "net", "io", "java", "javax", "vcf", "precheck")
"""What the names of classes and messages begin with, which look like those of hosts."""
_HARMLESS = frozenset({"system", "admin", "administrator", "root", "service", "user"})
"""What users are called everywhere."""

_PLACES = ("domains", "clusters", "hosts")
"""Where a name is that of something of this place, whatever it looks like."""
_PROSE = ("message", "remediation", "description", "ineligible", "resolution")
_REFERENCES = ("id", "task", "domain", "chosen", "depends_on", "components", "correlation_id", "reference")
_CHECKS = ("prechecks", "issue", "findings")
"""Where an id is that of a kind of check, which is the same everywhere."""
_KEPT: tuple[str, ...] = (
    "captured_at",
    "code",
    "component",
    "draft",
    "durations",
    "failed_as",
    "kind",
    "outcome",
    "owner",
    "releases",
)
_KEPT += ("scope", "severity", "status_spelling", "target", "targets", "type", "version", "versions", "waits_as")
"""Keys of what is no name, address or id, however it looks."""


class Pseudonyms:
    """Replaces what would tell where a scenario was captured.

    Two pseudonyms of the same kind differ, but for IPv4 addresses: the documentation ranges have only 762.
    """

    def __init__(self, key: str = "") -> None:
        """Begin with a key. Without one, whoever guesses a name can check the guess."""
        self._key = key.encode() or b"vcf.lifecycle"
        self._versions: frozenset[str] = frozenset()
        self._names: dict[str, str] = {}
        self._all = _compiled(_PATTERNS)

    def scenario(self, scenario: Mapping[str, Any]) -> dict[str, Any]:
        """Return a scenario in which no name, address or id is left."""
        self._versions = frozenset(_versions(scenario))
        self._learn(_names(scenario))
        changed: dict[str, Any] = self._changed(scenario, "", "")
        endpoints = changed.get("endpoints")
        if isinstance(endpoints, dict):
            changed["endpoints"] = {self.name(one): services for one, services in endpoints.items()}
        return changed

    def text(self, value: str) -> str:
        """Return a text with pseudonyms in the place of all that is recognised in it."""
        return self._all.sub(self._replaced, value)

    def uuid(self, value: str) -> str:
        """Return another UUID of the same version and variant."""
        digits = self._digest("uuid", value, 32)
        old = value.replace("-", "").lower()
        digits = digits[:12] + old[12] + digits[13:16] + old[16] + digits[17:]
        return "-".join(digits[start:end] for start, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))

    def fqdn(self, value: str) -> str:
        """Return another fully qualified name: its host as it is called without its domain, too."""
        label, _dot, domain = value.partition(".")
        if value in self._versions or (label.lower() in _OF_JAVA and "." in domain) or domain == "example.invalid":
            return value
        return f"{self.name(label)}.{self._domain(domain)}"

    def user(self, value: str) -> str:
        """Return another user, with a domain where it had one."""
        user, _at, domain = value.partition("@")
        return f"user-{self._digest('user', user, 8)}" + (f"@{self._domain(domain)}" if domain else "")

    def address(self, value: str) -> str:
        """Return an address of the documentation ranges; what is none stays as it is."""
        try:
            found = ipaddress.ip_address(value.partition("%")[0])
        except ValueError:
            return value
        if value in self._versions or found.is_loopback or found.is_unspecified:
            return value
        digest = self._digest("address", str(found), 24)
        if found.version == 4:
            return f"{_NETWORKS[int(digest[:4], 16) % 3]}{1 + int(digest[4:12], 16) % 254}"
        return ":".join([_NETWORK_V6, *(digest[at : at + 4] for at in range(0, 24, 4))])

    def name(self, value: str) -> str:
        """Return another name for a host, a domain, a cluster or anything else."""
        return f"name-{self._digest('name', value, 8)}"

    def reference(self, value: str) -> str:
        """Return another id of the same shape: digits are others, and letters stay."""
        known = self.text(value)
        if known != value:
            return known
        parts = enumerate(_SHAPE.findall(value))
        return "".join(self._digits(part, place) if part.isdecimal() else part for place, part in parts)

    def _digits(self, digits: str, place: int) -> str:
        """Return as many other digits: in a place, none are those of two numbers."""
        modulus = 10 ** len(digits)
        seed = int(self._digest("id", f"{place}/{len(digits)}", 64), 16)
        # One that has no divisor in common with the modulus takes each number to another one.
        factor = seed % modulus * 10 + (1, 3, 7, 9)[seed % 4]
        return str((int(digits) * factor + seed // 7) % modulus).zfill(len(digits))

    def _replaced(self, found: re.Match[str]) -> str:
        value, kind = found.group(0), found.lastgroup
        if kind == "uuid":
            return self.uuid(value)
        if kind == "user":
            return self.user(value)
        if kind == "account":
            domain, user = re.split(r"\\+", value, maxsplit=1)
            return f"d-{self._digest('domain', domain, 8)}\\{self.user(user)}"
        if kind == "mac":
            digest = self._digest("mac", value, 10)
            return ":".join(["02", *(digest[at : at + 2] for at in range(0, 10, 2))])
        if kind == "fqdn":
            return self.fqdn(value)
        return self._names[value.lower()] if kind == "name" else self.address(value)

    def _domain(self, value: str) -> str:
        return f"d-{self._digest('domain', value, 8)}.example.com"

    def _digest(self, kind: str, value: str, digits: int) -> str:
        return hmac.new(self._key, f"{kind}/{value.lower()}".encode(), hashlib.sha256).hexdigest()[:digits]

    def _learn(self, names: Iterable[tuple[str, str]]) -> None:
        """Take note of names that stand in texts as well. A word that is none elsewhere counts only in its place."""
        for kind, name in names:
            label = name.partition(".")[0] if _FQDN.fullmatch(name) else name
            if len(label) < 3 or label.lower() in _HARMLESS or not (kind == "place" or _is_telling(label)):
                continue
            self._names[label.lower()] = self.user(label) if kind == "user" else self.name(label)
        if self._names:
            # Longest first: a name may begin with another one.
            found = "|".join(re.escape(name) for name in sorted(self._names, key=len, reverse=True))
            self._all = _compiled({**_PATTERNS, "name": rf"(?<![a-z0-9])(?:{found})(?![a-z0-9])"})

    def _changed(self, value: Any, key: str, inside: str) -> Any:
        """Return a part of a scenario with pseudonyms.

        :param key: under which it stands, or stands in a list.
        :param inside: the key of what that is in.
        """
        if key in _KEPT or (key == "id" and inside in _CHECKS):
            return value
        if isinstance(value, list):
            return [
                self._changed(item, key, inside) if isinstance(item, str) else self._changed(item, "", key)
                for item in value
            ]
        if isinstance(value, Mapping):
            # Of all keys, only those of a component's stages are names.
            of_names = key == "stages"
            return {
                self.text(name) if of_names else name: self._changed(item, name, key or inside)
                for name, item in value.items()
            }
        return self._changed_text(value, key, inside) if isinstance(value, str) else value

    def _changed_text(self, value: str, key: str, inside: str) -> str:
        if key in _REFERENCES:
            return self.reference(value)
        changed = self.text(value)
        if changed != value:
            return changed
        if key == "created_by" and value.lower() not in _HARMLESS:
            return self.user(value)
        if (key == "name" and inside in (*_PLACES, "resource")) or (key == "fqdn" and value):
            return self.name(value)
        return value


def _compiled(patterns: Mapping[str, str]) -> re.Pattern[str]:
    """Return all patterns in one, so that what has been replaced is not replaced again."""
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in patterns.items()), re.IGNORECASE)


def _is_telling(name: str) -> bool:
    """Tell whether a word is more than one that any text may hold."""
    return len(name) > 3 and (any(letter.isdigit() for letter in name) or "-" in name or "_" in name)


def _versions(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _versions(item, key if key in ("releases", "components") else name)
    elif isinstance(value, list):
        for item in value:
            yield from _versions(item, key)
    elif key in _OF_VERSIONS and isinstance(value, str) and _VERSION.match(value):
        yield value


def _names(value: Any, inside: str = "") -> Iterator[tuple[str, str]]:
    """Yield what is a name of something of this place, with what it is the name of."""
    if isinstance(value, list):
        for item in value:
            yield from _names(item, inside)
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        if key == "vcf_installer" and isinstance(item, Mapping):
            # A bring-up is called as what it brings up.
            tasks = item.get("tasks") or []
            yield from (("place", task[name]) for task in tasks for name in ("name", "description") if name in task)
        if key == "stages" and isinstance(item, Mapping):
            yield from (found for name in item for found in _in_prose(name))
        if not isinstance(item, str):
            yield from _names(item, key)
        elif key == "fqdn" or (key == "name" and inside == "resource"):
            yield "host", item
        elif key == "name" and inside in _PLACES:
            yield "place", item
        elif key in _PROSE or (key == "name" and " " in item):
            yield from _in_prose(item)
        elif key == "created_by":
            yield "user", item.partition("@")[0].rpartition("\\")[2]


def _in_prose(text: str) -> Iterator[tuple[str, str]]:
    """Yield what looks like the name of a host, or of something else of this place."""
    yield from (("host", found) for found in _TOKEN.findall(text) if not _is_code(found))
    yield from (("host", found) for found in _FQDN.findall(text) if not found.startswith(_OF_JAVA))


def _is_code(word: str) -> bool:
    """Tell whether a word looks like a code: VCFMS-UPGRADE-COMPONENT-031."""
    return word.isupper() and word.count("-") + word.count("_") > 1
