"""Whether the compiled reader is there or not, logs are read, and read alike."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import logmine
from logmine.logs import plain, reader_problem

READ = """
import gzip
import sys
from pathlib import Path
from logmine.config import LogsConfig
from logmine.logs import read_records, reader_problem

print(reader_problem() or "compiled", file=sys.stderr)
for path in sorted(Path(sys.argv[1]).rglob("*.json.gz"))[:20]:
    print(read_records(gzip.decompress(path.read_bytes()), config=LogsConfig()).write_json())
"""
by_compiled = pytest.mark.skipif(plain.PlainReader is None, reason="the reader is not compiled")


@pytest.fixture
def package(tmp_path):
    """Return a copy of logmine as it is installed."""
    return Path(shutil.copytree(Path(logmine.__file__).parent, tmp_path / "logmine"))


@pytest.fixture
def read_with(sample_logs):
    """Return a function that tells what logs are read as by a copy of logmine, and what it says of the compiled reader."""

    def read(package):
        command = [sys.executable, "-P", "-c", READ, sample_logs]
        done = subprocess.run(command, env={"PYTHONPATH": str(package.parent)}, capture_output=True, text=True, check=True)
        assert done.stdout
        return done.stdout, done.stderr.strip()

    return read


@by_compiled
def test_a_copy_reads_by_the_compiled_reader(package, read_with):
    assert read_with(package)[1] == "compiled"
    assert reader_problem() is None


@by_compiled
@pytest.mark.parametrize("name", ["reader.pyx", "row.pxi"])
def test_a_reader_of_other_sources_is_not_used(package, name, read_with):
    rows, _ = read_with(package)
    with (package / "logs" / "plain" / name).open("a", encoding="utf-8") as source:
        source.write("# changed since\n")
    slow_rows, said = read_with(package)
    assert said.endswith("install logmine again, its sources have changed")
    assert slow_rows == rows


def test_without_a_compiled_reader_a_compiler_is_named(package, read_with):
    rows, _ = read_with(package)
    for path in (package / "logs" / "plain").iterdir():
        if path.suffix in (".so", ".pyd"):
            path.unlink()
    slow_rows, said = read_with(package)
    assert said.endswith("install a C++ compiler and Python's headers, then logmine again")
    assert slow_rows == rows
