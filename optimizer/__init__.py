"""Lodestone: chooses and proves an alliance's portfolio of critical-mineral projects."""
