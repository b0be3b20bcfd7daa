"""`python -m scanner` is the same as the command `door-scanner`."""

from scanner.cli.main import main

if __name__ == "__main__":
    main()
