"""The docs tell of what is there: every module has its line, every link leads somewhere."""

import re
from pathlib import Path

import pytest

from bot import commands_page

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
FOLDERS = ("storage", "handlers", "bot")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_module_has_its_line(folder: str) -> None:
    modules = {path.name for path in (ROOT / folder).glob("*.py")} - {"__init__.py", "__main__.py"}
    assert {name for name in modules if name not in ARCHITECTURE} == set()


def test_every_module_that_is_told_of_is_there() -> None:
    told = set(re.findall(r"`(?:[a-z/]+/)?([a-z_]+\.py)`", ARCHITECTURE))
    there = {path.name for path in ROOT.rglob("*.py") if ".venv" not in path.parts}
    assert told - there == set()


def test_the_page_of_commands_is_current() -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert page == commands_page.page(), "write it anew: congich commands > docs/commands.md"


@pytest.mark.parametrize("document", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_every_link_of_the_docs_leads_somewhere(document: str) -> None:
    check_links(ROOT / "docs" / document)


def test_every_link_of_the_readme_leads_somewhere() -> None:
    check_links(ROOT / "README.md")


def check_links(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target
