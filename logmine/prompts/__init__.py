"""From invocations to distinct prompts: canonical text, attempts gathered, conversations threaded.

Stages: :func:`canonicalize` (map), :func:`gather_attempts` (reduce by conversation opening).
"""

from logmine.prompts.attempts import gather_attempts
from logmine.prompts.canonical import canonicalize

__all__ = ["canonicalize", "gather_attempts"]
