"""A profile written down from what was found: formats, columns, constants, and what only a person can know."""

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from include.errors import BadConfiguration
from include.ingest import parsing
from include.ingest.datasets import dataset
from include.ingest.inspecting import PERSONAL, ROWS, SIGNS, ColumnFacts, Inspection, month_of_header
from include.ingest.mapping import plain_type
from include.ingest.matching import (
    A_MONTH,
    BUDGET_OF_A_MONTH,
    Match,
    budget_columns,
    debit_and_credit,
    interval_columns,
    tokens,
)
from include.ingest.profile import Layout, Totals, month_number
from include.schemas.organisation import Organisation
from include.schemas.rules import is_currency

SURE = 0.6  # confidence from which a column is matched without asking
CREATABLE = ("department", "category", "vendor")
# A document's number identifies a payment where no two rows share one; a date or an amount never does.
NATURAL_KEYS = ("external_id", "document_no", "receipt_no", "employee_no", "code")
_A_YEAR = r"(?P<year>(?:19|20)\d{2})"
_YEAR = rf"(?<!\d){_A_YEAR}"
_MONTH = "(?P<month>0[1-9]|1[0-2])"
_DAY = r"(?P<day>0[1-9]|[12]\d|3[01])"
DAY_FIRST = rf"(?<!\d){_DAY}[-_.]{_MONTH}[-_.]{_A_YEAR}(?!\d)"
# What a file's name says of its delivery, the most telling first.
NAME_PATTERNS = (
    rf"{_YEAR}[-_]{_MONTH}[-_]{_DAY}",
    rf"{_YEAR}{_MONTH}{_DAY}",
    DAY_FIRST,
    rf"{_YEAR}[-_]{_MONTH}(?!\d)",
    rf"(?<!\d){_MONTH}[-_.]{_A_YEAR}(?!\d)",
    rf"(?<![a-z]){A_MONTH}[-_ ]?{_A_YEAR}",
    rf"{_YEAR}[-_ ]?{A_MONTH}",
    rf"{_YEAR}[-_ ]?q(?P<quarter>[1-4])(?!\d)",
    rf"(?<![a-z])q(?P<quarter>[1-4])[-_ ]?{_A_YEAR}(?!\d)",
    rf"{_YEAR}(?!\d)",
)
CURRENCY_WORDS = {sign.casefold(): code for sign, code in SIGNS.items()} | {
    "euro": "EUR",
    "euros": "EUR",
    "dollar": "USD",
    "dollars": "USD",
    "us$": "USD",
    "pound": "GBP",
    "pounds": "GBP",
    "shilling": "KES",
    "shillings": "KES",
    "ksh": "KES",
    "kshs": "KES",
    "ksh.": "KES",
    "ush": "UGX",
    "tsh": "TZS",
}
YEAR_WORDS = set(
    "year ano anno annee année jahr haushaltsjahr exercício exercicio ejercicio exercice mwaka".split()  # in a header
)
WAITING = {"pending", "open", "waiting", "in review", "requested", "new"}


