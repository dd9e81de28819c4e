"""The service over HTTP: routes of a few lines each, and the middleware around every one of them.

A request passes `requests` (its number, its log line, the headers of its answer), `admission` (who
is calling, and how often) and a route of `routes`. What is refused becomes a problem in `problems`.
"""
