"""Which database role a person reads under, from their Airflow name and roles."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from include.errors import BadConfiguration
from include.privacy.policy import load_policy

USERS_FILE = Path(__file__).with_name("users.yaml")


class Readers(BaseModel):
    """`users.yaml`: database roles by user name, and by Airflow role in order of precedence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    users: Mapping[str, str]
    roles: Mapping[str, str]

    def database_role(self, user: str, airflow_roles: Collection[str]) -> str | None:
        """The database role to `SET LOCAL ROLE` to; None: this person may read nothing."""
        if user in self.users:
            return self.users[user]
        return next((role for name, role in self.roles.items() if name in airflow_roles), None)


@cache
def load_readers(file: Path = USERS_FILE) -> Readers:
    """The readers in `file`.

    Raises:
        BadConfiguration: a key is unknown, or a database role is no group of the privacy policy.
    """
    try:
        readers = Readers.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise BadConfiguration(f"{file.name} cannot be used: it needs users and roles.", code="bad_readers") from error
    groups = load_policy().groups
    if strange := sorted({*readers.users.values(), *readers.roles.values()} - set(groups)):
        raise BadConfiguration(
            f"{file.name} names {', '.join(strange)}; a database role must be one of {', '.join(groups)}.",
            code="bad_readers",
        )
    return readers
