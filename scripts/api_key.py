"""`make api-key`: see deploy/local/api_keys.py."""

import sys

from deploy.local.environment import enter
from deploy.local.screen import run_command

if __name__ == "__main__":
    run_command(lambda: enter("deploy.local.api_keys", sys.argv[1:]))
