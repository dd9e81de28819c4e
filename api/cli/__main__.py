"""`python -m api.cli`: the same as `lodestone`."""

from api.cli import main

if __name__ == "__main__":
    main()
