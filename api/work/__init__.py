"""Running jobs: workers claim them, runners solve them, a supervisor keeps both alive.

Enters: queued jobs. Leaves: each of them ended exactly once, with its plan filed. Processes:

    supervisor ─┬─ api.http.server
                └─ worker ── runner (one job) ── HiGHS (its programs)

Each ends with the one on its left, however that dies (`guard`).
"""
