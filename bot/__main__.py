"""`python -m bot` and the installed `congich` command."""

from bot.cli import main

if __name__ == "__main__":
    main()
