"""What people do with the service: one function for each act, by whichever face it is asked for.

Enters: the store, the caller, and what is wanted, as a resource's class. Leaves: a resource. Each
act is one transaction with its entry in the audit log; what needs no database, such as keeping a
file, comes before it. Nothing here knows of HTTP: routes and pages parse, call an act, and answer.
"""
