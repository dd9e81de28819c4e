"""Words that all rooms share: criteria, rules, kinds of policies, kinds of instruments.

One table per concept, as plain values: names, units, what a kind needs and allows, its sentence.
How a criterion or a rule is computed is not here: the model and the checker each have their own
arithmetic.
"""
