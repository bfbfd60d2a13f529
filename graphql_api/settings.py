"""What the API and its worker read from the environment and from `.env`."""

from datetime import timedelta
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from graphql_api.market import alpaca, finnhub, yahoo

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
    market: Literal["simulated", "manual", "alpaca", "finnhub", "yahoo"] = "simulated"
    """Where prices come from: made up, published by an instructor through `publishQuotes`, or real."""
    market_hours: Literal["always", "XNYS"] | None = None
    """When the market is open; without a setting always on simulated and manual, the New York Stock
    Exchange's sessions on real prices."""
    alpaca_api_key: str | None = None
    alpaca_api_secret: SecretStr | None = None
    alpaca_url: str = alpaca.URL
    finnhub_api_key: SecretStr | None = None
    finnhub_url: str = finnhub.URL
    yahoo_url: str = yahoo.URL
    market_seed: str = DEFAULT_MARKET_SEED
    """The simulated market's path: the same seed gives the same prices, to whoever knows it."""
    max_quote_age_seconds: int = Field(default=60, ge=1)
    """Older quotes fill nothing."""
    metrics_token: SecretStr | None = None
    """Whoever reads /metrics sends it as a bearer token; without one, /metrics is for development only."""
    bot_port: int = Field(default=3000, ge=1, le=65535)
    """Where the bot of `slackoms run` listens."""
    playground_port: int = Field(default=3001, ge=1, le=65535)
    """Where `slackoms run` serves the stand-in for Slack while there are no tokens."""
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
    def _refuse_missing_keys(self) -> Self:
        needed: dict[str, dict[str, str | SecretStr | None]] = {
            "alpaca": {"ALPACA_API_KEY": self.alpaca_api_key, "ALPACA_API_SECRET": self.alpaca_api_secret},
            "finnhub": {"FINNHUB_API_KEY": self.finnhub_api_key},
        }
        missing = [name for name, value in needed.get(self.market, {}).items() if not value]
        if missing:
            raise ValueError(f"MARKET={self.market} needs {' and '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        if self.environment == "production" and self.database_url == DEFAULT_DATABASE_URL:
            raise ValueError(
                "DATABASE_URL must be set in production: a file beside the program is lost there"
            )
        return self
