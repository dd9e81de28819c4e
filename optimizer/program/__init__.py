"""The program: the model compiled once and stamped for every block, with a key for every row."""
