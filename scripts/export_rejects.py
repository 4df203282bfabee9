"""`make rejects`: see deploy/local/export_rejects.py."""

import sys

from deploy.local.environment import enter
from deploy.local.screen import run_command

if __name__ == "__main__":
    run_command(lambda: enter("deploy.local.export_rejects", sys.argv[1:]))
