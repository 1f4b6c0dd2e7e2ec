"""Where photos lie, as the configuration says. What a bucket needs is imported only where there is one."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot import clock
from bot.config import Config, ConfigError
from bot.secrets import needed
from storage.images import FolderStore, ImageStore, Succession

KEY, SECRET = "CONGICH_S3_ACCESS_KEY_ID", "CONGICH_S3_SECRET_ACCESS_KEY"
FOLDER = "photos"  # in the data folder
OUTGOING = "outgoing"  # pictures that messengers fetch by their address


def configured(config: Config, environ: Mapping[str, str]) -> ImageStore:
    """The store that the bot works with. Raises ConfigError."""
    beside = [passing(config, environ, place) for place in of_bridges(config)]
    if config.photos.store.kind == "s3":
        return in_bucket(config, environ, beside=beside)
    return in_folder(config, beside=beside)


def of_bridge(name: str) -> str:
    """The place of the photos that a bridge tells inside its events, until they are fetched."""
    return f"bridges/{name}"


def of_bridges(config: Config) -> list[str]:
    """The places of all bridges."""
    return [of_bridge(one.name) for one in config.bridges]


def away(config: Config, environ: Mapping[str, str]) -> dict[str, ImageStore]:
    """By their places, the stores of bridges' photos that are not in the data folder. Raises ConfigError."""
    if config.photos.store.kind != "s3":
        return {}
    return {place: in_bucket(config, environ, place=place) for place in of_bridges(config)}


def passing(config: Config, environ: Mapping[str, str], place: str) -> ImageStore:
    """A place beside the photos, in the data folder or in the bucket, for what does not stay. Raises
    ConfigError.

    With a bucket, what lies in the data folder from before or from a restore is found there.
    """
    folder = in_folder(config, place=place)
    if config.photos.store.kind == "s3":
        return Succession(in_bucket(config, environ, place=place), folder)
    return folder


def in_folder(config: Config, beside: Sequence[ImageStore] = (), place: str = FOLDER) -> ImageStore:
    """The data folder, whether it is in use or not; `beside`: stores from which erased photos go too."""
    return FolderStore(Path(config.data_dir).resolve() / place, beside=beside)


def in_bucket(
    config: Config, environ: Mapping[str, str], beside: Sequence[ImageStore] = (), place: str = ""
) -> ImageStore:
    """The bucket, whether it is in use or not; `place`: a folder within it. Raises ConfigError."""
    from storage.object_images import Bucket, ObjectStore

    settings = config.photos.store
    if not (settings.endpoint and settings.bucket):
        raise ConfigError("photos.store names no bucket: give its endpoint and bucket")
    key = needed(KEY, settings.access_key_id_file, "photos.store.access_key_id_file", environ)
    file = settings.secret_access_key_file
    secret = needed(SECRET, file, "photos.store.secret_access_key_file", environ)
    bucket = Bucket(
        settings.endpoint,
        settings.bucket,
        settings.region,
        f"{settings.prefix.strip('/')}/{place}".strip("/"),
        key.reveal(),
        secret.reveal(),
    )
    return ObjectStore(bucket, clock.real, beside=beside)
