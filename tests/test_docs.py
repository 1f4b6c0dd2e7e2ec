"""The docs tell of what is there: every module has its line, every link leads somewhere."""

import ast
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import commands_page
from handlers.subscribers import ACTIONS, QUIET

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
WEBHOOKS = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
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


def test_every_event_that_a_webhook_may_hear_of_is_told_of() -> None:
    row = re.search(r"^\| `type` \| `ticket\.` and (.+) \|$", WEBHOOKS, re.MULTILINE)
    assert row is not None
    usual, only_named = (set(re.findall(r"`([a-z_]+)`", part)) for part in row[1].split("; and only"))
    assert usual == set(ACTIONS) - QUIET
    assert only_named - {"events"} == QUIET


def finding_codes() -> Iterator[tuple[str, str]]:
    """Every code that doctor may print, with the name of its file."""
    for path in sorted((ROOT / "bot" / "doctor").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                code = node.args[0].value
                if isinstance(code, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", code):
                    yield code, path.stem


def test_every_finding_of_doctor_is_told_of_with_its_remedy() -> None:
    page = (ROOT / "docs" / "doctor.md").read_text("utf-8")
    told = set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", page, re.MULTILINE))
    codes = dict(finding_codes())
    assert len(codes) > 40
    assert told == set(codes)


def test_a_findings_code_begins_with_its_file() -> None:
    assert [code for code, file in finding_codes() if code.partition(".")[0] != file] == []


@pytest.mark.parametrize("unit", ["congich.service", "congich@.service", "congich-backup.service"])
def test_every_unit_works_on_the_database_that_the_environment_names(unit: str) -> None:
    written = (ROOT / "docs" / "deploy" / unit).read_text("utf-8")
    assert re.search(r"^EnvironmentFile=-?/srv/congich/environment$", written, re.MULTILINE)


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def by_shell(words: str, folder: Path, **more: str) -> None:
    environ = {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), **more}
    subprocess.run(["/bin/sh", "-ec", words], cwd=folder, check=True, env=environ, capture_output=True)


@pytest.mark.parametrize("database", ["postgresql://db/x", ""])
def test_commands_by_hand_and_by_cron_work_on_the_database_of_the_environment(
    tmp_path: Path, database: str
) -> None:
    (upgrade,) = re.findall(r"sh -ec '([^']+ db upgrade [^']+)'", page("operating.md"))
    (nightly,) = re.findall(r"^15 2 [* ]+cd /srv/congich && (.+)$", page("backup.md"), re.MULTILINE)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in (".venv/bin/congich", "make", "git"):
        (tmp_path / name).write_text('#!/bin/sh\necho "$* on $CONGICH_DATABASE_URL" >>told\n')
        (tmp_path / name).chmod(0o755)
    if database:
        (tmp_path / "environment").write_text(f"CONGICH_DATABASE_URL={database}\n")
    by_shell(upgrade, tmp_path)
    by_shell(nightly, tmp_path)
    told = [one for one in (tmp_path / "told").read_text().splitlines() if "config.toml" in one]
    words = ("backup -c config.toml", "db upgrade -c config.toml", "backup -c config.toml")
    assert told == [f"{one} on {database}" for one in words]


@pytest.mark.skipif(shutil.which("git") is None, reason="what is installed from a checkout needs git")
def test_what_was_installed_can_be_upgraded(tmp_path: Path) -> None:
    (install,) = re.findall(r"^(git .+) && make install$", page("operating.md"), re.MULTILINE)
    (pull,) = re.findall(r"^ *(git pull .+)$", page("operating.md"), re.MULTILINE)
    for name in ("source", "srv"):
        (tmp_path / name).mkdir()
    commit = "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m"
    by_shell(f"git init -q; {commit} one", tmp_path / "source")
    by_shell(install.replace("<this repository>", "../source"), tmp_path / "srv")
    by_shell(f"{commit} two", tmp_path / "source")
    by_shell(f'{pull}; test "$(git log -1 --format=%s)" = two', tmp_path / "srv")


@pytest.mark.parametrize("document", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_every_link_of_the_docs_leads_somewhere(document: str) -> None:
    check_links(ROOT / "docs" / document)


def test_every_test_that_the_security_page_names_is_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    named = set(re.findall(r"`((?:tests/[\w/]+/)?test_\w+\.py|tests/[\w/]+)`", page))
    there = {str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("*")}
    there |= {path.rpartition("/")[2] for path in there}
    assert len(named) > 12
    assert named - there == set()


def test_every_link_of_the_readme_leads_somewhere() -> None:
    check_links(ROOT / "README.md")


def check_links(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target
