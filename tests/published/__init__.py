"""Published cases with known optima, as instances: the model solves other people's problems too."""
