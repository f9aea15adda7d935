"""The process of a `tally up` that keeps the embedded broker: `python -m scripts.cli.brokering PIPE ADDRESS PROGRAM`.

It ends the broker when the pipe closes, which it does when the process at its other end is gone; and ends with the broker.
"""

from __future__ import annotations

import select
import subprocess
import sys
from pathlib import Path

from infra.kafka.embedded import command

_LOOK_S = 0.2
_END_S = 5.0


def main() -> int:
    """The broker's exit code, or 0 where it was told to end."""
    pipe, address, program = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    broker = subprocess.Popen(command(program, address), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while broker.poll() is None:
            if select.select([pipe], [], [], _LOOK_S)[0]:
                return 0
    finally:
        broker.terminate()
        try:
            broker.wait(_END_S)
        except subprocess.TimeoutExpired:
            broker.kill()
            broker.wait()
    return broker.returncode


if __name__ == "__main__":
    sys.exit(main())
