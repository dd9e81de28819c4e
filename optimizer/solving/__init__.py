"""Solving: compile the model once, stamp it, run HiGHS in a child process, read a plan back."""
