"""What can be checked, the answer to check against, and how sure that is.

Stages: :func:`pool_attempts` and :func:`describe_candidates` (map), :func:`infer_graders` and :func:`find_references`
(reduce by task). :func:`read_outcomes` reads the answers that the user gives; :func:`unused_outcomes` tells which of them came to nothing;
:func:`find_examples` shows completions for and against a grader.
"""

from logmine.references.examples import find_examples
from logmine.references.inference import infer_graders
from logmine.references.origins import find_references, unused_outcomes
from logmine.references.outcomes import read_outcomes
from logmine.references.pooling import describe_candidates, pool_attempts

__all__ = ["describe_candidates", "find_examples", "find_references", "infer_graders", "pool_attempts", "read_outcomes", "unused_outcomes"]
