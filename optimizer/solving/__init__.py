"""Solving: from an instance to a proven plan, in the steps of its objective."""
