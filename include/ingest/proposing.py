"""A profile for a file never seen: proposed from its header and cells, then tried on the file itself."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from include.errors import BadConfiguration, BadData
from include.ingest.datasets import dataset
from include.ingest.drafting import Draft
from include.ingest.inspecting import Inspection, inspect
from include.ingest.mapping import plain_type
from include.ingest.matching import Match, is_told, kinds, likeliest_kind, match_columns
from include.ingest.preview import Preview, shown_by_shape
from include.ingest.profile import DatasetMapping, Layout, Profile
from include.ingest.validation import Reject, Tally, validate_file
from include.schemas.organisation import Organisation

ENOUGH = 0.95  # share of rows that a good proposal loads


@dataclass
class Trial:
    """What a profile makes of the file; `limit` is the share of rejects it allows, `energy_kwh` the sum of readings."""

    limit: float = 1 - ENOUGH
    tally: Tally | None = None
    shown: list[dict[str, str]] = field(default_factory=list)
    rejects: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    creates: dict[str, int] = field(default_factory=dict)
    energy_kwh: Decimal | None = None
    error: str = ""

    @property
    def share(self) -> float:
        """Share of the rows that would load."""
        if self.tally is None or not self.tally.rows_read:
            return 0.0
        return self.tally.rows_accepted / self.tally.rows_read

    @property
    def is_refused(self) -> bool:
        """Whether the pipeline would load nothing of the file: it cannot be read, or too much of it is rejected."""
        if self.tally is None:
            return True
        return self.tally.rows_rejected > self.tally.rows_read * self.limit


@dataclass
class Proposal:
    """A profile for a file, how it was found, how it fares, and what a person must decide.

    `is_told` says that the kind was found in the file or asked for, and not only guessed.
    """

    inspection: Inspection
    kind: str
    is_told: bool
    matches: list[Match]
    document: dict[str, Any]
    trial: Trial
    unclear: list[str]
    personal: dict[str, list[str]]

    @property
    def numbers(self) -> set[str]:
        """The fields of the kind that hold numbers."""
        fields = dataset(self.kind).contract.model_fields
        return {name for name, info in fields.items() if plain_type(info.annotation) in (Decimal, int)}

    def text(self) -> str:
        """The profile as YAML, with what is unclear as comments."""
        notes = "".join(f"# Look at: {line}\n" for line in self.unclear)
        body = yaml.safe_dump(self.document, sort_keys=False, allow_unicode=True, width=1_000, default_flow_style=None)
        return f"# yaml-language-server: $schema=profile.schema.json\n{notes}{body}"


def propose(path: Path, source: str, organisation: Organisation, *, kind: str | None = None) -> Proposal:
    """Look at a file and propose the profile that reads it.

    :param path: the file; its name may tell the month
    :param source: what the source is to be called
    :param kind: the dataset that it carries; without it, the likeliest one
    :raises BadFile: it holds no table
    :raises BadConfiguration: `unknown_dataset`, a kind that cannot be proposed
    """
    if kind is not None and kind not in kinds():
        raise BadConfiguration(f"No proposals for {kind}; there are for {', '.join(kinds())}", code="unknown_dataset")
    with path.open("rb") as raw:
        inspection = inspect(raw)
    asked = kind is not None
    kind = kind or likeliest_kind(inspection, path.stem)
    matches = match_columns(inspection, kind)
    told = asked or is_told(inspection, kind, matches)
    draft = Draft(inspection, path.name, source, kind, matches, organisation)
    document = draft.document()
    trial = try_out(path, document, organisation)
    for misfit in _misfits(trial, draft):
        draft.drop(misfit)
        document = draft.document()
        trial = try_out(path, document, organisation)
    unclear = draft.unclear + _told_by(trial)
    if not told:
        unclear.insert(0, f"no column's name says what the file is: KIND=… asks for one of {', '.join(kinds())}")
    return Proposal(inspection, kind, told, draft.matches, document, trial, unclear, draft.personal)


def try_out(path: Path, document: Mapping[str, Any], organisation: Organisation) -> Trial:
    """Read the file with a profile of one dataset, as yet unwritten; see `try_profile`."""
    try:
        profile = Profile.model_validate(document)
    except ValidationError as error:
        return Trial(error=str(error))
    return next(iter(try_profile(path, profile, organisation).values()))


def try_profile(path: Path, profile: Profile, organisation: Organisation) -> dict[str, Trial]:
    """Read a file with a profile as the pipeline would, dataset by dataset; nothing is stored.

    Values that could tell a person are shown by their shape only.

    :raises BadConfiguration: `unknown_layout`, no layout of the profile fits the file's name
    """
    layout = profile.layout_of(path.name)
    if layout is None:
        raise BadConfiguration(f"no layout of {profile.source} fits the name {path.name}", code="unknown_layout")
    return {mapping.dataset: _tried(path, layout, mapping, organisation) for mapping in layout.datasets}


def _tried(path: Path, layout: Layout, mapping: DatasetMapping, organisation: Organisation) -> Trial:
    trial = Trial(limit=mapping.reject_limit)
    try:
        spec = dataset(mapping.dataset)
        names = list(spec.contract.model_fields)
        preview = Preview(spec, mapping, shown_by_shape(spec))
        trial.shown = preview.rows
        seen: defaultdict[str, set[str]] = defaultdict(set)

        def accept(line: Sequence[Any]) -> None:
            values = dict(zip(names, line[3:], strict=True))
            for reference in mapping.creates:
                if values.get(reference):
                    seen[reference].add(str(values[reference]).casefold())
            if (energy := values.get("energy_kwh")) is not None:
                trial.energy_kwh = energy + (trial.energy_kwh or 0)
            preview.take(line)

        def reject(refused: Reject) -> None:
            trial.rejects[refused.field, refused.code, refused.sample] += 1

        with path.open("rb") as raw:
            trial.tally = validate_file(
                raw,
                layout=layout,
                mapping=mapping,
                dataset=spec,
                accept=accept,
                reject=reject,
                context={"today": organisation.today(), "earliest": organisation.earliest_date},
                zone=organisation.zone,
                delivery=layout.delivery(path.name, organisation.today()),
            )
        trial.creates = {reference: len(values) for reference, values in seen.items()}
    except (BadData, BadConfiguration) as error:
        trial.error = f"{error} ({error.code})"
    return trial


def _misfits(trial: Trial, draft: Draft) -> Iterable[str]:
    """Fields that the contract can do without and that cost more than a twentieth of the rows."""
    if trial.tally is None or trial.share >= ENOUGH:
        return []
    counts: Counter[str] = Counter()
    for (name, _, _), n in trial.rejects.items():
        counts[name] += n
    optional = [name for name in counts if draft.can_do_without(name)]
    return [name for name in optional if counts[name] > trial.tally.rows_read * (1 - ENOUGH)]


def _told_by(trial: Trial) -> list[str]:
    if trial.error:
        return [f"the file cannot be read like this yet: {' '.join(trial.error.split())}"]
    if trial.tally is None or not trial.tally.rows_read:
        return ["no row was found"]
    said = []
    if trial.share < ENOUGH:
        worst = ", ".join(f"{name} {code} ({n})" for (name, code, _), n in trial.rejects.most_common(3))
        said.append(f"only {trial.share:.0%} of the rows would load; the reasons are {worst}")
    for warning in trial.tally.warnings:
        if warning["code"] == "total_mismatch":
            said.append(f"the file's total and the sum of its rows differ by {warning['difference']}")
    return said
