"""What a worker process does around its tasks."""

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource
from logmine.runners import worker

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(4):
        bytes(b"x" * 60_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(faults())
worker.keep_memory()
faults()
print(faults())
worker.return_memory()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_memory_that_was_freed_is_used_again_until_it_is_returned():
    done = subprocess.run([sys.executable, "-c", FAULTS], check=True, capture_output=True, text=True)
    before, kept, returned = map(int, done.stdout.split())
    assert kept < before / 10
    assert returned > 10 * max(kept, 1)
