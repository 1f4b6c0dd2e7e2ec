"""A receiver of congich's webhooks: checks the signature, drops what it has, prints the rest.

python docs/webhook_receiver.py PORT SECRET_FILE MEMORY_FILE
"""

import json
import sys
from pathlib import Path

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

SIGNER = Webhook(Path(sys.argv[2]).read_text("utf-8").strip())
MEMORY = Path(sys.argv[3])


def take(event: dict[str, object]) -> None:
    """Print an event once, whatever call brought it; remembered before it is answered."""
    data = event["data"]
    assert isinstance(data, dict)
    seen = json.loads(MEMORY.read_text("utf-8")) if MEMORY.exists() else []
    if data["event"]["id"] not in seen:
        MEMORY.write_text(json.dumps([*seen, data["event"]["id"]]), "utf-8")
        sys.stdout.write(f"{event['type']} {data['ticket']['code']} {data['ticket']['status']}\n")
        sys.stdout.flush()


async def receive(request: web.Request) -> web.Response:
    body = await request.read()
    try:
        SIGNER.verify(body, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        return web.Response(status=401)
    take(json.loads(body))
    return web.Response(status=204)


if __name__ == "__main__":
    application = web.Application()
    application.add_routes([web.post("/congich", receive)])
    web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), print=None)
