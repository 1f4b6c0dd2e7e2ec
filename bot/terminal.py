"""What others wrote, as a terminal may be shown it: no letter of it moves the cursor or turns the text."""

import re
import shutil
import sys

import typer

# Control characters but tab and new line, the second set of them (CSI is one), and what turns a line's
# direction or is not seen.
_ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def plain(text: str) -> str:
    """A text with each letter that a terminal would act on written as its number, such as `\\\\x1b`."""
    return _ACTS.sub(_number, text)


def say(line: str, *, err: bool = False) -> None:
    """Print one line in which somebody else's words may be."""
    typer.echo(plain(line), err=err)


def called() -> str:
    """How congich is called from here: by its name where the shell finds it, else as it just was."""
    return "congich" if shutil.which("congich") else sys.argv[0]


def _number(found: re.Match[str]) -> str:
    return ascii(found[0])[1:-1]
