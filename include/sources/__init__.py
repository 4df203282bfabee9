"""The source profiles: one YAML file per source; this module only names them, cheaply."""

from pathlib import Path

PROFILES = Path(__file__).parent


def source_names(folder: Path = PROFILES) -> list[str]:
    """Names of all profiles, told from their file names alone (cheap enough for a DAG file)."""
    return sorted(path.stem for path in folder.glob("*.yaml"))
