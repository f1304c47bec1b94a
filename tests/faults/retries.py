# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with a retry. C(done) is what the service accepted: never two retries for one failure."""

from __future__ import annotations

from typing import Any

from tests.faults.row import READ, RETRY, TASK_PATHS, WRITE, Outcome, Row

# SDDC Manager answers a retry with nothing, so that there is no new id to learn.
TELLS_THE_ID = tuple(name for name in RETRY if name != "sddc_manager")


def _lost(name: str, scenario: str, sent: int, **fault: Any) -> Row:
    """The answer to the first request is lost in that way; the request is carried out once all the same."""
    expected = Outcome("success", "SUCCEEDED", lists="retried", changed=True, sent=sent, done="retry")
    return Row(name, scenario, expected, verb="task_retry", task="failed", faults=({**WRITE, "times": 1, **fault},))


def _refused(name: str, scenario: str, code: int) -> Row:
    return Row(
        name,
        scenario,
        Outcome("not_allowed", "FAILED", lists="not_retriable", changed=False, sent=1, done="nothing"),
        verb="task_retry",
        task="failed",
        faults=({"kind": "status", "code": code, "body": {"message": "Not now, please"}, **WRITE},),
    )


ROWS = [
    *_lost("retry-reset-before", "a retry is reset before it is processed", 2, kind="reset_before").at(*RETRY),
    *_lost("retry-reset-after", "a retry is reset after it is processed", 1, kind="reset_after").at(*RETRY),
    *_lost("retry-half-a-body", "the answer to a retry is cut off", 1, kind="truncated").at(
        "fleet_lcm", "vcf_installer"
    ),
    *_lost("retry-502", "a proxy answers 502 to a retry, and does not hand it over", 2, kind="html").at(
        "sddc_manager", "sddc_manager_credentials"
    ),
    *_lost("retry-502-after", "a proxy answers 502 to a retry that was processed", 1, kind="html", processed=True).at(
        *RETRY
    ),
    *_lost(
        "retry-429",
        "the service is busy when it is asked to retry",
        2,
        kind="status",
        code=429,
        headers={"Retry-After": "30"},
    ).at("sddc_lcm", "vcf_installer"),
    *_lost("retry-deep", "the answer to a retry is nested too deeply", 1, kind="deep", processed=True).at(
        "fleet_lcm",
    ),
    *_lost("retry-401", "the token is no longer taken when a retry is sent", 2, kind="unauthorized").at(*RETRY),
    *Row(
        "retry-403",
        "the user may read, and not retry",
        Outcome("authorization", "FAILED", changed=False, sent=1, done="nothing"),
        verb="task_retry",
        task="failed",
        faults=({"kind": "status", "code": 403, **WRITE},),
    ).at("fleet_lcm", "sddc_manager"),
    *_refused("retry-400", "a retry is refused (400)", 400).at("fleet_lcm", "sddc_manager_credentials"),
    *_refused("retry-409", "a retry is refused (409)", 409).at("sddc_manager", "vcf_installer"),
    *Row(
        "retry-not-allowed",
        "the service says that the failed task is not retriable",
        Outcome("not_allowed", "FAILED", lists="not_retriable", changed=False, sent=0, done="nothing"),
        verb="task_retry",
        task="failed",
        but={"retriable": False},
    ).at("fleet_lcm", "sddc_manager"),
    *Row(
        "retry-by-somebody",
        "somebody else retries between the look at the task and the retry",
        Outcome("success", "SUCCEEDED", changed=False, sent=1, done="retry"),
        verb="task_retry",
        task="failed",
        faults=({"kind": "meanwhile", "request": "retry", **WRITE},),
    ).at(*RETRY),
    *Row(
        "retry-with-a-new-id",
        "the service gives a retry an id of its own",
        Outcome("success", "SUCCEEDED", lists="retried", changed=True, sent=1),
        verb="task_retry",
        task="failed",
        but={"retry_new_id": True},
    ).at(*TELLS_THE_ID),
    *Row(
        "retry-with-a-new-id-lost",
        "the answer with the id of the retry is lost: what runs is found, and not retried once more",
        Outcome("success", "SUCCEEDED", lists="retried", changed=True, sent=1),
        verb="task_retry",
        task="failed",
        but={"retry_new_id": True},
        faults=({"kind": "reset_after", **WRITE, "times": 1},),
    ).at("fleet_lcm", "vcf_installer"),
    *Row(
        "retry-in-silence",
        "no answer to a retry comes in time, so that it may still be processed",
        Outcome("lost_contact", "FAILED", lists="retried", sent=1, says="Look at the task before you try again"),
        verb="task_retry",
        task="failed",
        options={"request_timeout": 1.0},
        faults=({"kind": "stall", "seconds": 3, **WRITE, "times": 1},),
    ).at("sddc_lcm", "sddc_manager"),
    *Row(
        "retry-fails-again",
        "the task fails at the same stage again",
        Outcome(
            "task_failed",
            "FAILED",
            lists="retried",
            changed=True,
            sent=1,
            done="retry",
            says="had failed before the retry (install)",
        ),
        verb="task_retry",
        task="hopeless",
    ).at(*RETRY),
    *Row(
        "second-retry-reset-after",
        "of two attempts, the second retry is reset after it is processed",
        Outcome("success", "SUCCEEDED", lists="retried", changed=True, sent=2, done="retry retry"),
        verb="task_retry",
        task="twice",
        options={"attempts": 3, "delay": 20},
        faults=({"kind": "reset_after", **WRITE, "skip": 1, "times": 1},),
    ).at("fleet_lcm", "sddc_manager", "sddc_manager_credentials"),
    *Row(
        "outage-between-attempts",
        "the service restarts between two attempts",
        Outcome("success", "SUCCEEDED", lists="retried", sent=2, done="retry retry", outages=1, logins=2),
        verb="task_retry",
        task="twice",
        options={"attempts": 3, "delay": 20},
        faults=({"kind": "restart", "after": 62, "for": 40},),
    ).at("sddc_lcm", "vcf_installer"),
    *Row(
        "outage-in-a-retry",
        "the service restarts while the retried task runs",
        Outcome("success", "SUCCEEDED", lists="retried", outages=1, logins=2, sent=1, done="retry"),
        verb="task_retry",
        task="failed",
        faults=({"kind": "restart", "after": 10, "for": 30},),
    ).at(*RETRY),
    *Row(
        "retry-starts-an-outage",
        "the service goes away with the answer to a retry that it carries out",
        Outcome("success", "SUCCEEDED", lists="retried", sent=1, done="retry"),
        verb="task_retry",
        task="failed",
        faults=(
            {"kind": "reset_after", **WRITE, "times": 1},
            {"kind": "html", "path": TASK_PATHS, "method": "GET", "skip": 1, "times": 4},
        ),
    ).at("fleet_lcm", "sddc_manager", "sddc_manager_credentials"),
    *Row(
        "retry-and-gone",
        "the service goes away for good with the answer to a retry that it carries out",
        Outcome("lost_contact", lists="retried", lost_contact=True, sent=1, done="retry"),
        verb="task_retry",
        task="failed",
        faults=(
            {"kind": "reset_after", **WRITE, "times": 1},
            {"kind": "html", "path": TASK_PATHS, "method": "GET", "skip": 1},
        ),
    ).at("sddc_lcm", "sddc_manager"),
    *Row(
        "retry-fails-before-the-look",
        "the answer to a retry is lost, and the task has failed again before it is looked at",
        Outcome("task_failed", "FAILED", lists="retried", changed=True, sent=1, done="retry"),
        verb="task_retry",
        task="hopeless",
        faults=(
            {"kind": "reset_after", **WRITE, "times": 1},
            {"kind": "jump", "seconds": 200, **READ, "skip": 1},
        ),
    ).at(*RETRY),
    *Row(
        "retry-with-a-new-id-502",
        "a proxy answers 502 to a retry that is processed, and has an id of its own: what runs is found",
        Outcome("success", "SUCCEEDED", lists="retried", changed=True, sent=1),
        verb="task_retry",
        task="failed",
        but={"retry_new_id": True},
        faults=({"kind": "html", "processed": True, **WRITE, "times": 1},),
    ).at(
        "fleet_lcm",
    ),
    *Row(
        "retry-of-what-is-purged",
        "the task is purged between the look at it and the retry",
        Outcome("not_found", sent=1, done="nothing"),
        verb="task_retry",
        task="failed",
        but={"purged_after": 30},
        faults=({"kind": "jump", "seconds": 100, **WRITE},),
    ).at("fleet_lcm", "sddc_manager"),
]
