"""The resources that examples show: their identifiers, and each as the service answers with it.

The figures are those of the bundled instance `tiny`.
"""

from __future__ import annotations

from typing import Any

SECRETARIAT, MEMBER = "org_483690c7f5b388fdc4b4134a", "org_9b2f01d4c87e65a3f0126d4e"
ADA, KEY = "usr_71c05d2be94f83a6071829ab", "key_1f4471e55b582c776e24b889"
INSTANCE, JOB = "ins_09fd043e130cf1112219c068", "job_cc54f0a2d7e9b16384120f5a"
PLAN, HOOK = "plan_cc1178b0d3f2e4956a071c28", "hook_5e1d0a9c4b7f26830e4d1c92"
DELIVERY = "dlv_0c5b9a7e2d4f618307a1b2c3"
INVITED = "inv_3f0a9d5c7e1b48620c4d9e17"
IDENTIFIERS = {
    "organisation_id": SECRETARIAT,
    "secretariat_id": SECRETARIAT,
    "owner_id": SECRETARIAT,
    "user_id": ADA,
    "submitted_by": ADA,
    "created_by": ADA,
    "shared_by": ADA,
    "by": ADA,
    "key_id": KEY,
    "instance_id": INSTANCE,
    "parent_id": INSTANCE,
    "job_id": JOB,
    "retry_of": JOB,
    "plan_id": PLAN,
    "resource_id": PLAN,
    "plan": PLAN,
    "webhook_id": HOOK,
    "delivery_id": DELIVERY,
}
"""An identifier of the kind that each field and parameter takes."""
HASH = "580903aaa473c49c46c80e773d4dde65d1e223c80699b13fe7c6d299781cb855"
MORNING, NOON = "2026-11-21T09:06:49.123Z", "2026-11-21T12:00:00.000Z"

OPTIONS = {"gap": 0.001, "worth_gap": 0.02, "time_limit_s": 600.0, "seed": 0, "keep": "all"}
PROOF = {
    "status": "optimal",
    "stopped_by": "gap",
    "objective": 44.768,
    "bound": 44.768,
    "gap": 0.0,
    "do_nothing": 64.4,
    "worth": 19.712,
    "worth_if_all_succeed": 20.98,
    "firm": [
        {"case": "half_salvage", "ended": "done", "worth": 8.912, "cost_saved": 8.912},
        {
            "case": "failures",
            "ended": "done",
            "worth": 14.496,
            "cost_saved": 14.496,
            "standard_error": 0.0,
            "low": -11.008,
            "loss_share": 0.2,
            "draws": 2,
            "is_complete": True,
        },
    ],
    "gap_against_doing_nothing": 0.0,
    "wall_s": 1.9,
    "cpu_s": 2.1,
}
CHOSEN = {"project": "pit", "start_year": 2027, "fund_musd": 16.4, "private_musd": 1.6}
CERTIFICATE = {
    "ok": True,
    "worst_violation": 1e-15,
    "violations": [],
    "rules_checked": ["1 once", "3 capital", "4 fund"],
    "parts": {"building": 48.6, "opex": 4.32},
    "verified_bound": 41.187,
    "verified_leaves": 1,
    "remarks": ["The bound is the solver's word: only its arithmetic is checked."],
}
TABLE = {
    "name": "choice",
    "rows": 3,
    "columns": ["project", "year", "alone"],
    "size_bytes": 2100,
    "sha256": HASH,
}
DESCRIBED: dict[str, Any] = {
    "organisation_id": SECRETARIAT,
    "label": "board of 3 May",
    "name": "tiny",
    "title": "Four plants, two years, two scenarios: argued by hand",
    "parent_id": None,
    "changes_in_words": [],
    "archived_at": None,
}
PLAN_SUMMARY = DESCRIBED | {
    "view": "whole",
    "id": PLAN,
    "note": None,
    "kind": "solve",
    "job_id": JOB,
    "instance_id": INSTANCE,
    "instance_hash": HASH,
    "found": True,
    "proof": PROOF,
    "criteria": {"expected_cost": 44.688, "fund_cost": 24.768},
    "without_fund": {"expected_cost": 64.4},
    "chosen": [CHOSEN],
    "certified": True,
    "assumed_share": 1.0,
    "review": "draft",
    "version": 1,
    "created_at": NOON,
}
JOB_DONE = DESCRIBED | {
    "id": JOB,
    "kind": "solve",
    "instance_id": INSTANCE,
    "instance_hash": HASH,
    "options": OPTIONS,
    "priority": 5,
    "state": "succeeded",
    "attempt": 1,
    "cancel_requested": False,
    "progress": {
        "stage": "portfolio",
        "time_s": 0.3,
        "incumbent": 44.768,
        "bound": 44.768,
        "gap": 0.0,
        "nodes": 1,
    },
    "plan_id": PLAN,
    "result": None,
    "replayed": None,
    "error": None,
    "cpu_s": 2.1,
    "retry_of": None,
    "submitted_by": ADA,
    "created_at": MORNING,
    "started_at": MORNING,
    "ended_at": NOON,
}
QUOTA = {
    "queued_jobs": 1000,
    "running_jobs": 4,
    "jobs_per_day": 10000,
    "cpu_s_per_30_days": 5e6,
    "instance_bytes": 33554432,
    "instances": 10000,
    "stored_mb": 10240,
    "what_ifs": 100000,
}
ORGANISATION: dict[str, Any] = {
    "id": SECRETARIAT,
    "name": "Secretariat",
    "kind": "secretariat",
    "secretariat_id": None,
    "projects": [],
    "quota": QUOTA,
    "usage": {
        "queued_jobs": 2,
        "running_jobs": 1,
        "jobs_last_day": 12,
        "cpu_s_last_30_days": 86.5,
        "cpu_s_reserved": 7560.0,
        "instances": 7,
        "what_ifs": 21,
        "stored_mb": 3.2,
    },
    "sign_off": {"signers": 1, "each_member": False},
    "subject_domains": ["fund.example.org"],
    "version": 1,
    "created_at": MORNING,
}
USER = {
    "id": ADA,
    "organisation_id": SECRETARIAT,
    "name": "Ada",
    "role": "analyst",
    "subject": None,
    "awaited_subject": None,
    "active": True,
    "created_by": None,
    "version": 1,
    "created_at": MORNING,
}
SCOPE = {"read_only": True, "resource": PLAN, "networks": ["192.0.2.0/24"]}
API_KEY = {
    "id": KEY,
    "user_id": ADA,
    "organisation_id": SECRETARIAT,
    "label": "laptop",
    "created_at": MORNING,
    "expires_at": "2027-11-21T09:06:49.123Z",
    "revoked_at": None,
    "last_used_at": NOON,
    "created_by": None,
    "scope": SCOPE,
}
REVIEW_STEP = {
    "number": 1,
    "before": "draft",
    "after": "in_review",
    "by": ADA,
    "by_name": "Ada",
    "comment": "for the board of 3 May",
    "at": NOON,
    "key_id": KEY,
    "plan_sha256": HASH,
    "hash": HASH,
}
SIGNATURE = {
    "algorithm": "Ed25519",
    "public_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "value": "base64-of-64-bytes",
}
INVITATION = {
    "id": INVITED,
    "organisation_id": MEMBER,
    "user_id": ADA,
    "created_by": ADA,
    "created_at": NOON,
    "expires_at": "2026-11-24T12:00:00.000Z",
    "secret": "ldin_3f0a9d5c7e1b48620c4d9e17_shown-once",
}
WEBHOOK = {
    "id": HOOK,
    "organisation_id": SECRETARIAT,
    "url": "https://fund.example.org/lodestone",
    "created_at": MORNING,
    "failures": 0,
    "failing_since": None,
    "rests_until": None,
    "disabled_because": None,
    "old_secret_until": None,
}

