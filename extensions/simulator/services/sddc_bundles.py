# SPDX-License-Identifier: GPL-3.0-or-later
"""SDDC Manager's bundles (sddc-manager-openapi.json 9.1: getBundles, getBundle, startBundleDownloadByID)."""

from __future__ import annotations

from starlette.responses import Response

from ..scenario import State
from ..tasks import Refused
from . import sddc_upgrade_bodies as bodies
from . import sddc_upgrade_tasks as plays
from .base import BadRequest, Call, Route, json
from .sddc_desk import Desk, body, moment
from .sddc_platform import Bundle


class Bundles(Desk):
    """What the depot offers, and what of it was downloaded."""

    def routes(self) -> list[Route]:
        bundles = f"{self.base}/bundles"
        return [
            Route("GET", bundles, self.list_bundles),
            Route("GET", bundles + "/{bundle_id}", self.get_bundle),
            Route("PATCH", bundles + "/{bundle_id}", self.download),
        ]

    def list_bundles(self, call: Call) -> Response:
        wanted = call.parameters
        now = self.now
        found = [bodies.bundle(bundle, now) for bundle in self.platform.bundles.values()]
        if "bundleType" in wanted:
            found = [bundle for bundle in found if bundle["type"] == wanted["bundleType"]]
        if "productType" in wanted:
            found = [bundle for bundle in found if bundle["components"][0]["type"] == wanted["productType"]]
        return json(bodies.page(found))

    def get_bundle(self, call: Call, bundle_id: str) -> Response:
        bundle = self.platform.bundles.get(bundle_id)
        if bundle is None:
            return self.refuse(404, "BUNDLE_NOT_FOUND", f"Bundle {bundle_id} is not found.")
        return json(bodies.bundle(bundle, self.now))

    def download(self, call: Call, bundle_id: str) -> Response:
        spec = body(call).get("bundleDownloadSpec")
        bundle = self.platform.bundles.get(bundle_id)
        if bundle is None or not isinstance(spec, dict):  # the operation has no 404
            raise BadRequest("bundleDownloadSpec is required" if bundle else f"bundle {bundle_id} is not found")
        if spec.get("cancelNow"):
            return self._cancel(bundle)
        pending = 0.0
        if not spec.get("downloadNow"):
            pending = moment(spec.get("scheduledTimestamp"), self.platform.clock) - self.now
        refusal = self._refusal(bundle)
        if refusal is not None:
            return refusal
        entry = self.platform.tasks.create(
            plays.download(bundle.id, bundle.kind, bundle.spec, pending), len(bundle.downloads)
        )
        bundle.downloads.append(entry)
        return self.started(entry)

    def _refusal(self, bundle: Bundle) -> Response | None:
        """Why a download can not begin: all of it is as good as the download itself."""
        status = bundle.status(self.now)
        if status == "SUCCESSFUL":  # seen in the field with 400, although the specification has a 409
            text = f"Bundle {bundle.id} is already downloaded."
            return self.refuse(400, "BUNDLE_DOWNLOAD_ALREADY_DOWNLOADED", text)
        if status not in ("SCHEDULED", "IN_PROGRESS"):
            return None
        validating = bundle.downloads[-1].look(self.now).children[-1].state is State.RUNNING
        if validating:
            return self.refuse(409, "BUNDLE_DOWNLOAD_NOT_AVAILABLE", f"Bundle {bundle.id} is being validated.")
        text = f"A download of bundle {bundle.id} is already scheduled."
        return self.refuse(409, "BUNDLE_DOWNLOAD_ALREADY_SCHEDULED", text)

    def _cancel(self, bundle: Bundle) -> Response:
        if bundle.downloads:
            try:
                return self.started(self.platform.tasks.cancel(bundle.downloads[-1]))
            except Refused:
                pass  # as if there were none
        return self.refuse(409, "BUNDLE_DOWNLOAD_CANCELLATION_NOT_ALLOWED", f"Bundle {bundle.id} is not downloading.")
