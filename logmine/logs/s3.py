"""S3 through obstore with boto3's credentials: listings page by page, and GETs that give what was listed or say why not.

Who asks again, and how often:

- obstore, inside one call, after 5xx, 429, a refused or reset connection or a silence of 20 s: up to 10 times within 3 minutes, with
  exponential backoff and jitter (:data:`RETRIES`). A body that was cut is resumed where it broke, under ``If-Match``.
- :func:`get_object`, for a body that is not what was listed (another size or etag): 3 times, after :data:`PAUSES_S`.
- a page of a listing that was cut, and a body that boto3 was reading: likewise.
- expired credentials: once, with credentials that a new boto3 session finds.

Then an error names the object and what to do; the same command continues.

obstore cannot say every key: not ``a//b``, ``/a`` or ``a/../b`` (a log prefix that ends with a slash makes such keys). boto3, four times
as dear for a GET, is asked for those alone.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import boto3
import obstore
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError
from obstore.auth.boto3 import Boto3CredentialProvider
from obstore.exceptions import BaseError, InvalidPathError, PreconditionError
from obstore.store import S3Store

from logmine.errors import AccessError, SourceError
from logmine.logs.s3_errors import AT_S3, code_of, mapped, says_cut, says_expired, says_unusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from obstore import GetOptions, ObjectMeta
    from obstore.store import RetryConfig

    from logmine.logs.selecting import Look

RETRIES: RetryConfig = {
    "max_retries": 10,
    "retry_timeout": timedelta(minutes=3),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=15), "base": 2},
}
PAUSES_S: tuple[float, ...] = (0.2, 1.0, 5.0)
READ_TIMEOUT_S: float = 20.0  # of silence; a large body may take long
_WHOLE_TIMEOUT: Final = "1h"
_PAGE: Final = 1000
_CREDENTIALS_LAST: Final = timedelta(minutes=10)  # boto3 renews at the latest 10 minutes before the end
_UNSAYABLE: Final = re.compile(r"(^|/)(\.{0,2})(/|$)|[\x00-\x1f\x7f]")
_KMS: Final = ("aws:kms", "aws:kms:dsse")

T = TypeVar("T")


class Stored(NamedTuple):
    """An object of a bucket, as listed."""

    key: str
    size_bytes: int
    etag: str


class Delivered(NamedTuple):
    """The body of an object and the etag that came with it; ``etag`` is null where the object has another than was asked for."""

    data: bytes
    etag: str | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket at a server: AWS, or another that ``endpoint_url`` names."""

    name: str
    endpoint_url: str | None = None


@dataclass(slots=True, eq=False)
class _Client:
    """What asks a bucket: obstore, and boto3 where it is needed."""

    session: boto3.Session
    region: str
    store: S3Store
    plain: Any = None  # boto3's client, made when first asked


def list_keys(bucket: Bucket, prefix: str) -> Iterator[Stored]:
    """Yield every object of ``bucket`` below the folder ``prefix``, or the one object of that name.

    Raises
    ------
    AccessError
        Without credentials, or without ``s3:ListBucket``.
    SourceError
        If the bucket does not exist or the server does not answer.
    """
    page, is_last = _page(bucket, prefix, None)
    yield from page or _single(bucket, prefix)
    while not is_last:
        page, is_last = _page(bucket, prefix, page[-1].key)
        yield from page


def list_tree(bucket: Bucket, prefix: str, look: Callable[[str], Look]) -> Iterator[Stored]:
    """Yield what :func:`list_keys` yields, but nothing below the folders that ``look`` skips.

    Folders that it opens are listed level by level, by delimiter, and the first one too; all others whole.
    """
    folder = f"{prefix.removesuffix('/')}/" if prefix else ""
    if look(folder) == "skip":
        return
    level = _level(bucket, folder)
    if level is None or all(look(below) == "list" for below in level[0]):
        yield from list_keys(bucket, prefix)
        return
    folders, objects = level
    yield from objects
    for below in folders:
        yield from list_tree(bucket, below, look) if look(below) == "open" else list_keys(bucket, below) if look(below) == "list" else ()


def _level(bucket: Bucket, folder: str) -> tuple[list[str], list[Stored]] | None:
    """Return the folders and objects directly below ``folder``; None where obstore cannot say a key among them."""

    def level(client: _Client) -> tuple[list[str], list[Stored]] | None:
        try:
            if folder and _UNSAYABLE.search(folder.removesuffix("/")):
                return None
            found = obstore.list_with_delimiter(client.store, folder or None)
        except InvalidPathError:
            return None
        return [f"{below.removesuffix('/')}/" for below in found["common_prefixes"]], [_stored(meta) for meta in found["objects"]]

    return _ask(bucket, "s3:ListBucket", None, level)


