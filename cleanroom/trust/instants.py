"""Moments as text: ISO 8601 in UTC with whole seconds, ending in Z. One moment has one spelling."""

from datetime import UTC, date, datetime

from cleanroom.errors import TrustError


def timestamp(moment: datetime) -> str:
    """A moment as ISO 8601 UTC with seconds, ending in Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime:
    """The moment that ``timestamp`` writes so. Raises ``trust.malformed``."""
    try:
        moment = datetime.fromisoformat(text) if text.endswith("Z") else None
    except ValueError:
        moment = None
    if moment is None or timestamp(moment) != text:
        raise TrustError("trust.malformed", what="date")
    return moment


def is_day(text: str) -> bool:
    """Whether a text is a day as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
