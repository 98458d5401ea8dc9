"""What S3, obstore and boto3 say, in the words of an operator: where, what was found, what to do next."""

from __future__ import annotations

import re
from typing import Final

from botocore.exceptions import ClientError, FlexibleChecksumError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError
from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

from logmine.errors import AccessError, SourceError

AT_S3: Final = "s3://"
_AGAIN: Final = "run the same command again; it continues where it stopped"
_CODE: Final = re.compile(r"<Code>([\w.]+)</Code>")
_KMS_DENIED: Final = re.compile(r"(kms:\w+)(?: on (?:the )?resource: (arn:[\w-]+:kms:[\w:/-]+))?")
_CUT_PAGE: Final = "list response body"  # obstore resumes a body, but gives up a listing
_CUT_BODY: Final = (FlexibleChecksumError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError)
_PROVIDER: Final = "credential provider"
_EXPIRED: Final = ("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired")
_UNKNOWN_KEYS: Final = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken")
_BUSY: Final = ("SlowDown", "Throttling", "RequestLimitExceeded", "ServiceUnavailable", "InternalError", "TooManyRequests")


def code_of(error: Exception) -> str:
    """Return S3's error code, empty where the server gave none."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    found = _CODE.search(str(error))
    return found[1] if found else ""


def says_expired(error: Exception) -> bool:
    """Return whether other credentials would help: these have expired, or boto3 could give none."""
    return code_of(error) in _EXPIRED or (isinstance(error, UnauthenticatedError) and _PROVIDER in str(error))


def says_cut(error: Exception) -> bool:
    """Return whether an answer broke off, or came with other bytes than its checksum, where nobody has asked again yet."""
    return isinstance(error, _CUT_BODY) or _CUT_PAGE in str(error)


def says_unusable(error: Exception) -> AccessError:
    """Return the error for credentials that boto3 itself finds wanting."""
    return AccessError(
        f"AWS credentials cannot be used: {error}. Check AWS_PROFILE and the AWS configuration files, or sign in again with 'aws sso login'; "
        f"then {_AGAIN}."
    )


def mapped(error: Exception, action: str, bucket: str, key: str | None) -> AccessError | SourceError:
    """Return the error for an operator in place of a foreign one.

    Parameters
    ----------
    error
        Of obstore or botocore.
    action
        Such as ``s3:GetObject``.
    bucket, key
        What was asked for; ``key`` is None for the bucket itself.
    """
    where = f"{AT_S3}{bucket}" + (f"/{key}" if key is not None else "")
    resource = f"arn:aws:s3:::{bucket}" + (f"/{key}" if key is not None else "")
    return _about_credentials(error, action, where, resource) or _about_source(error, action, where)


def _about_credentials(error: Exception, action: str, where: str, resource: str) -> AccessError | SourceError | None:
    code, text = code_of(error), str(error)
    if says_expired(error):
        return AccessError(f"{where}: the AWS credentials have expired. Renew them, with 'aws sso login' or new keys; then {_AGAIN}.")
    if code == "RequestTimeTooSkewed":
        return AccessError(f"{where}: S3 refuses requests because the clock of this machine is off. Set it, then {_AGAIN}.")
    if code == "InvalidObjectState":
        return SourceError(f"{where}: archived, not readable at once. Restore it with 'aws s3api restore-object', then {_AGAIN}.")
    if code.startswith("KMS."):
        return AccessError(f"{where}: its KMS key cannot be used ({code}). Enable the key, then {_AGAIN}.")
    if not (isinstance(error, PermissionDeniedError | UnauthenticatedError) or code in ("AccessDenied", "403", *_UNKNOWN_KEYS)):
        return None
    found = f" ({code})" if code in _UNKNOWN_KEYS else ""
    check = " Check them with 'aws sts get-caller-identity'." if found else ""
    return AccessError(f"{where}: access denied{found}. Allow {_needed(action, resource, text)} for the credentials in use.{check}")


def _needed(action: str, resource: str, text: str) -> str:
    """Return what must be allowed: the action on S3, and on the KMS key where S3 says that this one was denied."""
    denied = _KMS_DENIED.search(text)
    if denied is None:
        return f"{action} on {resource}"
    return f"{denied[1]} on {denied[2] or 'the KMS key of the bucket'}, and {action} on {resource},"


def _about_source(error: Exception, action: str, where: str) -> SourceError:
    code, text = code_of(error), str(error)
    if isinstance(error, FileNotFoundError) or code == "NoSuchBucket":
        return SourceError(f"{where}: no such bucket. Check its name; list yours with 'aws s3 ls'.")
    if code in _BUSY:
        return SourceError(f"{where}: {action} failed: S3 answers {code}, also after many tries. Wait a little, then {_AGAIN}.")
    first_line = text.strip().splitlines()[0][:300] if text.strip() else type(error).__name__
    return SourceError(f"{where}: {action} failed: {first_line}. Check the network, the Region and --endpoint-url, then {_AGAIN}.")
