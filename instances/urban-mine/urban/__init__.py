"""Changes the draft of two members: goods that come back, plants for them, terms and worlds."""
