"""The door: a path enters, a valid `Instance` leaves, or every fault is told."""

from optimizer.instance.formats import examine, load

__all__ = ["examine", "load"]
