"""The Lodestone service: instances, jobs and plans over HTTP, and a client for it.

`api` imports `optimizer`, never the reverse. The parts: `resources` (what goes over the wire),
`store` (every SQL statement and file), `http` (routes), `work` (workers and what they run),
`client` (the same `solve`, elsewhere) and `cli` (serve, worker, keys).
"""
