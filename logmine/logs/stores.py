"""The one seam to where objects lie: local files, and S3 through obstore with boto3's credentials.

obstore costs a quarter of boto3's CPU for a GET and resumes bodies that were cut. All foreign errors are mapped here.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from logmine.errors import AccessError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boto3 import Session
    from obstore import ObjectMeta
    from obstore.store import S3Store

S3: Final = "s3://"
_MAX_CONNECTIONS: Final = 16


class Listed(NamedTuple):
    """An object of a source."""

    key: str  # of the bucket, or relative to the folder
    address: str
    size_bytes: int
    etag: str


class Fetched(NamedTuple):
    """The bytes of an object, or why there are none."""

    data: bytes
    problem: str | None = None


def split_s3(address: str) -> tuple[str, str]:
    """Return bucket and key of an ``s3://`` address."""
    bucket, _, key = address.removeprefix(S3).partition("/")
    return bucket, key


def list_folder(folder: Path) -> Iterator[Listed]:
    """Yield every file below ``folder``; the address is that of the file itself, where a link leads to it."""
    try:
        root = folder.resolve(strict=True)
        for parent, names, files in os.walk(root, onerror=_refuse):
            names.sort()
            for name in sorted(files):
                path = Path(parent) / name
                if path.is_file():
                    yield _listed_file(path.resolve(), path.relative_to(root).as_posix())
    except PermissionError as error:
        raise AccessError(f"{error.filename}: no permission to read it. Grant read access to the files below {folder}.") from error


def _refuse(error: OSError) -> None:
    raise error


def list_file(path: Path) -> Listed:
    """Return the one file of a source."""
    return _listed_file(path.resolve(), path.name)


def _listed_file(path: Path, key: str) -> Listed:
    stat = path.stat()
    etag = hashlib.blake2b(f"{stat.st_mtime_ns} {stat.st_size}".encode(), digest_size=16).hexdigest()
    return Listed(key, str(path), stat.st_size, etag)


def is_inside(path: Path, root: Path) -> bool:
    """Return whether ``path``, links resolved, lies below ``root``."""
    return path.resolve().is_relative_to(root.resolve())


def list_bucket(bucket: str, prefix: str, endpoint_url: str | None) -> Iterator[Listed]:
    """Yield every object of ``bucket`` below ``prefix``.

    Raises
    ------
    AccessError
        Without credentials, or without ``s3:ListBucket``.
    SourceError
        If the bucket does not exist or the server does not answer.
    """
    import obstore  # noqa: PLC0415 - heavy, and files do not need it
    from obstore.exceptions import BaseError  # noqa: PLC0415

    store = _store(bucket, endpoint_url)
    try:
        below = [meta for chunk in obstore.list(store, prefix=prefix or None, chunk_size=1000) for meta in chunk]
        for meta in below or _single(store, prefix):
            key = str(meta["path"])
            yield Listed(key, f"{S3}{bucket}/{key}", int(meta["size"]), str(meta["e_tag"] or "").strip('"'))
    except (BaseError, OSError) as error:
        raise _mapped(error, "s3:ListBucket", f"arn:aws:s3:::{bucket}", f"{S3}{bucket}") from error


def _single(store: S3Store, key: str) -> list[ObjectMeta]:
    """Return the object that a source names itself, none if there is no such object."""
    import obstore  # noqa: PLC0415 - heavy, and files do not need it

    try:
        return [obstore.head(store, key)] if key.strip("/") else []
    except FileNotFoundError:
        return []


def fetch(addresses: Sequence[tuple[str, str | None]]) -> list[Fetched]:
    """Return the bytes of objects given by address and endpoint, in their order; S3 is asked in parallel.

    An object that is gone is data; missing permission is not.

    Raises
    ------
    AccessError
        Without credentials, or without ``s3:GetObject``.
    SourceError
        If the server does not answer.
    """
    if not any(address.startswith(S3) for address, _ in addresses):
        return [_read_file(Path(address)) for address, _ in addresses]
    with ThreadPoolExecutor(min(_MAX_CONNECTIONS, len(addresses))) as pool:
        return list(pool.map(lambda pair: _get(*pair) if pair[0].startswith(S3) else _read_file(Path(pair[0])), addresses))


def _read_file(path: Path) -> Fetched:
    try:
        return Fetched(path.read_bytes())
    except FileNotFoundError:
        return Fetched(b"", "not found")
    except PermissionError as error:
        raise AccessError(f"{path}: no permission to read it. Grant read access to the file.") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}.") from error


def _get(address: str, endpoint_url: str | None) -> Fetched:
    import obstore  # noqa: PLC0415 - heavy, and files do not need it
    from obstore.exceptions import BaseError  # noqa: PLC0415

    bucket, key = split_s3(address)
    try:
        return Fetched(bytes(obstore.get(_store(bucket, endpoint_url), key).bytes()))
    except FileNotFoundError:
        return Fetched(b"", "not found")
    except (BaseError, OSError) as error:
        raise _mapped(error, "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", address) from error


@lru_cache(maxsize=64)
def _store(bucket: str, endpoint_url: str | None) -> S3Store:
    """Return the client of a bucket, with the credentials and the Region that boto3 finds."""
    import boto3  # noqa: PLC0415 - heavy, and files do not need it
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415
    from obstore.store import S3Store  # noqa: PLC0415

    try:
        session = boto3.Session()
        if session.get_credentials() is None:
            raise AccessError(f"no AWS credentials for s3:ListBucket on arn:aws:s3:::{bucket}. Run 'aws configure', or set AWS_PROFILE.")
        provider = Boto3CredentialProvider(session)
    except BotoCoreError as error:
        raise AccessError(f"AWS credentials cannot be used: {error}. Check AWS_PROFILE and the AWS configuration files.") from error
    if endpoint_url is None:
        return S3Store(bucket, region=_region_of(bucket, session), credential_provider=provider)
    return S3Store(
        bucket,
        region=session.region_name or "us-east-1",
        credential_provider=provider,
        endpoint=endpoint_url,
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )


def _region_of(bucket: str, session: Session) -> str:
    """Return the Region of a bucket, which S3 tells also those who may not read it."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    known = session.region_name or "us-east-1"
    try:
        answer: dict[str, Any] = dict(session.client("s3", region_name=known).head_bucket(Bucket=bucket))
    except ClientError as error:
        answer = dict(error.response)
    except BotoCoreError as error:
        raise SourceError(f"{S3}{bucket}: S3 does not answer: {error}. Check the network and the Region.") from error
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(headers.get("x-amz-bucket-region", known))


def _mapped(error: Exception, action: str, resource: str, where: str) -> AccessError | SourceError:
    """Return the error for an operator in place of a foreign one."""
    from obstore.exceptions import PermissionDeniedError, UnauthenticatedError  # noqa: PLC0415

    text = str(error)
    if isinstance(error, PermissionDeniedError | UnauthenticatedError) or "403" in text or "AccessDenied" in text:
        return AccessError(f"{where}: access denied. Allow {action} on {resource} for the credentials in use.")
    if isinstance(error, FileNotFoundError) or "NoSuchBucket" in text:
        return SourceError(f"{where}: no such bucket. Check its name; list yours with 'aws s3 ls'.")
    first_line = text.strip().splitlines()[0][:300] if text.strip() else type(error).__name__
    return SourceError(f"{where}: {action} failed: {first_line}. Check the network, the Region and --endpoint-url.")
