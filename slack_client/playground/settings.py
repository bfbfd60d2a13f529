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
    slack_signing_secret: SecretStr
    environment: Literal["development", "production"] = "development"

    @classmethod
    def from_environment(cls) -> Self:
        """Read every value from the environment and `.env`."""
        return cls()  # type: ignore[call-arg]  # found in the environment

    @model_validator(mode="after")
    def _stay_out_of_production(self) -> Self:
        if self.environment == "production":
            raise ValueError(
                "ENVIRONMENT is production: the playground lets anybody trade as anybody, "
                "and is for development only"
            )
        return self
