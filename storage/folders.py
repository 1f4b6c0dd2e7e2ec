"""The folders that congich keeps things in."""

from pathlib import Path


def make(folder: Path) -> None:
    """Make a folder where there is none, for our own user alone. Raises OSError with the remedy."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        remedy = "make it yourself, and give it to the user who runs congich"
        raise OSError(f"the folder {folder} can't be made: {error.strerror}; {remedy}") from None
