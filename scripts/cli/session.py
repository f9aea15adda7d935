"""What every command needs: the ledger of the environment, and who is asking."""

from __future__ import annotations

import os
import pwd
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from domain.access import Role
from infra.ledger import Asker
from infra.opening import Opened, opened
from infra.settings import Settings
from scripts.cli.terminal import busy

# Not one of the interfaces that authenticate their callers: what is typed on the ledger's own machine is trusted to be its user's.
CHANNEL = "cli"


def asker() -> Asker:
    """The user of the operating system, as the kernel knows them; what the environment says about names counts for nothing."""
    uid = os.getuid()
    try:
        login = pwd.getpwuid(uid).pw_name
    except KeyError:
        login = str(uid)
    return Asker(actor=f"os:{login}", credential=f"uid:{uid}", channel=CHANNEL, roles=frozenset(Role))


def new_command_id() -> str:
    """An id for a command that is typed once."""
    return f"cli-{uuid.uuid4().hex}"


@contextmanager
def the_ledger() -> Iterator[Opened]:
    """The ledger of the environment, open for the length of a `with`."""
    settings = Settings.from_environment()
    with ExitStack() as held:
        with busy("Opening the ledger"):
            it = held.enter_context(opened(settings))
        yield it
