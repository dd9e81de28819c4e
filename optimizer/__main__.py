"""`python -m optimizer`: the same as `lodestone`."""

from optimizer.cli import main

if __name__ == "__main__":
    main()
