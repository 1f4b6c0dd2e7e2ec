"""Log lines: an action, fields, and never a token."""

import io
import json
import logging

import pytest
import structlog

from bot import logs

TOKEN = "123456789:AAF-abcdefghijklmnopqrstuvwxyz012345"


@pytest.fixture
def stream() -> io.StringIO:
    out = io.StringIO()
    logs.configure("info", as_json=True, stream=out)
    return out


def test_a_line_has_its_action_and_fields(stream: io.StringIO) -> None:
    structlog.get_logger("x").info("ready", action="process.ready", platforms=["webchat"])
    line = json.loads(stream.getvalue())
    assert (line["action"], line["platforms"], line["level"]) == ("process.ready", ["webchat"], "info")


def test_a_token_in_a_field_an_exception_or_another_librarys_line_is_not_shown(stream: io.StringIO) -> None:
    structlog.get_logger("x").info("calling", url=f"https://host/bot{TOKEN}/getMe")
    try:
        raise OSError(f"no answer from https://host/bot{TOKEN}/getMe")
    except OSError:
        structlog.get_logger("x").exception("failed", action="x.failed")
        logging.getLogger("other").exception("failed with %s", TOKEN)
    logging.getLogger("httpx").info("POST https://host/bot%s/getMe", TOKEN)
    assert "AAF-abc" not in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == 3
    assert "no answer from" in stream.getvalue()


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_shows_no_frames_values(as_json: bool) -> None:
    out, said = io.StringIO(), "what somebody wrote in private"
    logs.configure("info", as_json=as_json, stream=out)
    try:
        raise OSError("no answer" + said[:0])
    except OSError:
        structlog.get_logger("x").exception("failed", action="x.failed")
        logging.getLogger("other").exception("failed")
    assert out.getvalue().count("OSError: no answer") == 2
    assert said not in out.getvalue()
