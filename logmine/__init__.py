"""Turn Amazon Bedrock model-invocation logs into reinforcement fine-tuning datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logmine.config import Config, load_config
    from logmine.logs import scan_logs
    from logmine.pipeline import Build, build

__all__ = ["Build", "Config", "build", "load_config", "scan_logs"]

_HOMES = {
    "Build": "logmine.pipeline",
    "Config": "logmine.config",
    "build": "logmine.pipeline",
    "load_config": "logmine.config",
    "scan_logs": "logmine.logs",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever lives under that name
    """Import a public name where it lives, when it is first asked for: ``logmine --help`` must not load numerical libraries."""
    if name not in _HOMES:
        raise AttributeError(f"module 'logmine' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - only when needed

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
