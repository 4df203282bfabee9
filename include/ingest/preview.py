"""The first rows of a file as they would load, for people who are about to load it."""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from include.ingest.datasets import Dataset
from include.ingest.mapping import plain_type
from include.ingest.profile import DatasetMapping
from include.ingest.validation import shape

SHOWN = 3  # rows
LONGEST_SHOWN = 60  # characters of a value in a sentence
# Texts that name no person.
WORDS = {"category", "currency", "department", "account_code", "timezone", "country", "is_active"}


@dataclass
class Preview:
    """The first rows of one file for one dataset; `hidden` fields are shown by their shape only."""

    dataset: Dataset
    mapping: DatasetMapping
    hidden: AbstractSet[str]
    numbers: list[int] = field(default_factory=list)
    rows: list[dict[str, str]] = field(default_factory=list)

    def take(self, line: Sequence[Any]) -> None:
        """Look at an accepted row, as `validate_file` gives it; only the first ones are kept."""
        if len(self.rows) >= SHOWN:
            return
        given = self.mapping.given() | {"is_month_only"}
        values = zip(self.dataset.contract.model_fields, line[3:], strict=True)
        self.numbers.append(line[1])
        self.rows.append(
            {
                name: shape(str(value)) if name in self.hidden else str(value)
                for name, value in values
                if name in given and value is not None
            }
        )

    def before(self, accept: Callable[[Sequence[Any]], None]) -> Callable[[Sequence[Any]], None]:
        """What looks at each row before it hands it to `accept`."""

        def seen(line: Sequence[Any]) -> None:
            self.take(line)
            accept(line)

        return seen

    def sentences(self) -> Iterator[tuple[int, str]]:
        """Each row's number in the file, and its fields in a line."""
        for number, row in zip(self.numbers, self.rows, strict=True):
            yield number, ", ".join(f"{name} {' '.join(text.split())[:LONGEST_SHOWN]}" for name, text in row.items())


def shown_by_shape(spec: Dataset) -> set[str]:
    """Fields whose values are not shown: texts, but for words that name no person; of people, everything."""
    if spec.name == "users":
        return set(spec.contract.model_fields) - WORDS
    texts = {name for name, info in spec.contract.model_fields.items() if plain_type(info.annotation) is str}
    return texts - WORDS
