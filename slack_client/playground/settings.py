"""What the playground reads from its environment (and from `.env`): no more than Slack knows of the bot."""

from typing import Literal, Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class PlaygroundSettings(BaseSettings):
    """The tokens that the bot was given, so that the stand-in takes them and signs what it sends.

    Raises pydantic's ValidationError, each error a sentence.
    """

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    slack_bot_token: SecretStr
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    environment: Literal["development", "production"] = "development"

    @classmethod
    def from_environment(cls) -> Self:
        """Read every value from the environment and `.env`."""
        return cls()  # type: ignore[call-arg]  # found in the environment

    @property
    def signing_secret(self) -> str | None:
        """What signs requests to the bot; None for a bot that was given an app token and connects itself."""
        if self.slack_app_token is not None or self.slack_signing_secret is None:
            return None
        return self.slack_signing_secret.get_secret_value()

    @property
    def app_token(self) -> str | None:
        """What the bot asks for a websocket with, if it does."""
        return None if self.slack_app_token is None else self.slack_app_token.get_secret_value()

    @model_validator(mode="after")
    def _reach_the_bot_somehow(self) -> Self:
        if self.slack_signing_secret is None and self.slack_app_token is None:
            raise ValueError("set SLACK_SIGNING_SECRET or SLACK_APP_TOKEN, whichever the bot has")
        return self

    @model_validator(mode="after")
    def _stay_out_of_production(self) -> Self:
        if self.environment == "production":
            raise ValueError(
                "ENVIRONMENT is production: the playground lets anybody trade as anybody, "
                "and is for development only"
            )
        return self
