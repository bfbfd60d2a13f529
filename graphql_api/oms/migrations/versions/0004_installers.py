"""Which installer made a workspace, so that it can install into it again and nobody else can."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("made_by", sa.String()))
