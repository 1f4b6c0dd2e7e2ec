"""The bucket in which photos lie: it is read, written and emptied again, with a photo that is none."""

from bot import photo_store
from bot.config import ConfigError
from bot.doctor.case import Case
from bot.doctor.findings import Finding, ok, wrong
from storage.images import ImageStore, StoreError


async def examine(case: Case) -> list[Finding]:
    if case.config.photos.store.kind != "s3":
        return []
    try:
        store = photo_store.in_bucket(case.config, case.environ)
    except ConfigError:
        return []  # `keys` tells of it
    settings = case.config.photos.store
    where = f"the bucket {settings.bucket} at {settings.endpoint}"
    return [await tried(store, where, f"congich doctor {case.clock().isoformat()}".encode())]


async def tried(store: ImageStore, where: str, probe: bytes) -> Finding:
    """Read, write, list and remove, as the bot does. `probe`: bytes that are in nobody's photo."""
    try:
        await store.get("0" * 64)
        content_hash = await store.put(probe)
        back = await store.get(content_hash)
        await store.remove(content_hash)
        left = await store.get(content_hash)
    except StoreError as error:
        return wrong("photos.store", f"{where}: {error}", remedy(str(error)))
    if back != probe or left is not None:
        says = f"{where} does not give back what was written, or keeps what was removed"
        return wrong("photos.store", says, "switch off versions, caches and locks of objects for this bucket")
    return ok("photos.store", f"{where} can be read, written and emptied")


_REMEDIES = {
    "no such bucket": "make it at your provider, private, or correct photos.store.bucket",
    "does not know the access key": "copy the key's id anew from your provider",
    "secret key": "copy the secret anew, and see photos.store.region",
    "region": "set photos.store.region as your provider names it",
    "may not do that": "allow the key to list this bucket, and to read, write and delete in it",
    "clock": "set the machine's clock by the network: timedatectl set-ntp true",
    "quota": "make room at your provider",
    "does not answer": "see that photos.store.endpoint is right and that this machine may reach it",
}


def remedy(says: str) -> str:
    """What to do about a store that says this."""
    found = (todo for words, todo in _REMEDIES.items() if words in says)
    return next(found, "ask your provider what this answer means; photos wait meanwhile, and nothing is lost")
