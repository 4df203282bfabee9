"""`make env`: see deploy/local/exports.py."""

import sys

from deploy.local.environment import enter
from deploy.local.screen import run_command

if __name__ == "__main__":
    run_command(lambda: enter("deploy.local.exports", sys.argv[1:]))
