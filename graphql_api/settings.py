"""What the API and its worker read from the environment and from `.env`."""

from datetime import timedelta
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_DATABASE_URL = "sqlite:///slackoms.db"
DEFAULT_MARKET_SEED = "slackoms"


class Settings(BaseSettings):
    """Defaults run on a bare machine; those that are unsafe in production are refused there."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    database_url: str = DEFAULT_DATABASE_URL
    """SQLite or PostgreSQL; `postgres://` is understood."""
    database_direct_url: str | None = None
    """PostgreSQL itself, for migrations, where `database_url` is a pooler."""
    database_pool_size: int = Field(default=8, ge=1, le=100)
    """Connections, and threads that use them, of one API process."""
    environment: Literal["development", "production"] = "development"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    initial_cash: Decimal = Field(default=Decimal(100_000), ge=0, le=10**12, decimal_places=6)
    """What a trader's own portfolio starts with."""
    market: Literal["simulated", "manual"] = "simulated"
    """Where prices come from: made up, or published by an instructor through `publishQuotes`."""
    market_hours: Literal["always", "XNYS"] | None = None
    """When the market is open; without a setting always on simulated and manual, the New York Stock
    Exchange's sessions on real prices."""
    market_seed: str = DEFAULT_MARKET_SEED
    """The simulated market's path: the same seed gives the same prices, to whoever knows it."""
    max_quote_age_seconds: int = Field(default=60, ge=1)
    """Older quotes fill nothing."""
    graphiql: bool | None = None
    """Whether GET /graphql is the explorer; by default in development only."""

    @property
    def max_quote_age(self) -> timedelta:
        """`max_quote_age_seconds` as a span of time."""
        return timedelta(seconds=self.max_quote_age_seconds)

    @property
    def hours(self) -> Literal["always", "XNYS"]:
        """When the market is open."""
        if self.market_hours is not None:
            return self.market_hours
        return "always" if self.market in {"simulated", "manual"} else "XNYS"

    @property
    def has_explorer(self) -> bool:
        """Whether GET /graphql is the explorer."""
        return self.environment == "development" if self.graphiql is None else self.graphiql

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        if self.environment == "production" and self.database_url == DEFAULT_DATABASE_URL:
            raise ValueError(
                "DATABASE_URL must be set in production: a file beside the program is lost there"
            )
        return self
