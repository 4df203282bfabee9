"""Who looks: Airflow's own authentication, and the database role that include/privacy/users.yaml gives its user."""

from __future__ import annotations

from typing import Annotated, Any

from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_view
from fastapi import Depends, HTTPException

from include.privacy.readers import load_readers

MAY_OPEN_AIRFLOW = Depends(requires_access_view(AccessView.WEBSITE))
"""For a whole application: 401 without a session, 403 for a user whom Airflow does not let in."""


def database_role(user: GetUserDep) -> str:
    """The database role that the user reads under; 403 for who fits none."""
    known: Any = user
    role = load_readers().database_role(known.get_name(), [role.name for role in known.roles])
    if role is None:
        raise HTTPException(403, "Your role sees nothing here: see include/privacy/users.yaml")
    return role


Reader = Annotated[str, Depends(database_role)]
