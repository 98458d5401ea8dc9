"""``python -m logmine``."""

from logmine.cli import main

main()