def get_object(bucket: Bucket, key: str, *, size_bytes: int | None = None, etag: str | None = None) -> Delivered | None:
    """Return the body of an object, None if there is none of that name.

    Parameters
    ----------
    size_bytes, etag
        As listed; not checked when None.

    Raises
    ------
    AccessError
        Without credentials, or without ``s3:GetObject``.
    SourceError
        If the server does not answer, or never gives the object that was listed. The listing is the snapshot that a build stands for:
        results are kept under its etags, so new content under an old etag would be a lie that no later run sees, and a row in ``dropped``
        would lose records that are there. Log objects are written once; whoever sees this error has a second writer, and the
        same command lists the bucket anew.
    """
    problem = ""
    for pause_s in (0.0, *PAUSES_S):
        time.sleep(pause_s)
        found = _ask(bucket, "s3:GetObject", key, lambda client: _delivered(client, bucket, key, etag))
        if found is None:
            return None
        if etag and found.etag != etag:
            problem = "changed since it was listed. When nothing writes to it any more, run the same command again"
        elif size_bytes is not None and len(found.data) != size_bytes:
            problem = (
                f"{len(found.data):,} of {size_bytes:,} bytes came. Check what stands between here and S3, then run the same command again"
            )
        else:
            return found
    raise SourceError(f"{AT_S3}{bucket.name}/{key}: {problem}; it continues where it stopped.")


def has_checksum_etag(bucket: Bucket, key: str, etag: str) -> bool:
    """Return whether an object's etag is the MD5 of its bytes: not for uploads in parts, nor under KMS keys.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html.
    """
    if not re.fullmatch(r"[0-9a-f]{32}", etag):
        return False
    head = _ask(bucket, "s3:GetObject", key, lambda client: _plain(client, bucket).head_object(Bucket=bucket.name, Key=key))
    return head.get("ServerSideEncryption") not in _KMS and "SSECustomerAlgorithm" not in head


def _page(bucket: Bucket, prefix: str, after: str | None) -> tuple[list[Stored], bool]:
    def page(client: _Client) -> tuple[list[Stored], bool]:
        try:
            if _UNSAYABLE.search(prefix.removesuffix("/")) and prefix:
                return _page_of_boto3(client, bucket, prefix, after)
            found = next(iter(obstore.list(client.store, prefix=prefix or None, offset=after, chunk_size=_PAGE)), [])
        except InvalidPathError:
            return _page_of_boto3(client, bucket, prefix, after)
        return [_stored(meta) for meta in found], len(found) < _PAGE

    return _ask(bucket, "s3:ListBucket", None, page)


def _page_of_boto3(client: _Client, bucket: Bucket, prefix: str, after: str | None) -> tuple[list[Stored], bool]:
    below = f"{prefix.removesuffix('/')}/" if prefix else ""
    start = {"StartAfter": after} if after else {}
    answer = _plain(client, bucket).list_objects_v2(Bucket=bucket.name, Prefix=below, **start)
    found = [Stored(entry["Key"], entry["Size"], entry["ETag"].strip('"')) for entry in answer.get("Contents", [])]
    return found, not answer["IsTruncated"]


def _stored(meta: ObjectMeta) -> Stored:
    return Stored(str(meta["path"]), int(meta["size"]), _bare(meta["e_tag"]))


def _bare(etag: str | None) -> str:
    return (etag or "").removeprefix("W/").strip('"')


def _single(bucket: Bucket, key: str) -> list[Stored]:
    """Return the object that a source names itself, none if there is no such object."""
    if not key.strip("/") or _UNSAYABLE.search(key):
        return []

    def head(client: _Client) -> list[Stored]:
        try:
            return [_stored(obstore.head(client.store, key))]
        except FileNotFoundError:
            return []

    return _ask(bucket, "s3:GetObject", key, head)


