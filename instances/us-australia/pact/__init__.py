"""Changes the draft of the two allies: magnets, plants, terms and worlds of its own."""
