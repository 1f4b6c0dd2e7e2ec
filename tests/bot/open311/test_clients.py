"""GeoReport v2 proved by what we did not write: a client, and a tester that goes by our OpenAPI file.

The other client that is known, `three`, imports what Python 2 alone had (`itertools.ifilter`).
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from georeport import GeoReport

from tests.bot.open311.test_server import LAMP
from tests.bot.open311.town import APP_KEY, running

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.sqlite_only


@pytest.mark.parametrize("output_format", ["json", "xml"])
async def test_a_client_of_somebody_elses_reads_it(tmp_path: Path, output_format: str) -> None:
    async with running(tmp_path) as town:
        await town.post(LAMP)
        await town.post({**LAMP, "service_code": "waste", "address_string": "9 Lê Lợi", "lat": "9.7"})

        def asked() -> dict[str, Any]:
            client = GeoReport(f"{town.root}/v2", "soctrang.gov.vn", output_format=output_format)
            return {
                "services": client.get_service_list(),
                "definition": client.get_service_definition("lighting"),
                "requests": client.get_service_requests(service_code="lighting,waste", status="open"),
                "one": client.get_service_request("PA1001"),
            }

        told = await asyncio.to_thread(asked)
    assert told["services"][0]["service_name"] == "Rác thải"
    assert told["definition"]["service_code"] == "lighting"
    assert [one["service_request_id"] for one in told["requests"]] == ["PA1002", "PA1001"]
    assert (told["one"]["status"], told["one"]["service_name"]) == ("open", "Chiếu sáng")


@pytest.mark.timeout(240)
async def test_our_openapi_file_holds(tmp_path: Path) -> None:
    """Its checks, with data that fits the file and data that does not; a failure prints how to repeat it."""
    command = Path(sys.executable).with_name("schemathesis")
    hooks = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    async with running(tmp_path) as town:
        tester = await asyncio.create_subprocess_exec(
            str(command), "run", str(ROOT / "docs" / "openapi" / "open311.yaml"), "--url", town.root,
            "--header", f"X-Api-Key: {APP_KEY}", "--seed", "1", "--max-examples", "6", "--no-color",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path,
            env={**hooks, "SCHEMATHESIS_HOOKS": "tests.bot.open311.hooks"},
        )  # fmt: skip
        out, _ = await tester.communicate()
    assert tester.returncode == 0, out.decode()
    assert b"Tested: 7" in out
