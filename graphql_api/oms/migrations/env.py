"""Alembic's entry: runs the migrations on the connection that `migrate` holds."""

from alembic import context
from sqlmodel import SQLModel

from graphql_api.oms import tables  # noqa: F401 - fills SQLModel.metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata)
context.run_migrations()
