"""URLs of webhooks are checked where they are registered; nobody maps networks by asking."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from api.errors import Invalid
from api.receivers import OUT_OF_REACH, must_be_in_reach

if TYPE_CHECKING:
    from tests.support.application import Fund, Service

NAMES = {
    "public.example.org": ["93.184.215.14"],
    "inside.example.org": ["10.1.2.3"],
    "both.example.org": ["93.184.215.14", "10.1.2.3"],
    "six.example.org": ["2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """What names lead to, without a network; addresses lead to themselves."""
    real = socket.getaddrinfo

    def found(host: str, *what: Any, **how: Any) -> Any:
        if host in NAMES:
            return [entry for one in NAMES[host] for entry in real(one, *what, **how)]
        if host.replace(".", "").isdigit() or ":" in host:
            return real(host, *what, **how)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", found)


def faults(url: str, networks: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What is wrong with a URL."""
    try:
        must_be_in_reach(url, networks)
    except Invalid as trouble:
        return tuple(one.removeprefix("body url: ") for one in trouble.faults)
    return ()


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(
    "url",
    [
        "https://public.example.org/hook?of=ours",
        "https://public.example.org:8443/",
        "https://93.184.215.14/",
        "https://six.example.org/",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:8443/x",
    ],
)
def test_what_can_be_reached_is_taken(url: str) -> None:
    assert faults(url) == ()


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(
    "url",
    [
        "https://nobody.example.org/",
        "https://inside.example.org/",
        "https://both.example.org/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b:1::1]/",
        "https://localhost/",
    ],
)
def test_unknown_and_not_public_are_one_answer(url: str) -> None:
    assert faults(url) == (OUT_OF_REACH,)
    assert faults(url.replace("https", "http"), ("192.168.0.0/16",)) == (OUT_OF_REACH,)


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://public.example.org/", ["https://"]),
        ("https://user:pw@public.example.org/", ["no password"]),
        ("https://user@public.example.org:0/#top", ["no password", "#", "port"]),
        ("https://public.example.org:65536/", ["port"]),
        ("https://public.example.org:port/", ["no URL"]),
        ("https://[::1/", ["no URL"]),
        ("https:///hook", ["neither a name"]),
        ("https://:443/", ["neither a name"]),
        ("https://a..org/", ["neither a name"]),
        ("https://-a.org/", ["neither a name"]),
        ("https://%31.org/", ["neither a name"]),
        ("https://[fe80::1%25eth0]/", ["neither a name"]),
        ("https://1.2.3/", ["neither a name"]),
        ("https://0x7f.1/", ["neither a name"]),
        ("https://0x7f000001/", ["neither a name"]),
        ("https://2130706433/", ["neither a name"]),
        ("https://" + "a" * 64 + ".org/", ["neither a name"]),
        ("https://" + ".".join(["abcdefg"] * 40) + "/", ["neither a name"]),
    ],
)
def test_all_that_is_wrong_is_told(url: str, words: list[str]) -> None:
    found = faults(url)
    assert len(found) == len(words)
    for one, word in zip(found, words, strict=True):
        assert word in one


@pytest.mark.usefixtures("names")
def test_networks_of_the_operator_are_reached_without_tls() -> None:
    here = ("10.1.0.0/16",)
    for url in ("http://inside.example.org:9000/", "https://inside.example.org/"):
        assert faults(url, here) == ()
    assert faults("http://public.example.org/", here) == (OUT_OF_REACH,)
    assert faults("https://public.example.org/", here) == ()


@pytest.mark.usefixtures("names")
def test_a_receiver_is_refused_where_it_is_registered(service: Service, fund: Fund) -> None:
    """And of a good one the secret is changed and a message tried."""
    with service.client(fund.admin) as client:
        for url in ("http://127.0.0.1/", "https://inside.example.org/", "https://nobody.invalid/"):
            refused = client.post("/v1/webhooks", json={"url": url})
            assert refused.status_code == 422, url
            assert refused.json()["faults"], url
        made = client.post("/v1/webhooks", json={"url": "https://public.example.org/"}).json()
        here = f"/v1/webhooks/{made['id']}"
        turned = client.post(f"{here}/secret").json()
        tried = client.post(f"{here}/test")
        again = client.post(f"{here}/test")
        told = client.get("/v1/audit").json()["items"]
        listed = client.get(here).text
    assert made["old_secret_until"] is None
    assert turned["secret"] != made["secret"]
    assert turned["old_secret_until"] is not None
    assert (tried.status_code, tried.json()["type"]) == (202, "webhook.test")
    assert again.status_code == 409
    actions = [one["action"] for one in told if one["resource"] == made["id"]]
    assert actions == ["webhook.test", "webhook.rotate", "webhook.add"]
    assert "whsec_" not in listed + str(told)
    with service.client(fund.analyst) as client:
        assert client.post(f"{here}/secret").status_code == 403
