"""`make secrets`: see deploy/docker/secrets.py."""

from deploy.docker.secrets import main
from deploy.local.screen import run_command

if __name__ == "__main__":
    run_command(main)
