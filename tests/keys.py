"""The master key of every ledger that tests make; processes that tests start find it by the environment."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

_VARIABLE: Final = "TALLY_TEST_KEYS"

if _VARIABLE not in os.environ:
    os.environ[_VARIABLE] = tempfile.mkdtemp(prefix="tally-keys-")
    atexit.register(shutil.rmtree, os.environ[_VARIABLE], ignore_errors=True)

MASTER: Final = Path(os.environ[_VARIABLE]) / "master.key"
