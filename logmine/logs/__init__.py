"""From objects on S3, files and CloudWatch exports to one row a call: the invocations, in one canonical form."""

from logmine.logs.decoding import decode, decode_in_parts, decode_to_arrow, read_records
from logmine.logs.plain import reader_problem
from logmine.logs.scanning import scan_logs
from logmine.logs.selecting import prune_objects, window_of
from logmine.logs.sources import list_objects

__all__ = [
    "decode",
    "decode_in_parts",
    "decode_to_arrow",
    "list_objects",
    "prune_objects",
    "read_records",
    "reader_problem",
    "scan_logs",
    "window_of",
]