class Draft:
    """Writes the profile that the matches and the cells speak for, and notes what only a person can know."""

    def __init__(
        self,
        inspection: Inspection,
        file: str,
        source: str,
        kind: str,
        matches: list[Match],
        organisation: Organisation,
    ) -> None:
        self._inspection = inspection
        self._file = file
        self._source = source
        self._kind = kind
        self._spec = dataset(kind)
        self._organisation = organisation
        self._dropped: dict[str, str] = {}
        self.matches = matches
        self.unclear: list[str] = []
        self.personal: dict[str, list[str]] = {}

    def can_do_without(self, name: str) -> bool:
        """Whether a matched field is optional in the contract."""
        info = self._spec.contract.model_fields.get(name)
        return info is not None and not info.is_required() and any(match.field == name for match in self.matches)

    def drop(self, name: str) -> None:
        """Leave a column out that does not fit its field."""
        (match,) = [match for match in self.matches if match.field == name]
        self.matches = [match for match in self.matches if match.field != name]
        self._dropped[name] = match.column

    def document(self) -> dict[str, Any]:
        """The profile, as its YAML would be read."""
        self.unclear, self.personal = [], {}
        delivered = next((each for each in NAME_PATTERNS if self._tells_a_date(each)), None)
        if delivered == DAY_FIRST:
            self.unclear.append("the date in the file's name is read as day, month, year")
        mapping = self._mapping(delivered)
        layout: dict[str, Any] = {"files": f"*{Path(self._file).suffix or ''}"}
        if delivered:
            layout["delivered"] = delivered
        if first := self._first_month(mapping):
            layout["fiscal_first_month"] = first
        if format_ := self._format(mapping):
            layout["format"] = format_
        layout |= self._asides(mapping["columns"])
        if unused := self._unused(mapping):
            layout["known_columns"] = unused
        layout["datasets"] = [mapping]
        self._note_what_is_missing(mapping)
        title = self._source.replace("_", " ").capitalize()
        return {"source": self._source, "title": title, "version": 1, "owner": "finance", "reads": [layout]}

    def _tells_a_date(self, pattern: str) -> bool:
        if not re.search(pattern, self._file, re.IGNORECASE):
            return False
        layout = Layout.model_construct(files="*", delivered=pattern, datasets=[])
        try:
            layout.delivery(self._file, self._organisation.today())
        except BadConfiguration:
            return False
        return True

    def _format(self, mapping: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self._inspection.encoding.startswith("utf-16"):
            found["encodings"] = [self._inspection.encoding]
        if self._inspection.delimiter != ",":
            found["delimiter"] = self._inspection.delimiter
        if self._inspection.header_at == 0:
            found["header_rows"] = 0
            self.unclear.append(
                f"no row names all the {len(self._inspection.columns)} columns: they are called by their place, #1 to "
                f"#{len(self._inspection.columns)}; rows of names among the data are left out by `skip`"
            )
        if self._inspection.is_guessed:
            self.unclear.append("the encoding is not UTF-8; cp1252 is likely: look at a name with accents")
        return found

    def _asides(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """How rows that are no data are told: one total by its amount, others by what stands in them."""
        asides = self._inspection.asides
        if not asides or "amount" not in columns:
            return {}
        position = self._inspection.column(_name(columns["amount"])).position
        labelled = [_label(cells) for cells in asides]
        if len(asides) == 1 and position < len(asides[0]) and parsing.is_number(asides[0][position]):
            label = labelled[0][1] if labelled[0] else "Total"
            told = re.search(Totals.model_fields["label"].default, label)
            return {"totals": {"field": "amount", **({} if told else {"label": f"^{re.escape(label)}$"})}}
        words: defaultdict[int, dict[str, None]] = defaultdict(dict)
        for found in labelled:
            if found:
                words[found[0]][re.escape(found[1].split()[0])] = None
        self.unclear.append(
            f"{len(asides)} rows fill no more than two cells: those that are no data must be under `skip` or `totals`"
        )
        return {
            "skip": [
                {"column": self._inspection.columns[at].name, "matches": f"^(?:{'|'.join(found)})(?!\\w)"}
                for at, found in words.items()
                if len(found) <= 10 and at < len(self._inspection.columns) and self._inspection.columns[at].name
            ]
        }

    def _mapping(self, delivered: str | None) -> dict[str, Any]:
        columns: dict[str, Any] = {}
        for match in self.matches:
            columns[match.field] = self._column(match)
            if match.confidence < SURE:
                self.unclear.append(f"{match.column} may be {match.field} ({match.confidence:.0%} sure)")
        mapping: dict[str, Any] = {"dataset": self._kind}
        if key := self._key():
            mapping["key"] = key
        mapping["columns"] = columns
        self._dates(mapping, delivered)
        if unpivot := self._unpivot(columns):
            mapping["unpivot"] = unpivot
        mapping["constants"] = self._constants(columns)
        if self._kind == "budgets":
            self._periods(mapping, delivered)
        if not mapping["constants"]:
            del mapping["constants"]
        if self._kind == "expenses" and mapping["constants"].get("origin") == "ledger":
            mapping["derive"] = {"kind": {"sign_of": "amount", "positive": "payment", "negative": "refund"}}
        creates = [name for name in CREATABLE if name in columns and name in self._spec.reference_fields]
        if creates:
            mapping["creates"] = creates
        return mapping

    def _key(self) -> list[str]:
        if self._kind == "meter_readings" and any(match.field == "meter" for match in self.matches):
            return ["meter", "starts_at"]  # a meter tells each interval once; a later delivery corrects it
        unique = set(self._inspection.key_candidates())
        return [match.field for match in self.matches if match.field in NATURAL_KEYS and match.column in unique][:1]

    def _column(self, match: Match) -> Any:
        facts = self._inspection.column(match.column)
        info = self._spec.contract.model_fields[match.field]
        kind = plain_type(info.annotation)
        said: dict[str, Any] = {"from": match.column}
        if kind is Decimal:
            if facts.decimal == ",":
                said["decimal"] = ","
            if facts.words:
                said["nothing"] = facts.words
                self.unclear.append(f"{match.column}: {', '.join(facts.words)} among its numbers is taken for no value")
            if match.field == "amount" and self._kind == "expenses" and facts.negatives * 2 > facts.distinct:
                said["scale"] = -1
                self.unclear.append(
                    f"{match.column}: most amounts are below zero, as a bank writes payments: their sign is turned"
                )
        elif issubclass(kind, dt.date):
            self._date_column(match, facts, said)
        elif match.field == "currency":
            self._currency_column(match, facts, said)
        elif kind is str and facts.personal:
            self._personal_column(match, facts, said)
        if issubclass(kind, str) and kind is not str and facts.filled:
            self._word_column(match, facts, said, kind)
        return match.column if len(said) == 1 else said

    def _date_column(self, match: Match, facts: ColumnFacts, said: dict[str, Any]) -> None:
        iso = {"%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"}
        if facts.formats and not set(facts.formats) <= iso:
            said["formats"] = facts.formats
        if facts.ambiguous:
            self.unclear.append(
                f"{match.column}: every date could be day/month or month/day; day/month is proposed "
                "(for the other, write %m/%d/%Y)"
            )
        if facts.is_timestamp:
            self.unclear.append(
                f"{match.column}: points in time without an offset are taken for {self._organisation.timezone} "
                "(say `timezone`), and for the beginning of an interval (else `shift_minutes`)"
            )
        if self._kind == "meter_readings" and {"end", "ending"} & set(tokens(match.column)) and (gap := _gap(facts)):
            said["shift_minutes"] = -gap
            self.unclear.append(f"{match.column} names the end of an interval: {gap} minutes are taken off")

    def _personal_column(self, match: Match, facts: ColumnFacts, said: dict[str, Any]) -> None:
        self.personal[match.column] = facts.personal
        patterns = [PERSONAL[kind] for kind in facts.personal]
        # A number in a code or a name goes without a trace; free text shows that something stood there.
        said["scrub" if match.field in ("description", "note", "reason") else "strip"] = patterns

    def _currency_column(self, match: Match, facts: ColumnFacts, said: dict[str, Any]) -> None:
        """Words and signs for a currency become its code."""
        strange = [word for word in facts.values if not is_currency(word)]
        known = {word: CURRENCY_WORDS[word.casefold()] for word in strange if word.casefold() in CURRENCY_WORDS}
        if known:
            said["values"] = known
        if unknown := [word for word in strange if word not in known]:
            self.unclear.append(f"{match.column}: say under `values` which ISO 4217 code these mean: {unknown[:8]}")

    def _word_column(self, match: Match, facts: ColumnFacts, said: dict[str, Any], kind: Any) -> None:
        known = {member.value for member in kind}
        strange = [word for word in facts.values if word not in known]
        if strange:
            near = {word: next((each for each in known if each in word.casefold()), "") for word in strange[:40]}
            if "submitted" in known:
                near |= {word: "submitted" for word in near if not near[word] and word.casefold() in WAITING}
            said["values"] = {word: target for word, target in near.items() if target}
            if missing := [word for word, target in near.items() if not target]:
                self.unclear.append(
                    f"{match.column}: say under `values` which of {', '.join(sorted(known))} these mean: "
                    f"{', '.join(missing[:12])}"
                )
            if not said["values"]:
                del said["values"]

    def _dates(self, mapping: dict[str, Any], delivered: str | None) -> None:
        """A month in place of a date: from a column of years and one of months, or from the file's name."""
        name, end = {"expenses": ("spent_on", None), "leave_applications": ("starts_on", "ends_on")}.get(
            self._kind, (None, None)
        )
        if name is None:
            return
        facts = self._inspection.column(_name(mapping["columns"][name])) if name in mapping["columns"] else None
        held = min(self._inspection.rows, ROWS)
        if facts is not None and facts.filled == held:
            return
        if facts is not None and facts.filled and not end:
            self.unclear.append(
                f"{held - facts.filled} rows have no {name}: they are rejected, unless `month_only` takes the month of "
                "columns or of the file's name"
            )
            return
        year, month = self._part(*YEAR_WORDS), self._part("month", "mes", "mês", "mois", "monat", "mwezi")
        rule: dict[str, Any] = {"field": name}
        if end and end not in mapping["columns"]:
            rule["end_field"] = end
        if year and month:
            mapping["month_only"] = {**rule, "year": year, "month": month}
        elif month:
            mapping["month_only"] = {**rule, "year": self._organisation.today().year, "month": month}
            self.unclear.append(f"no column tells the year of {month}: write it in `month_only`")
        elif delivered and "month" in delivered:
            mapping["month_only"] = rule
            self.unclear.append("no column holds the date: the month of the file's name counts, marked is_month_only")

    def _part(self, *words: str) -> str | None:
        for column in self._inspection.columns:
            named = tokens(column.name)
            numeric = column.is_number and not column.has_fractions and column.filled
            if numeric and named and named[0] in words:
                return column.name
        return None

    def _constants(self, columns: Mapping[str, Any]) -> dict[str, str]:
        constants: dict[str, str] = {}
        fields = self._spec.contract.model_fields
        if "currency" in fields and "currency" not in columns:
            constants["currency"] = self._currency(columns)
        if self._kind == "expenses":
            from_app = "employee" in columns and not {"vendor", "cost_centre"} & columns.keys()
            constants |= (
                {"origin": "app", "kind": "claim", "status": "approved"}
                if from_app
                else {
                    "origin": "ledger",
                    "status": "posted",
                }
            )
        if self._kind == "budgets":
            constants |= {"version": "1"}
        if self._kind == "leave_applications" and "status" not in columns:
            constants["status"] = "taken"
        return constants

    def _currency(self, columns: Mapping[str, Any]) -> str:
        found = budget_columns(self._inspection) if self._kind == "budgets" else None
        amounts = [self._inspection.column(_name(columns["amount"]))] if "amount" in columns else []
        for amount in [*amounts, *(found[1] if found else [])]:
            if said := [*amount.currencies, *_currencies_of(amount.name)]:
                return said[0]
        base = self._organisation.base_currency
        self.unclear.append(f"nothing tells the currency: {base} is only the organisation's own")
        return base

    def _unpivot(self, columns: dict[str, Any]) -> dict[str, Any] | None:
        """Wide tables: a budget's column per month or per year, a meter's column per interval of the day."""
        if self._kind == "meter_readings" and (slots := interval_columns(self._inspection)):
            self._leave(columns, "energy_kwh", "starts_at")
            day = next((c for c in self._inspection.columns if c.is_date), None)
            self.unclear.append(f"the {slots[1]} columns are taken for the intervals of a day, from midnight on")
            return {
                "columns": slots[0],
                "value": "energy_kwh",
                "field": "starts_at",
                "minutes": 1440 // slots[1],
                **({"day": {"from": day.name, "formats": day.formats}} if day else {}),
            }
        if self._kind == "expenses" and (sides := debit_and_credit(self._inspection)):
            return self._two_sides(columns, *sides)
        if self._kind != "budgets":
            return None
        found = budget_columns(self._inspection)
        if found is None:
            return None
        self._leave(columns, "amount")
        pattern, wide = found
        words = list(dict.fromkeys(word for column in wide for word in column.words))
        if pattern != BUDGET_OF_A_MONTH:
            self.unclear.append("say when the fiscal year begins: `fiscal_first_month`, `fiscal_year_named_after`")
            self.unclear.append(f"only these columns become rows: {', '.join(column.name for column in wide)}")
        return {
            "columns": pattern,
            "value": "amount",
            **({"cell": {"nothing": words}} if words else {}),
            "field": ["period_from", "in_force_from"],
            "end_field": "period_to",
        }

    def _two_sides(self, columns: dict[str, Any], debit: str, credit: str) -> dict[str, Any]:
        """A ledger's Debit and Credit: what stands in either becomes a row, a credit with the other sign."""
        self._leave(columns, "amount")
        facts = [self._inspection.column(name) for name in (debit, credit)]
        zeros = [
            cell for cell in dict.fromkeys(facts[0].values + facts[1].values) if re.fullmatch(r"0+([.,]0*)?", cell)
        ]
        words = [*dict.fromkeys(facts[0].words + facts[1].words), *zeros]
        cell = {"decimal": ","} if "," in {each.decimal for each in facts if each.has_fractions} else {}
        self.unclear.append(f"{debit} is taken for what is paid, and {credit} for what comes back")
        return {
            "columns": f"^(?:{re.escape(debit)}|{re.escape(credit)})$",
            "value": "amount",
            "negative": f"^{re.escape(credit)}$",
            **({"cell": {**cell, **({"nothing": words} if words else {})}} if cell or words else {}),
        }

    def _leave(self, columns: dict[str, Any], *names: str) -> None:
        """Take no column for a field that the wide columns fill."""
        for name in names:
            columns.pop(name, None)
        self.matches = [match for match in self.matches if match.field not in names]

    def _first_month(self, mapping: Mapping[str, Any]) -> int | None:
        """The month in which the year begins, where a column per month does not say its year: that of the first."""
        if mapping.get("unpivot", {}).get("columns") != BUDGET_OF_A_MONTH:
            return None
        months = [column.name for column in self._inspection.columns if month_of_header(column.name)]
        if any(re.search(r"\d", name) for name in months):
            return None
        self.unclear.append(f"no column tells the year: {months[0]} is taken for the first month of the file's year")
        return month_number(months[0])

    def _periods(self, mapping: dict[str, Any], delivered: str | None) -> None:
        """A budget's period: its columns', else that of the file's name."""
        columns = mapping["columns"]
        year = self._year_column()
        if "unpivot" not in mapping and "period_from" not in columns and year:
            columns |= {name: {"from": year, "formats": "%Y"} for name in ("period_from", "in_force_from")}
            mapping["templates"] = {"period_to": f"{{{year}}}-12-31"}
            mapping["constants"]["granularity"] = "year"
            self.unclear.append(f"{year} is taken for the calendar year")
        elif "unpivot" not in mapping and "period_from" not in columns and delivered:
            ends = {} if "period_to" in columns else {"to": "period_to"}
            mapping["delivery"] = {"from": ["period_from", "in_force_from"], **ends}
            if "month" not in delivered:
                mapping["constants"]["granularity"] = "quarter" if "quarter" in delivered else "year"
        elif "period_from" in columns:
            columns["in_force_from"] = deepcopy(columns["period_from"])  # or YAML would write an alias
        if "unpivot" in mapping and mapping["unpivot"]["columns"] != BUDGET_OF_A_MONTH:
            mapping["constants"]["granularity"] = "year"

    def _year_column(self) -> str | None:
        """The column that holds a year and nothing else."""
        for column in self._inspection.columns:
            is_named = set(tokens(column.name)) & YEAR_WORDS and not re.search(r"[{|}]", column.name)
            if is_named and column.values and all(re.fullmatch(r"(?:19|20)\d{2}", cell) for cell in column.values):
                return column.name
        return None

    def _unused(self, mapping: Mapping[str, Any]) -> list[str]:
        used = {_name(column) for column in mapping["columns"].values()}
        used |= {str(each) for each in mapping.get("month_only", {}).values()}
        used.add(_name(mapping.get("unpivot", {}).get("day", "")))
        pattern = re.compile(mapping["unpivot"]["columns"], re.IGNORECASE) if "unpivot" in mapping else None
        names = [
            c.name for c in self._inspection.columns if c.name and c.name not in used and self._inspection.header_at
        ]
        return list(dict.fromkeys(name for name in names if pattern is None or not pattern.search(name)))

    def _note_what_is_missing(self, mapping: Mapping[str, Any]) -> None:
        told = ("columns", "templates", "constants", "derive")
        given = {name for part in told for name in mapping.get(part, {})}
        if rule := mapping.get("month_only"):
            given |= {rule["field"], rule.get("end_field")}
        if wide := mapping.get("unpivot"):
            fields_ = wide.get("field", [])
            fields_ = fields_ if isinstance(fields_, list) else [fields_]
            given |= {wide["value"], *fields_, wide.get("end_field")}
        for names in mapping.get("delivery", {}).values():
            given |= {names} if isinstance(names, str) else set(names)
        fields = self._spec.contract.model_fields
        missing = [name for name, info in fields.items() if info.is_required() and name not in given]
        if missing:
            self.unclear.append(f"{self._kind} cannot do without {', '.join(missing)}: map a column, or a constant")
        for name, column in self._dropped.items():
            self.unclear.append(f"{column} looked like {name}, but its cells do not fit; it is left out")
        if mapping.get("constants", {}).get("origin") == "ledger" and not {"vendor", "cost_centre"} & given:
            self.unclear.append("an expense of a ledger names a vendor or a cost centre: map one of them")
        self._note_power()
        endings = Counter(tokens(c.name)[-1] for c in self._inspection.columns if c.is_number and tokens(c.name))
        for ending, n in endings.items():
            if n >= 3 and self._kind in ("expenses", "budgets") and "unpivot" not in mapping:
                self.unclear.append(
                    f"{n} columns of numbers end in “{ending}”: if each is a category, use `unpivot` with a group "
                    "named category"
                )
        for reference in self._spec.references:
            if reference.field in given and reference.field not in mapping.get("creates", []):
                self.unclear.append(
                    f"every {reference.field} must be known in {reference.target}: deliver those first, or add a "
                    "dataset of them to this file; what is unknown is rejected"
                )

    def _note_power(self) -> None:
        """Whether a meter's numbers are said to be powers, which are no energies yet."""
        if self._kind != "meter_readings":
            return
        for column in self._inspection.columns:
            said = [column.name, *(column.values if column.distinct == 1 else ())]
            if any(re.search(r"(?i)\bkw\b", each) for each in said):
                self.unclear.append(
                    f"{column.name} speaks of kW: if the numbers are mean powers, `scale` makes energies of them (0.5 "
                    "for half hours)"
                )


def _currencies_of(name: str) -> list[str]:
    """The currencies that a header names by their codes or signs: Amount (USD), Betrag in EUR, Paid £."""
    codes = [word for word in re.split(r"[\W_]+", name) if word.isupper() and is_currency(word)]
    return codes + [code for sign, code in SIGNS.items() if not sign.isalpha() and sign in name]


def _gap(facts: ColumnFacts) -> int | None:
    """Minutes from one point in time to the next, as most of a column's are apart."""
    moments = set()
    for cell in facts.values:
        for each in facts.formats:
            with suppress(ValueError):
                moments.add(dt.datetime.strptime(cell, each))  # noqa: DTZ007 - only differences are looked at
                break
    ordered = sorted(moments)
    gaps = Counter(int((later - sooner).total_seconds()) // 60 for sooner, later in pairwise(ordered))
    (gap, _), *_ = gaps.most_common(1) or [(0, 0)]
    return gap if 1 <= gap <= 1440 else None


def _label(cells: Sequence[str]) -> tuple[int, str] | None:
    """(position, text) of the first cell of words."""
    words = ((at, cell.strip()) for at, cell in enumerate(cells) if cell.strip() and not parsing.is_number(cell))
    return next(words, None)


def _name(column: Any) -> str:
    return str(column["from"] if isinstance(column, dict) else column)
