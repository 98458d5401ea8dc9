"""How setuptools makes the compiled reader: with a digest of its sources, by which logmine knows one that was made of others."""

from hashlib import sha256
from pathlib import Path

from setuptools import Extension
from setuptools.command.build_ext import build_ext


class BuildReader(build_ext):
    """Compile anew each time, and leave nothing but the module beside its sources."""

    def finalize_options(self) -> None:
        """Take no file for current because of its time, and write C++ where other passing files lie."""
        super().finalize_options()
        self.distribution.package_dir.pop("compiling", None)  # it led here; without it, installing with -e puts one folder on the path
        self.force = True
        self.cython_c_in_temp = True

    def build_extension(self, ext: Extension) -> None:
        """Compile with the digest that :func:`logmine.logs.plain.sources_digest` takes of the same files."""
        folder = Path(ext.sources[0]).parent
        sources = sorted([*folder.glob("*.pyx"), *folder.glob("*.pxi")])
        digest = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
        ext.define_macros.append(("SOURCES_DIGEST", f"0x{digest[:15]}LL"))
        super().build_extension(ext)
