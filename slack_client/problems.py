"""What went wrong, as a sentence for the trader, with a short id that is also in the log."""

import logging
import secrets

from slack_client.oms import (
    OmsError,
    OmsRefusedInput,
    OmsRefusedKey,
    OmsRefusedOperation,
    OmsTimedOut,
    OmsUnavailable,
)

NOTHING_CHANGED = "Nothing was changed"
_log = logging.getLogger(__name__)


def log_unexpected(error: Exception) -> str:
    """Log an error nobody foresaw with its traceback; return its sentence."""
    problem = _new_id()
    _log.error("problem %s", problem, exc_info=error)
    return f"Something went wrong in the bot. Tell your admin if it stays (problem {problem})."


def log_oms_error(
    error: OmsError,
    trader: str,
    undone: str = "Nothing was traded",
    again: str = "Your input is kept; try again",
) -> str:
    """Log what the OMS did not do; return its sentence. Only for what certainly was not done.

    `undone` says what was not, `again` how to go on.
    """
    problem = _new_id()
    _log.warning("problem %s for %s: %s: %s", problem, trader, type(error).__name__, error)
    return f"{_explain(error, undone, again)} (problem {problem})"


def log_unread(error: OmsError, trader: str) -> str:
    """Log what could not be read from the OMS; return its sentence."""
    return log_oms_error(error, trader, undone="Nothing can be shown", again="Try again")


def log_not_installed(error: OmsError, team_id: str) -> str:
    """Log that a Slack team got no workspace in the OMS; return the sentence for whoever installs."""
    problem = _new_id()
    _log.error("problem %s: not installed for %s: %s: %s", problem, team_id, type(error).__name__, error)
    said = (
        "The OMS refuses the key that the bot installs with: OMS_INSTALLER_KEY must have the role INSTALLER."
        if isinstance(error, OmsRefusedKey)
        else "The OMS gave no answer that can be used."
    )
    return f"{said} If it stays so, tell the admin who runs SlackOMS (problem {problem})."


def log_unknown_outcome(error: OmsError, trader: str, client_order_id: str) -> str:
    """Log a trade that may or may not have been made; return its sentence."""
    problem = _log_unknown(error, trader, client_order_id)
    return (
        "The OMS did not answer, so I cannot say whether your trade was made. It was made once at most. "
        f"Before you trade again, ask your admin to look for {client_order_id} (problem {problem})."
    )


def log_unknown_cancel(error: OmsError, trader: str, order_id: str) -> str:
    """Log an order that may or may not have been canceled; return its sentence."""
    problem = _log_unknown(error, trader, f"canceling {order_id}")
    return (
        "The OMS did not answer, so I cannot say whether the order was canceled. "
        f"Press Cancel again in a minute: it is canceled once at most (problem {problem})."
    )


def log_stopped(unknown: str, trader: str, client_order_id: str) -> str:
    """Log that the bot stops in the middle of a story; return its sentence with what is not known."""
    problem = _new_id()
    _log.error("problem %s for %s: stopped in the middle of %s", problem, trader, client_order_id)
    return f"The bot was stopped. {unknown} The id is {client_order_id} (problem {problem})."


def log_unanswered(trader: str) -> str:
    """Log that the bot stops before it has shown what was asked for; return its sentence."""
    problem = _new_id()
    _log.error("problem %s for %s: stopped before the answer", problem, trader)
    return f"The bot was stopped before it could answer. Try again in a minute (problem {problem})."


def log_unknown_change(error: OmsError, trader: str, whether: str) -> str:
    """Log a change of a portfolio that may or may not have been made; return its sentence."""
    problem = _log_unknown(error, trader, whether)
    return (
        f"The OMS did not answer, so I cannot say whether {whether}. "
        f"Look with /portfolio before you try again (problem {problem})."
    )


def log_interrupted(unknown: str, trader: str) -> str:
    """Log that the bot stops in the middle of what is no trade; return its sentence, `unknown` in it."""
    problem = _new_id()
    _log.error("problem %s for %s: stopped: %s", problem, trader, unknown)
    return f"The bot was stopped. {unknown} (problem {problem})"


def _log_unknown(error: OmsError, trader: str, what: str) -> str:
    problem = _new_id()
    _log.error(
        "problem %s for %s: no outcome of %s: %s: %s", problem, trader, what, type(error).__name__, error
    )
    return problem


def _new_id() -> str:
    return secrets.token_hex(4)


def _explain(error: OmsError, undone: str, again: str) -> str:
    match error:
        case OmsRefusedInput():
            return f"{error} {undone}."
        case OmsRefusedKey():
            return (
                f"{undone}: the OMS refuses the bot's key. "
                "Tell the admin who runs SlackOMS: OMS_API_KEY must be a valid SERVICE key; a bot that many "
                "workspaces share gets a new one where it is installed again."
            )
        case OmsRefusedOperation():
            return (
                f"{undone}: the OMS does not understand this bot. "
                "Tell the admin who runs SlackOMS to give both the same version."
            )
        case OmsUnavailable():
            return f"{undone}: the OMS cannot be reached. {again} in a minute."
        case OmsTimedOut():
            return f"{undone}: the OMS did not answer in time. {again}."
        case _:
            return f"{undone}: the OMS answered with an error. {again}."
