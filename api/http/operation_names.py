"""The operations' names in the OpenAPI document, by which generated clients call them.

They are a part of the contract, so that no name of a function here is one.
"""

from __future__ import annotations

ORGANISATION = "/v1/organisations/{organisation_id}"
USER = f"{ORGANISATION}/users/{{user_id}}"

NAMES = {
    "post /v1/instances": "submit_instance",
    "post /v1/instances/upload": "upload_instance",
    "get /v1/instances": "list_instances",
    "get /v1/instances/{instance_id}": "get_instance",
    "delete /v1/instances/{instance_id}": "delete_instance",
    "patch /v1/instances/{instance_id}": "archive_instance",
    "post /v1/instances/{instance_id}/changes": "change_instance",
    "get /v1/instances/{instance_id}/document": "get_instance_document",
    "get /v1/instances/{instance_id}/workbook": "download_instance_workbook",
    "get /v1/instances/{instance_id}/folder": "download_instance_folder",
    "get /v1/instances/{resource_id}/shares": "list_instance_shares",
    "put /v1/instances/{resource_id}/shares/{organisation_id}": "share_instance",
    "delete /v1/instances/{resource_id}/shares/{organisation_id}": "unshare_instance",
    "post /v1/jobs": "submit_job",
    "get /v1/jobs": "list_jobs",
    "get /v1/jobs/{job_id}": "get_job",
    "delete /v1/jobs/{job_id}": "delete_job",
    "patch /v1/jobs/{job_id}": "archive_job",
    "post /v1/jobs/{job_id}/cancel": "cancel_job",
    "post /v1/jobs/{job_id}/retry": "retry_job",
    "get /v1/jobs/{job_id}/events": "stream_job_events",
    "get /v1/jobs/{job_id}/history": "list_job_events",
    "get /v1/plans": "list_plans",
    "get /v1/plans/comparison": "compare_plans",
    "get /v1/plans/{plan_id}": "get_plan",
    "delete /v1/plans/{plan_id}": "delete_plan",
    "patch /v1/plans/{plan_id}": "archive_plan",
    "get /v1/plans/{plan_id}/tables": "list_plan_tables",
    "get /v1/plans/{plan_id}/tables/{name}": "get_plan_table",
    "get /v1/plans/{plan_id}/tables/{name}/csv": "get_plan_table_csv",
    "get /v1/plans/{plan_id}/tables/{name}/parquet": "download_plan_table",
    "get /v1/plans/{plan_id}/report": "get_plan_report",
    "get /v1/plans/{plan_id}/archive": "download_plan",
    "get /v1/plans/{plan_id}/certificate": "get_plan_certificate",
    "get /v1/plans/{plan_id}/decision-record": "get_decision_record",
    "get /v1/plans/{plan_id}/review": "list_review_steps",
    "post /v1/plans/{plan_id}/review": "review_plan",
    "get /v1/plans/{resource_id}/shares": "list_plan_shares",
    "put /v1/plans/{resource_id}/shares/{organisation_id}": "share_plan",
    "delete /v1/plans/{resource_id}/shares/{organisation_id}": "unshare_plan",
    "get /v1/me": "get_me",
    "get /v1/audit": "list_audit_entries",
    "get /v1/signing-key": "get_signing_key",
    "get /v1/organisations": "list_organisations",
    "post /v1/organisations": "add_organisation",
    f"get {ORGANISATION}": "get_organisation",
    f"patch {ORGANISATION}": "change_organisation",
    f"get {ORGANISATION}/users": "list_users",
    f"post {ORGANISATION}/users": "add_user",
    f"get {USER}": "get_user",
    f"patch {USER}": "change_user",
    f"delete {USER}/subject": "free_user_subject",
    f"get {USER}/keys": "list_keys",
    f"post {USER}/keys": "add_key",
    f"delete {USER}/keys/{{key_id}}": "end_key",
    f"post {USER}/invitations": "invite_user",
    "post /v1/invitations/accept": "accept_invitation",
    "get /v1/webhooks": "list_webhooks",
    "post /v1/webhooks": "add_webhook",
    "get /v1/webhooks/{webhook_id}": "get_webhook",
    "delete /v1/webhooks/{webhook_id}": "delete_webhook",
    "post /v1/webhooks/{webhook_id}/enable": "enable_webhook",
    "post /v1/webhooks/{webhook_id}/secret": "rotate_webhook_secret",
    "post /v1/webhooks/{webhook_id}/test": "test_webhook",
    "get /v1/webhooks/{webhook_id}/deliveries": "list_deliveries",
    "post /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/resend": "resend_delivery",
    "get /livez": "get_liveness",
    "get /readyz": "get_readiness",
    "get /metrics": "get_metrics",
}
"""By method and path, as the document writes them."""

LOCATED = frozenset(
    {
        "submit_instance",
        "upload_instance",
        "change_instance",
        "submit_job",
        "retry_job",
        "add_organisation",
        "add_user",
        "add_webhook",
    }
)
"""Those whose answer says where the thing is that was made."""
TAGGED = frozenset(
    {
        "submit_instance",
        "upload_instance",
        "change_instance",
        "archive_plan",
        "review_plan",
        "add_organisation",
        "change_organisation",
        "add_user",
        "change_user",
        "free_user_subject",
    }
)
"""Those that do not only read and whose answer has an entity tag: of the content, or a version."""
NAMED_FILES = frozenset(
    {
        "get_instance_document",
        "download_instance_workbook",
        "download_instance_folder",
        "compare_plans",
        "get_plan_table",
        "get_plan_table_csv",
        "download_plan_table",
        "get_plan_report",
        "download_plan",
    }
)
"""Those whose answer says under which name to keep it."""
