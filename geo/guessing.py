"""Against guessing passwords: after too many wrong tries under one name, or from one network, the next has to wait."""

from datetime import datetime, timedelta

from django.db.models import Q

from geo.errors import TOO_MANY
from geo.models import SignInFailure

WINDOW = timedelta(minutes=15)
# One name from one network; one name from anywhere; one network under any names (a ward office shares an address).
LIMITS: tuple[tuple[tuple[str, ...], int], ...] = ((("account", "network"), 10), (("account",), 50), (("network",), 100))


def check(*, account: str, network: str, at: datetime) -> None:
    """Raises TOO_MANY, with the seconds to wait, before the password is looked at."""
    asked = {"account": account, "network": network}
    for names, limit in LIMITS:
        same = Q(**{name: asked[name] for name in names})
        tries = list(SignInFailure.objects.filter(same, at__gt=at - WINDOW).order_by("-at").values_list("at", flat=True)[:limit])
        if len(tries) >= limit:
            wait_s = max(1, int((tries[-1] + WINDOW - at).total_seconds()))
            raise TOO_MANY(f"Thử lại sau {wait_s // 60 + 1} phút.", f"Try again in {wait_s // 60 + 1} minutes.", retry_after_s=wait_s)


def remember(*, account: str, network: str, at: datetime) -> None:
    """Keep a wrong try, and drop what is too old to count."""
    SignInFailure.objects.create(account=account, network=network, at=at)
    SignInFailure.objects.filter(at__lt=at - 2 * WINDOW).delete()


def forget(*, account: str, network: str) -> None:
    """Who signs in rightly starts anew; what others tried from elsewhere is kept."""
    SignInFailure.objects.filter(account=account, network=network).delete()
