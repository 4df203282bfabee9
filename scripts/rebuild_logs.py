"""`make rebuild-logs`: see deploy/local/rebuild_logs.py."""

import sys

from deploy.local.environment import enter
from deploy.local.screen import run_command

if __name__ == "__main__":
    run_command(lambda: enter("deploy.local.rebuild_logs", sys.argv[1:]))
