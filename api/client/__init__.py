"""A client of the service: the same `solve` as on one's own machine, done elsewhere.

    from api.client import Client

    client = Client("http://127.0.0.1:8000", key)
    plan = client.solve(load("instances/tiny"))

`client` solves; `instances`, `jobs` and `plans` do the steps one by one. `connection` speaks HTTP
and is patient, `addresses` looks at what it is given, `refusals` are what it raises; `following`
reads the events of a job, `solving` is the solve, `archives` packs and unpacks folders.
"""

from api.client.client import Client
from api.client.connection import Network
from api.client.refusals import ServiceRefused

__all__ = ["Client", "Network", "ServiceRefused"]
