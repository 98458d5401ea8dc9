"""Which prompts are too alike to be kept twice, and vectors for the rest.

``find_duplicates`` sees whole tasks and names the prompt kept instead of each duplicate; ``collect_texts`` says what is to be
encoded for the prompts that are left; ``encode_texts`` encodes each distinct text once; ``sign_meanings`` says what two prompts must share beside
their vectors, and ``find_semantic_duplicates`` names those that ask the same in other words.
"""

from __future__ import annotations

from logmine.similarity.borderline import borderline_pairs
from logmine.similarity.duplicates import find_duplicates
from logmine.similarity.meanings import sign_meanings
from logmine.similarity.semantic import find_semantic_duplicates
from logmine.similarity.shown import KINDS, drawn, groups_of
from logmine.similarity.texts import collect_texts, encode_texts

__all__ = [
    "KINDS",
    "borderline_pairs",
    "collect_texts",
    "drawn",
    "encode_texts",
    "find_duplicates",
    "find_semantic_duplicates",
    "groups_of",
    "sign_meanings",
]
