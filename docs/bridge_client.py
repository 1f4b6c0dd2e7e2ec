"""A bridge in fifty lines: lines on stdin ("Hoa: đèn hư") are a group's messages, our posts are printed.

python docs/bridge_client.py http://127.0.0.1:8080/bridge/console GROUP SECRET_FILE MEMORY_FILE
"""

import asyncio
import json
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from standardwebhooks import Webhook

ROOT, GROUP, MEMORY = sys.argv[1], sys.argv[2], Path(sys.argv[4])
SIGNER = Webhook(Path(sys.argv[3]).read_text("utf-8").strip())


def signed(body: str = "") -> dict[str, str]:
    name, now = str(uuid.uuid4()), datetime.now(UTC)
    moment, signature = str(int(now.timestamp())), SIGNER.sign(name, now, body)
    return {"webhook-id": name, "webhook-timestamp": moment, "webhook-signature": signature}


async def tell(client: aiohttp.ClientSession, event: dict[str, object]) -> None:
    while True:  # until it is kept: the same event told twice is one there
        try:
            body = json.dumps(event)
            async with client.post(f"{ROOT}/events", data=body, headers=signed(body)) as answer:
                if answer.status < 500:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(1)


def post(delivery: dict[str, str]) -> dict[str, object]:
    key, posted = delivery["delivery"], json.loads(MEMORY.read_text("utf-8")) if MEMORY.exists() else {}
    if key not in posted:  # remembered before the receipt: a repeat gets the same one and posts nothing
        sys.stdout.write(f"{delivery['type']}: {delivery.get('text', '')}\n")
        sys.stdout.flush()
        posted[key] = f"console-{len(posted) + 1}"
        MEMORY.write_text(json.dumps(posted), "utf-8")
    return {"type": "receipt", "delivery": key, "message": posted[key]}


async def listen(client: aiohttp.ClientSession, last: str = "") -> None:
    forever = aiohttp.ClientTimeout(total=None)
    while True:
        try:
            resume = signed() | {"Last-Event-ID": last}
            async with client.get(f"{ROOT}/deliveries", headers=resume, timeout=forever) as stream:
                async for line in stream.content:
                    if line.startswith(b"id: "):
                        last = line[4:].decode().strip()
                    elif line.startswith(b"data: "):
                        await tell(client, post(json.loads(line[6:])))
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(1)


async def main() -> None:
    async with aiohttp.ClientSession(read_bufsize=2**24) as client:
        listening = asyncio.create_task(listen(client))
        while line := await asyncio.to_thread(sys.stdin.readline):
            who, _, text = line.strip().partition(": ")
            event = {"type": "message", "chat": GROUP, "id": str(uuid.uuid4()), "text": text}
            moment, sender = datetime.now(UTC).isoformat(), {"id": who, "name": who}
            await tell(client, {**event, "at": moment, "sender": sender})
        await listening


asyncio.run(main())