def _delivered(client: _Client, bucket: Bucket, key: str, etag: str | None) -> Delivered | None:
    if _UNSAYABLE.search(key):
        return _delivered_by_boto3(client, bucket, key, etag)
    options: GetOptions = {"if_match": f'"{etag}"'} if etag else {}
    try:
        result = obstore.get(client.store, key, options=options)
        return Delivered(bytes(result.bytes()), _bare(result.meta["e_tag"]))
    except PreconditionError:
        return Delivered(b"", None)
    except FileNotFoundError as error:
        if code_of(error) == "NoSuchBucket":
            raise
        return None


def _delivered_by_boto3(client: _Client, bucket: Bucket, key: str, etag: str | None) -> Delivered | None:
    only = {"IfMatch": f'"{etag}"'} if etag else {}
    try:
        answer = _plain(client, bucket).get_object(Bucket=bucket.name, Key=key, **only)
        return Delivered(answer["Body"].read(), _bare(answer["ETag"]))
    except ClientError as error:
        if code_of(error) == "NoSuchKey":
            return None
        if code_of(error) == "PreconditionFailed":
            return Delivered(b"", None)
        raise


def _ask(bucket: Bucket, action: str, key: str | None, call: Callable[[_Client], T]) -> T:
    """Return what ``call`` gives; renew credentials once; ask again for what was cut; map foreign errors."""
    client = _client(bucket)
    renewed = False
    pauses = iter(PAUSES_S)
    while True:
        try:
            return call(client)
        except (BaseError, OSError, ValueError, ClientError, BotoCoreError) as error:
            if says_expired(error) and not renewed:
                client, renewed = _client(bucket, expired=client), True
                continue
            pause_s = next(pauses, None) if says_cut(error) else None
            if pause_s is None:
                raise mapped(error, action, bucket.name, key) from error
            time.sleep(pause_s)


_CLIENTS: dict[Bucket, _Client] = {}
_LOCK = threading.RLock()


def forget_clients() -> None:
    """Forget connections and credentials: the next call finds them anew."""
    with _LOCK:
        _CLIENTS.clear()


def _client(bucket: Bucket, *, expired: _Client | None = None) -> _Client:
    """Return the client of a bucket that all threads share, another in place of one whose credentials have ``expired``."""
    with _LOCK:
        client = _CLIENTS.get(bucket)
        if client is None or client is expired:
            client = _CLIENTS[bucket] = _connect(bucket)
        return client


def _connect(bucket: Bucket) -> _Client:
    """Return a client with the credentials and the Region that boto3 finds now."""
    try:
        session = boto3.Session()
        credentials = session.get_credentials()
        if credentials is None:
            raise AccessError(
                f"no AWS credentials for s3:ListBucket on arn:aws:s3:::{bucket.name}. Run 'aws configure', or set AWS_PROFILE."
            )
        credentials.get_frozen_credentials()
        provider = Boto3CredentialProvider(session, ttl=_CREDENTIALS_LAST)
    except BotoCoreError as error:
        raise says_unusable(error) from error
    region = _region_of(bucket, session)
    timeouts = {"connect_timeout": "5s", "read_timeout": f"{int(READ_TIMEOUT_S * 1000)}ms", "timeout": _WHOLE_TIMEOUT}
    options: dict[str, Any] = {"region": region, "credential_provider": provider, "retry_config": RETRIES, "client_options": timeouts}
    if bucket.endpoint_url is not None:
        options |= {"endpoint": bucket.endpoint_url, "virtual_hosted_style_request": False}
        options["client_options"] = timeouts | {"allow_http": True}
    return _Client(session, region, S3Store(bucket.name, **options))


def _region_of(bucket: Bucket, session: boto3.Session) -> str:
    """Return the Region of a bucket, which S3 tells also those who may not read it."""
    known = session.region_name or "us-east-1"
    if bucket.endpoint_url is not None:
        return known
    try:
        answer: dict[str, Any] = dict(session.client("s3", region_name=known).head_bucket(Bucket=bucket.name))
    except ClientError as error:
        answer = dict(error.response)
    except BotoCoreError as error:
        raise SourceError(f"{AT_S3}{bucket.name}: S3 does not answer: {error}. Check the network and the Region.") from error
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return str(headers.get("x-amz-bucket-region", known))


def _plain(client: _Client, bucket: Bucket) -> Any:  # noqa: ANN401 - boto3's clients have no types
    with _LOCK:
        if client.plain is None:
            config = ClientConfig(retries={"mode": "standard", "total_max_attempts": 10}, read_timeout=READ_TIMEOUT_S)
            client.plain = client.session.client("s3", region_name=client.region, endpoint_url=bucket.endpoint_url, config=config)
        return client.plain
