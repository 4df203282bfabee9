"""Accepted rows that wait for somebody: were they loaded as things stand, the load would reject them, with which code.

The rules are those of the load (include/ingest/loading.py): of several versions of a row the last one counts, a row may
name another of its own batch, an e-mail belongs to one person. Whoever has a database looks up what is in core.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from include.ingest.datasets import Dataset

REMEMBERED = 50_000  # of names, of rows that wait, of rows that may name each other: nothing grows with a stream
UNKNOWN = "unknown_reference"
DUPLICATE = "duplicate_email"
_BEFORE_FIELDS = 3  # line, row number and identity of an accepted row, see RowValidator


class Wait(NamedTuple):
    """A row that would be rejected: its number, the field, and the code that the reject would have."""

    row: int
    field: str
    code: str


@dataclass(frozen=True)
class Question:
    """What must be looked up in core: (dataset, name) pairs, and (employee number, e-mail) pairs."""

    names: Collection[tuple[str, str]]
    emails: Collection[tuple[str, str]]


@dataclass(frozen=True)
class Waits:
    """The rows that wait, in their order, and how many of each field and code.

    `is_complete`: no row was left out, and all rows were held against each other.
    """

    rows: list[Wait]
    counts: Counter[tuple[str, str]]
    is_complete: bool


@dataclass(slots=True)
class _Member:
    """A row that others of its batch may name; `superior` is whom it names and core does not know."""

    number: int
    key: str
    superior: str | None
    email: str | None
    is_taken: bool


class WaitingRows:
    """The accepted rows of one request, as far as it is open whether the load will know whom they name.

    `take` each row; now and then look up what `question` asks and `judge` the rows by it; in the end `settle`.

    :param creates: fields whose names the profile lets the load create: they are never unknown
    """

    def __init__(self, spec: Dataset, creates: Container[str]) -> None:
        at = {name: place for place, name in enumerate(spec.contract.model_fields, start=_BEFORE_FIELDS)}
        references = [each for each in spec.references if each.field not in creates]
        self._known: dict[str, set[str]] = {each.target: set() for each in references}
        self._unknown: dict[str, set[str]] = {each.target: set() for each in references}
        self._places = [(at[each.field], each.target) for each in references]
        self._asked_for = [(at[each.field], self._known[each.target]) for each in references]
        self._others = [
            (each.field, at[each.field], self._unknown[each.target]) for each in references if each.target != spec.name
        ]
        self._own = next(((each.field, at[each.field]) for each in references if each.target == spec.name), None)
        self._own_unknown = self._unknown.get(spec.name, set())
        self._key = at[spec.key[0]] if self._own else 0
        self._email = at["email"] if spec.name == "users" else None
        self._held: list[Sequence[Any]] = []
        self._waits: dict[str, Wait] = {}
        self._more: Counter[tuple[str, str]] = Counter()
        self._members: dict[str, _Member] = {}
        self._is_cut = False

    def take(self, row: Sequence[Any]) -> None:
        """Take in an accepted row as RowValidator gives it. One that names nothing new, and replaces none that waits,
        is done with.
        """
        if not (self._held or self._waits or self._own):
            for at, known in self._asked_for:
                if row[at] is not None and row[at] not in known:
                    break
            else:
                return
        self._held.append(row)

    def question(self) -> Question:
        """What the rows taken in since the last look-up name, and was not looked up yet."""
        names = {
            (target, row[at])
            for row in self._held
            for at, target in self._places
            if row[at] is not None and row[at] not in self._known[target] and row[at] not in self._unknown[target]
        }
        email = self._email
        emails = {(row[self._key], row[email]) for row in self._held if row[email] is not None} if email else set()
        return Question(names, emails)

    def judge(self, question: Question, unknown: Container[tuple[str, str]], taken: Container[tuple[str, str]]) -> None:
        """Judge the rows taken in since the last look-up.

        :param unknown: those of the question's names that name nothing
        :param taken: those of its e-mails that are another person's
        """
        for target, name in question.names:
            (self._unknown if (target, name) in unknown else self._known)[target].add(name)
        for row in self._held:
            self._judge_row(row, taken)
        self._held.clear()
        remembered = [*self._known.values(), *self._unknown.values()]
        if sum(map(len, remembered)) > REMEMBERED:
            for names in remembered:
                names.clear()

    def _judge_row(self, row: Sequence[Any], taken: Container[tuple[str, str]]) -> None:
        _, number, identity = row[:_BEFORE_FIELDS]
        self._waits.pop(identity, None)
        self._members.pop(identity, None)
        for field, at, unknown in self._others:
            if row[at] in unknown:
                self._wait(identity, Wait(number, field, UNKNOWN))
                return
        if self._own is None:
            return
        field, at = self._own
        email = row[self._email] if self._email else None
        member = _Member(
            number, row[self._key], row[at] if row[at] in self._own_unknown else None, email,
            is_taken=(row[self._key], email) in taken,
        )  # fmt: skip
        if len(self._members) < REMEMBERED:
            self._members[identity] = member
            return
        self._is_cut = True
        if member.superior is not None:
            self._wait(identity, Wait(number, field, UNKNOWN))
        elif member.is_taken:
            self._wait(identity, Wait(number, "email", DUPLICATE))

    def _wait(self, identity: str, wait: Wait) -> None:
        if len(self._waits) < REMEMBERED:
            self._waits[identity] = wait
        else:
            self._more[wait.field, wait.code] += 1

    def names_to_fold(self) -> list[str]:
        """Names that must be compared as look-ups compare them before `settle`; none where no row may name another."""
        superiors = {member.superior for member in self._members.values() if member.superior is not None}
        return [*superiors, *{member.key for member in self._members.values()} - superiors] if superiors else []

    def settle(self, folded: Mapping[str, str]) -> Waits:
        """Which rows wait, now that all are there.

        :param folded: each of `names_to_fold` in the form in which look-ups compare it
        """
        if self._own is not None:
            self._settle_members(self._own[0], folded)
        counts = self._more + Counter((wait.field, wait.code) for wait in self._waits.values())
        return Waits(sorted(self._waits.values()), counts, not self._is_cut and not self._more)

    def _settle_members(self, field: str, folded: Mapping[str, str]) -> None:
        """As the load does it: first who names nobody, and whoever names them; then e-mails, and again."""
        members = self._members
        arriving = Counter(folded.get(member.key, "") for member in members.values())
        naming = defaultdict(list)
        for identity, member in members.items():
            if member.superior is not None:
                naming[folded[member.superior]].append(identity)

        def leave(identities: Iterable[str], name: str, code: str) -> None:
            while leaving := {each: members.pop(each) for each in identities if each in members}:
                for identity, member in leaving.items():
                    self._wait(identity, Wait(member.number, name, code))
                gone = [folded.get(member.key, "") for member in leaving.values()]
                arriving.subtract(gone)
                identities = [each for key in gone if not arriving[key] for each in naming[key]]
                name, code = field, UNKNOWN

        leave(
            [each for name, identities in naming.items() if not arriving[name] for each in identities], field, UNKNOWN
        )
        claimed: set[str] = set()
        doubled = []
        for identity, member in members.items():
            if member.is_taken or member.email in claimed:
                doubled.append(identity)
            elif member.email is not None:
                claimed.add(member.email)
        leave(doubled, "email", DUPLICATE)
