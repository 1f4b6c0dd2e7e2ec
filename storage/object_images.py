"""Photos in a bucket of an S3-compatible store, under the same names as in a folder.

An object is there whole or not at all: it is sent in one signed request with its length, and never in parts,
of which an interrupted upload would leave some. Only what every such service has is asked of it: addresses
with the bucket in their path, and single GET, HEAD, PUT, DELETE and list requests.

Whatever goes wrong is a `StoreError` in our own words: the library's text may quote a request's signature.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from obstore.exceptions import BaseError
from obstore.store import S3Store

from storage.images import DAY, ORIGINAL, ImageStore, PhotoForm, StoreError, hashed

SECONDS = 30.0  # for one request with its answer
CONNECT_SECONDS = 3.0
# One more try, of a connection that was closed meanwhile; whoever asks has its own way of trying again.
RETRIES = 1
RETRY_WITHIN = timedelta(seconds=5)
_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>(\w{1,60})</Code>")
# What services call what an operator can mend (the API reference's "List of error codes").
_SAYS = {
    "NoSuchBucket": "there is no such bucket",
    "InvalidAccessKeyId": "it does not know the access key",
    "SignatureDoesNotMatch": "the secret key is not the access key's, or the region is wrong",
    "AuthorizationHeaderMalformed": "the region is wrong",
    "AccessDenied": "the access key may not do that",
    "RequestTimeTooSkewed": "this machine's clock is wrong",
    "QuotaExceeded": "its quota is used up",
    "SlowDown": "it is asked too much",
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a bucket is. `endpoint`: the service's address; `prefix`: a folder in it, empty for none."""

    endpoint: str
    name: str
    region: str
    prefix: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)


class ObjectStore:
    """A bucket; `beside`: other stores, in which an original may lie until it is fetched into this one."""

    def __init__(
        self,
        bucket: Bucket,
        clock: Callable[[], datetime],
        beside: Sequence[ImageStore] = (),
        seconds: float = SECONDS,
    ) -> None:
        """`seconds`: for one request with its answer. Opens nothing yet."""
        self._clock = clock
        self._beside = beside
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix.strip("/") or None,
            endpoint=bucket.endpoint.rstrip("/"),
            region=bucket.region,
            access_key_id=bucket.access_key,
            secret_access_key=bucket.secret_key,
            virtual_hosted_style_request=False,
            disable_bulk_delete=True,
            client_options={
                "allow_http": bucket.endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=min(CONNECT_SECONDS, seconds)),
                "timeout": timedelta(seconds=seconds),
                "default_content_type": "image/jpeg",
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": RETRY_WITHIN},
        )

    async def put(self, data: bytes) -> str:
        form = PhotoForm(hashed(data), ORIGINAL)
        written = await self._written(form)
        if written is None or self._clock() - written > DAY:
            await self._write(form, data)
        return form.content_hash

    async def put_rendition(self, content_hash: str, name: str, data: bytes) -> None:
        form = PhotoForm(content_hash, name)
        if await self._written(form) is None:
            await self._write(form, data)

    async def get(self, content_hash: str, name: str = ORIGINAL) -> bytes | None:
        place = PhotoForm(content_hash, name).place
        try:
            with _seen("read"):
                found = await self._store.get_async(place)
                return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None

    async def remove(self, content_hash: str) -> None:
        folder = PhotoForm(content_hash, ORIGINAL).place.rpartition("/")[0]
        theirs = [form async for form, _ in self._listed(folder) if form.content_hash == content_hash]
        await self._delete(theirs)
        for other in self._beside:
            await other.remove(content_hash)

    async def forms(self) -> AsyncIterator[PhotoForm]:
        async for form, _ in self._listed(None):
            yield form

    async def expire(self, before: datetime) -> int:
        old = [form async for form, written in self._listed(None) if written < before]
        await self._delete(old)
        return len(old)

    async def tidy(self, before: datetime) -> int:
        return 0  # an object is written whole

    async def _write(self, form: PhotoForm, data: bytes) -> None:
        with _seen("written"):
            await self._store.put_async(form.place, data, use_multipart=False)

    async def _delete(self, forms: Sequence[PhotoForm]) -> None:
        for form in forms:
            with suppress(FileNotFoundError), _seen("removed"):
                await self._store.delete_async(form.place)

    async def _listed(self, folder: str | None) -> AsyncIterator[tuple[PhotoForm, datetime]]:
        """What lies in a folder, and when it was written."""
        listing = self._store.list(folder)
        while True:
            with _seen("listed"):
                batch = await anext(listing, None)
            if batch is None:
                return
            for one in batch:
                if form := PhotoForm.at(one["path"]):
                    yield form, one["last_modified"]

    async def _written(self, form: PhotoForm) -> datetime | None:
        """When it was; None where it is not there."""
        place = form.place
        try:
            with _seen("read"):
                return (await self._store.head_async(place))["last_modified"]
        except FileNotFoundError:
            return None


@contextmanager
def _seen(done: str) -> Iterator[None]:
    """Raises StoreError, and FileNotFoundError only for an object that is not there."""
    try:
        yield
    except FileNotFoundError as error:
        if done not in ("read", "removed") or "NoSuchBucket" in str(error):
            raise StoreError(_says(done, str(error))) from None
        raise FileNotFoundError from None
    except (BaseError, OSError, ValueError) as error:
        raise StoreError(_says(done, str(error))) from None


def _says(done: str, told: str) -> str:
    """What the library told, in our words; of the service's answer only its status and its code."""
    status, code = _STATUS.search(told), _CODE.search(told)
    if code and code[1] in _SAYS:
        why = _SAYS[code[1]]
    elif status:
        why = f"it answers {status[1]}{f' {code[1]}' if code else ''}"
    else:
        why = "it does not answer, or not to the end"
    return f"the object store can't be {done}: {why}"
