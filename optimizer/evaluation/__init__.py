"""What a plan comes to beyond the rules: supply by country, and how much of it is assumed."""
