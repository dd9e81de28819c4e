"""What is shown of a plan: the report in words, and figures."""
