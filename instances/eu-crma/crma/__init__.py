"""Changes the draft of the Union: plants, terms and worlds of its own."""
