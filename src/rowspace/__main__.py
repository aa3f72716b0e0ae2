"""`python -m rowspace`: the command line where the console script is not on the path."""

from rowspace.cli import main

if __name__ == "__main__":
    main()
