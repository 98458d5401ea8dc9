"""Topics: what the kept prompts are about, for coverage and strata."""

from __future__ import annotations

from logmine.topics.topics import find_topics

__all__ = ["find_topics"]
