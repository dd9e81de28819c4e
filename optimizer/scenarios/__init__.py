"""Scenarios that are made: suppliers that fail, and what happened once."""
