"""A bridge in fifty lines: lines on stdin ("Hoa: đèn hư") are a group's messages, our posts are printed.

python docs/bridge_client.py http://127.0.0.1:8080/bridge/console GROUP SECRET_FILE MEMORY_FILE"""

import asyncio
import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import aiohttp
from standardwebhooks import Webhook

ROOT, GROUP, SECRET, MEMORY = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
SIGNER = Webhook(SECRET.read_text("utf-8").strip())


def signed(body: str = "") -> dict[str, str]:
    name, now = str(uuid4()), datetime.now(UTC)
    headers = {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp()))}
    return headers | {"webhook-signature": SIGNER.sign(name, now, body)}


async def tell(client: aiohttp.ClientSession, event: dict[str, object]) -> None:
    body, status = json.dumps(event), 0
    while status not in (200, 400, 413):  # until it is kept: the same event told twice is one there
        with suppress(aiohttp.ClientError, TimeoutError):
            async with client.post(f"{ROOT}/events", data=body, headers=signed(body)) as answer:
                status = answer.status
        await asyncio.sleep(0 if status == 200 else 1)


def post(delivery: dict[str, str]) -> dict[str, object]:
    key, done = delivery["delivery"], MEMORY.read_text("utf-8").splitlines() if MEMORY.exists() else []
    if key not in done:  # posted, then remembered, then told: a repeat gets the same receipt
        with MEMORY.open("a", encoding="utf-8") as memory:
            sys.stdout.write(f"{delivery['type']}: {delivery.get('text', '')}\n")
            sys.stdout.flush()
            memory.write(f"{key}\n")
    return {"type": "receipt", "delivery": key, "message": f"console-{key}"}


async def listen(client: aiohttp.ClientSession) -> None:
    while True:  # each time from what has no receipt yet
        with suppress(aiohttp.ClientError, TimeoutError):
            async with client.get(f"{ROOT}/deliveries", headers=signed()) as stream:
                async for line in stream.content:
                    if line.startswith(b"data: "):
                        await tell(client, post(json.loads(line[6:])))
        await asyncio.sleep(1)


async def main() -> None:
    patience = aiohttp.ClientTimeout(sock_read=30)  # the stream has a heartbeat
    async with aiohttp.ClientSession(read_bufsize=2**24, timeout=patience) as client:
        listening = asyncio.create_task(listen(client))
        while line := await asyncio.to_thread(sys.stdin.readline):
            who, _, text = line.strip().partition(": ")
            event = {"type": "message", "chat": GROUP, "id": str(uuid4()), "sender": {"id": who, "name": who}}
            await tell(client, {**event, "text": text, "at": datetime.now(UTC).isoformat()})
        await listening


asyncio.run(main())