OTHER = "plan_2b60e4d1f8a35c7794e0d6b1"
COMPARISON: dict[str, Any] = {
    "headings": {PLAN: "board of 3 May", OTHER: "a poorer fund"},
    "plans": [PLAN, OTHER],
    "inputs": [{"table": "settings", "row": "", "field": "discount_rate", PLAN: 0.05, OTHER: 0.1}],
    "choice": [{"project": "loop", PLAN: 2027, OTHER: None, "differs_by": "only in some"}],
    "schedule": [
        {
            "project": "pit",
            "plan": PLAN,
            "start": 2027,
            "first_output": 2027,
            "alone": False,
            "later_by_years": 0,
        }
    ],
    "money": [{"project": "pit", "instrument": "grant", "member": "alba", PLAN: 16.4, OTHER: 12.0}],
    "money_by_member": [{"member": "alba", PLAN: 27.24, OTHER: 12.0}],
    "money_by_instrument": [{"instrument": "grant", PLAN: 18.4, OTHER: 12.0}],
    "supply": [
        {
            "plan": PLAN,
            "scenario": "embargo",
            "year": 2027,
            "segment": "motors",
            "material": "oxide",
            "served_kt": 0.9,
            "short_kt": 0.1,
        }
    ],
    "origins": [
        {
            "plan": PLAN,
            "element": "REE",
            "stage": "extraction",
            "year": 2027,
            "country": "AUS",
            "kt": 0.6,
            "demand_kt": 1.0,
            "share": 0.6,
        }
    ],
    "criteria": [
        {
            "criterion": "expected_cost",
            "unit": "M$",
            "value": {PLAN: 44.688, OTHER: 51.2},
            "difference": {OTHER: 6.512},
        }
    ],
    "proof": [
        {
            "plan": PLAN,
            "status": "optimal",
            "objective": 44.768,
            "bound": 44.768,
            "gap": 0.0,
            "do_nothing": 64.4,
            "worth": 19.712,
            "certified": True,
            "difference": 0.0,
            "certain": None,
        }
    ],
}
