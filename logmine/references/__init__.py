"""What can be checked, the answer to check against, and how sure that is.

Stages: :func:`pool_attempts` and :func:`describe_candidates` (map), :func:`infer_graders` and :func:`find_references`
(reduce by task). What the user knows: :func:`read_outcomes` reads the file, :func:`match_outcomes` (reduce by prompt) and
:func:`settle_outcomes` (gather) find what each row means, :func:`count_outcomes` tells how many came to nothing;
:func:`find_examples` shows completions for and against a grader.
"""

from logmine.references.confirmed import choose_to_confirm, read_confirmed, read_confirmed_rows, write_confirmed_rows
from logmine.references.examples import find_examples
from logmine.references.inference import infer_graders
from logmine.references.matching import count_outcomes, match_outcomes, settle_outcomes
from logmine.references.origins import find_references
from logmine.references.outcomes import read_outcomes
from logmine.references.pooling import describe_candidates, pool_attempts

__all__ = [
    "choose_to_confirm",
    "count_outcomes",
    "describe_candidates",
    "find_examples",
    "find_references",
    "infer_graders",
    "match_outcomes",
    "pool_attempts",
    "read_confirmed",
    "read_confirmed_rows",
    "read_outcomes",
    "settle_outcomes",
    "write_confirmed_rows",
]
