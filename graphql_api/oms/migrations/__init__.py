"""Schema changes, the same on both databases, and how they are applied."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from graphql_api.oms.db import Database

_ADVISORY_LOCK = 5_152_026


def migrate(database: Database) -> bool:
    """Bring the database up to date, and tell whether it was behind. Who comes second waits for the first."""
    config = _config()
    with database.locked_schema(_ADVISORY_LOCK) as connection:
        if MigrationContext.configure(connection).get_current_revision() == _newest(config):
            return False
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return True


def is_current(database: Database) -> bool:
    """Whether the database has every migration that this version knows."""
    with database.snapshot() as session:
        revision = MigrationContext.configure(session.connection()).get_current_revision()
    return revision == _newest(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "graphql_api.oms:migrations")
    return config


def _newest(config: Config) -> str | None:
    return ScriptDirectory.from_config(config).get_current_head()
