"""`make logs`: see deploy/local/logs.py."""

import sys

from deploy.local.environment import enter
from deploy.local.screen import run_command

if __name__ == "__main__":
    run_command(lambda: enter("deploy.local.logs", sys.argv[1:]))
