"""What the bot reads from its environment (and from `.env`)."""

from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SLACK_API_URL = "https://slack.com/api/"
DATABASE_FILE = "sqlite:///slackbot.db"


class Settings(BaseSettings):
    """One value a variable, named as the variable in capitals.

    Raises pydantic's ValidationError, each error a sentence that says which variable to set.
    """

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    slack_bot_token: SecretStr
    """The bot's token, `xoxb-…`: Slack's page of the app, OAuth & Permissions."""
    slack_signing_secret: SecretStr | None = None
    """Proves that a request to `/slack/events` is Slack's; without it that route answers 401."""
    slack_app_token: SecretStr | None = None
    """`xapp-…`; when set, the bot also listens over Socket Mode."""
    slack_api_url: str = SLACK_API_URL
    """Where Slack's Web API is: Slack itself, or a stand-in on this machine."""
    oms_url: str = "http://127.0.0.1:8000"
    """The OMS's address, without `/graphql`."""
    oms_api_key: SecretStr
    """A key with the role SERVICE, which acts for the trader that the bot names."""
    oms_patience_seconds: int = Field(default=30, ge=0, le=300)
    """How long a submission without an answer is asked about again before the trader is told so."""
    bot_database_url: str = DATABASE_FILE
    """The bot's own small database; two bot processes share one."""
    metrics_token: SecretStr | None = None
    """Whoever reads /metrics sends it as a bearer token; without one, /metrics is for development only."""
    port: int = Field(default=3000, ge=0, le=65535)
    environment: Literal["development", "production"] = "development"

    @classmethod
    def from_environment(cls) -> Self:
        """Read every value from the environment and `.env`."""
        return cls()  # type: ignore[call-arg]  # pydantic finds them there

    @field_validator("slack_api_url", mode="after")
    @classmethod
    def _end_with_slash(cls, url: str) -> str:
        return url if url.endswith("/") else url + "/"

    @field_validator("bot_database_url", mode="after")
    @classmethod
    def _name_the_driver(cls, url: str) -> str:
        """SQLAlchemy would take `postgresql://` for psycopg 3; hosts give out `postgres://`."""
        scheme, separator, rest = url.partition("://")
        return f"postgresql+psycopg2://{rest}" if separator and scheme in {"postgres", "postgresql"} else url

    @model_validator(mode="after")
    def _listen_somewhere(self) -> Self:
        if self.slack_signing_secret is None and self.slack_app_token is None:
            raise ValueError(
                "set SLACK_SIGNING_SECRET (Slack calls the bot over HTTP) or SLACK_APP_TOKEN (Socket Mode)"
            )
        return self

    @model_validator(mode="after")
    def _stay_safe_in_production(self) -> Self:
        if self.environment == "production" and not self.slack_api_url.startswith("https://"):
            raise ValueError("SLACK_API_URL must be https in production: the playground is for development")
        if self.environment == "production" and self.bot_database_url == DATABASE_FILE:
            raise ValueError(
                "set BOT_DATABASE_URL in production: a file beside the program is lost with every deploy"
            )
        return self

    @property
    def host(self) -> str:
        """The address to listen on: this machine's own, in production every one that the host routes here."""
        return "0.0.0.0" if self.environment == "production" else "127.0.0.1"  # noqa: S104

    @property
    def graphql_url(self) -> str:
        """The address that the OMS answers GraphQL at."""
        address = self.oms_url.rstrip("/")
        return address if address.endswith("/graphql") else f"{address}/graphql"
