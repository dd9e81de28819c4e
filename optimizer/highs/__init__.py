"""HiGHS in a process of its own: programs handed over, watched, and values read back."""
