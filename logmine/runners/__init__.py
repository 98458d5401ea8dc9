"""Runners execute a pipeline: ``local`` with processes and Parquet files on one machine."""
