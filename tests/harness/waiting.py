"""Waiting for something to become true, by asking for it again and again: no test sleeps and hopes."""
import time

INTERVAL_S = 0.05


class TookTooLong(AssertionError):
    """What was waited for did not come; says what it was and what was seen last."""


def eventually(check, what, seconds=30):
    """Returns check()'s first true result. An AssertionError in check() counts as not yet."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            seen = check()
            if seen:
                return seen
        except AssertionError as error:
            seen = error
        if time.monotonic() > deadline:
            raise TookTooLong(f"not within {seconds} s: {what}; seen last: {seen!r}")
        time.sleep(INTERVAL_S)


def throughout(check, what, seconds):
    """Fails as soon as check() is false within that time: for what must not happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not check():
            raise AssertionError(f"not true throughout {seconds} s: {what}")
        time.sleep(INTERVAL_S)
