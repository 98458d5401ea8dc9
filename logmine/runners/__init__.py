"""Runners execute a pipeline: ``local`` with processes and Parquet files (``storage``) on one machine."""
