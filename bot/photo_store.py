"""Where photos lie, as the configuration says. What a bucket needs is imported only where there is one."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.config import Config, ConfigError
from bot.secrets import needed
from storage.images import FolderStore, ImageStore

KEY, SECRET = "CONGICH_S3_ACCESS_KEY_ID", "CONGICH_S3_SECRET_ACCESS_KEY"
FOLDER = "photos"  # in the data folder


def configured(config: Config, environ: Mapping[str, str]) -> ImageStore:
    """The store that the bot works with. Raises ConfigError."""
    bridges = [_data(config) / "bridges" / one.name for one in config.bridges]  # until they are fetched
    if config.photos.store.kind == "s3":
        return in_bucket(config, environ, beside=bridges)
    return in_folder(config, beside=bridges)


def in_folder(config: Config, beside: Sequence[Path] = ()) -> ImageStore:
    """The data folder, whether it is in use or not; `beside`: folders from which erased photos go too."""
    return FolderStore(_data(config) / FOLDER, beside=beside)


def in_bucket(config: Config, environ: Mapping[str, str], beside: Sequence[Path] = ()) -> ImageStore:
    """The bucket, whether it is in use or not. Raises ConfigError."""
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
        settings.prefix,
        key.reveal(),
        secret.reveal(),
    )
    return ObjectStore(bucket, beside=[FolderStore(one) for one in beside])


def _data(config: Config) -> Path:
    return Path(config.data_dir).resolve()
