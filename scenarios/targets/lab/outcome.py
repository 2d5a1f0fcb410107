"""How a verb of a lab ends."""

DONE = 0
NOTHING = 1  # nothing to act on, nothing is up
USAGE = 2  # usage, permission, missing package
PEER_FAILED = 4  # the peer did not start, or refused
UNSUPPORTED = 89  # the peer cannot do what a trigger asks


class Ended(Exception):
    """The verb ends here, with this code and these words."""

    def __init__(self, code: int, words: str):
        super().__init__(words)
        self.code = code


def say(words: str) -> None:
    print(f"lab: {words}", flush=True)
