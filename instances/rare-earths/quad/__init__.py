"""Builds the rare-earths instances from the catalogue, the assumptions and the list of entries."""
