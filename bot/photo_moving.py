"""Photos from one store into another: each is read back and compared; what was broken off goes on."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence

from bot.progress import Show
from storage.images import ORIGINAL, ImageStore, PhotoForm, hashed

AT_ONCE = 8  # a store far away answers many as quickly as one


async def contents(
    images: ImageStore, forms: Sequence[PhotoForm]
) -> AsyncIterator[tuple[PhotoForm, bytes | None]]:
    """The bytes of each, in their order; None for one that is gone meanwhile."""
    for at in range(0, len(forms), AT_ONCE):
        some = forms[at : at + AT_ONCE]
        found = await asyncio.gather(*(images.get(*form) for form in some))
        for pair in zip(some, found, strict=True):
            yield pair


async def copy(source: ImageStore, target: ImageStore, show: Show) -> Counter[str]:
    """Copy what is not there yet; how many were `copied`, `there` before, `gone` meanwhile, and `broken`:
    originals that are no longer what their name says, which are left where they are."""
    there = {form async for form in target.forms()}
    found = sorted([form async for form in source.forms()])
    missing = [form for form in found if form not in there]
    counts = Counter(there=len(found) - len(missing), copied=0, gone=0, broken=0)
    for at in range(0, len(missing), AT_ONCE):
        some = missing[at : at + AT_ONCE]
        counts.update(await asyncio.gather(*(_copied(source, target, form) for form in some)))
        show("photos", at + len(some), len(missing))
    return counts


async def _copied(source: ImageStore, target: ImageStore, form: PhotoForm) -> str:
    data = await source.get(*form)
    if data is None:
        return "gone"
    if form.name == ORIGINAL and hashed(data) != form.content_hash:
        return "broken"
    await target.put_rendition(*form, data)
    if await target.get(*form) != data:
        raise OSError(f"{form.place} came back different from what was written: nothing more is copied")
    return "copied"


async def forget(source: ImageStore, target: ImageStore, show: Show) -> int:
    """Remove from the source each photo that is in the target with all its forms; how many photos."""
    there = {form async for form in target.forms()}
    found = [form async for form in source.forms()]
    kept = {form.content_hash for form in found if form not in there}
    done = sorted({form.content_hash for form in found} - kept)
    for place, content_hash in enumerate(done, start=1):
        await source.remove(content_hash)
        show("removing", place, len(done))
    return len(done)
