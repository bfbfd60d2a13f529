"""What the bot reads from its environment (and from `.env`): one Slack workspace's, or those of a bot that
any workspace can install."""

from typing import Literal, Self

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SLACK_API_URL = "https://slack.com/api/"
DATABASE_FILE = "sqlite:///slackbot.db"


class SlackSettings(BaseSettings):
    """Where Slack is: one value a variable, named as the variable in capitals.

    Raises pydantic's ValidationError, each error a sentence that says which variable to set.
    """

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    slack_api_url: str = SLACK_API_URL
    """Where Slack's Web API is: Slack itself, or a stand-in on this machine."""

    @classmethod
    def from_environment(cls) -> Self:
        """Read every value from the environment and `.env`."""
        return cls()

    @field_validator("slack_api_url", mode="after")
    @classmethod
    def _end_with_slash(cls, url: str) -> str:
        return url if url.endswith("/") else url + "/"


class CheckSettings(SlackSettings):
    """What Slack is asked with whether it takes the bot's payloads."""

    slack_bot_token: SecretStr
    """The token of any bot of the app, `xoxb-…`: Slack's page of the app, OAuth & Permissions."""

    @field_validator("slack_bot_token", mode="after")
    @classmethod
    def _be_sendable(cls, token: SecretStr) -> SecretStr:
        secret = token.get_secret_value()
        if not (secret.isascii() and secret.isprintable()):
            raise ValueError("is no token: copy it anew from Slack's page of the app, OAuth & Permissions")
        return token


class SharedSettings(SlackSettings):
    """What every bot reads."""

    slack_signing_secret: SecretStr | None = None
    """Proves that a request to `/slack/events` is Slack's; without it that route answers 401."""
    slack_app_token: SecretStr | None = None
    """`xapp-…`; when set, the bot also listens over Socket Mode."""
    oms_url: str = "http://127.0.0.1:8000"
    """The OMS's address, without `/graphql`."""
    oms_patience_seconds: int = Field(default=30, ge=0, le=300)
    """How long a submission without an answer is asked about again before the trader is told so."""
    bot_database_url: str = DATABASE_FILE
    """The bot's own small database; two bot processes share one."""
    metrics_token: SecretStr | None = None
    """Whoever reads /metrics sends it as a bearer token; without one, /metrics is for development only."""
    port: int = Field(default=3000, ge=0, le=65535)
    environment: Literal["development", "production"] = "development"

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


class Settings(SharedSettings):
    """The bot of one Slack workspace, whose token it is given."""

    slack_bot_token: SecretStr
    """The bot's token, `xoxb-…`: Slack's page of the app, OAuth & Permissions."""
    oms_api_key: SecretStr
    """A key with the role SERVICE, which acts for the trader that the bot names."""


class OAuthSettings(SharedSettings):
    """The bot that any Slack workspace can install: each has its own token, workspace in the OMS and key."""

    slack_client_id: str
    """The app's: Slack's page of the app, Basic Information."""
    slack_client_secret: SecretStr
    slack_signing_secret: SecretStr
    bot_token_key: SecretStr
    """What tokens are encrypted with in the bot's database: a key of Fernet, or several with commas between
    them. The first encrypts; the others only read what they have encrypted before."""
    oms_installer_key: SecretStr
    """A key with the role INSTALLER, which makes a workspace for every team that installs the bot."""

    @property
    def token_keys(self) -> list[str]:
        """The keys of Fernet, the one that encrypts first."""
        return [key.strip() for key in self.bot_token_key.get_secret_value().split(",")]

    @field_validator("slack_app_token", mode="after")
    @classmethod
    def _have_an_address(cls, token: SecretStr | None) -> None:
        if token is not None:
            raise ValueError(
                "does not go with SLACK_CLIENT_ID: a bot that many workspaces install is called over HTTP. "
                "Leave one of the two out"
            )

    @model_validator(mode="after")
    def _have_usable_token_keys(self) -> Self:
        try:
            for key in self.token_keys:
                Fernet(key)
        except ValueError:
            raise ValueError(
                "BOT_TOKEN_KEY must be keys of Fernet with commas between them. Make one with: "
                "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
            ) from None
        return self


class _OAuthNames(BaseSettings):
    """What makes the bot one that many workspaces install."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_ignore_empty=True)

    slack_client_id: str | None = None
    slack_client_secret: SecretStr | None = None
    bot_token_key: SecretStr | None = None
    oms_installer_key: SecretStr | None = None


def settings_class() -> type[Settings] | type[OAuthSettings]:
    """Which of the two the environment and `.env` are for: one name of OAuth asks for all of them."""
    return OAuthSettings if _OAuthNames().model_fields_set else Settings
