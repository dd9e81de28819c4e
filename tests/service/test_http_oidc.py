"""A token of an identity provider opens the service for the user that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from api.resources.organisations import UserRequest
from api.store import organisations
from tests.support.application import running
from tests.support.people import organisation
from tests.support.provider import AUDIENCE, STRANGER, Provider

if TYPE_CHECKING:
    from api.reading import Readers
    from api.store import Store


def test_a_token_opens_what_its_user_may_see(store: Store, readers: Readers) -> None:
    """And nothing when it is another's, has no user, or is signed by a stranger."""
    secretariat = organisation(store)
    wanted = UserRequest(name="Ada", role="viewer", subject="ada@provider")
    with store.database.write() as tx:
        ada = organisations.add_user(tx, secretariat, wanted)
    provider = Provider()
    store.settings = store.settings.model_copy(
        update={"oidc_issuer": provider.issuer, "oidc_audience": AUDIENCE}
    )

    def status(token: str, method: str = "GET", path: str = "/v1/me") -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.request(method, f"{service.url}{path}", headers=headers).status_code

    try:
        with running(store, readers) as service:
            token = provider.token()
            headers = {"Authorization": f"Bearer {token}"}
            me = httpx.get(f"{service.url}/v1/me", headers=headers).json()
            assert (me["user"]["id"], me["key_id"]) == (ada.id, None)
            assert status(token, "POST", f"/v1/jobs/job_{'0' * 24}/cancel") == 403
            assert status(provider.token(sub="nobody@provider")) == 401
            assert status(provider.token(key=STRANGER)) == 401
            assert status(provider.token(exp=1)) == 401
    finally:
        provider.stop()
