"""`python -m bot` and the installed `congich` command."""

import gc


def main() -> None:
    """The installed `congich` command; a child process imports this module too, and needs no commands."""
    gc.disable()  # imports leave nothing to collect: looking for it is a sixth of the start
    try:
        from bot.cli import main as command
    except KeyboardInterrupt:
        raise SystemExit(130) from None  # as a shell counts Ctrl-C; nothing was begun

    gc.freeze()
    gc.enable()
    command()


if __name__ == "__main__":
    main()
