"""The staff: sixty made-up people with managers, limits and salaries, who join, leave and get raises."""

import datetime as dt
import random
from dataclasses import dataclass, field
from decimal import Decimal

from scripts.sample.days import Span, add_months, is_workday, month_end, next_workday
from scripts.sample.organisation import BASE_CURRENCY, DEPARTMENTS, EMAIL_DOMAIN, Department

RAISE = Decimal("0.05")

_WOMEN = (
    "Achieng Akinyi Amina Asha Atieno Chebet Ekai Esther Fatuma Faith Grace Halima Jane Jepkosgei "
    "Kanini Lilian Mercy Mumbi Mwanaidi Naliaka Nasimiyu Njeri Nkatha Purity Rehema Ruth Salome Wairimu "
    "Wanjiru Zawadi"
).split()
_MEN = (
    "Abdi Ali Barasa Brian Charles Cheruiyot Daniel Ekiru Elijah Hamisi Ibrahim Isaac John Juma Kamau "
    "Kevin Kiprono Kioko Lokwawi Mutua Mwangi Ochieng Odhiambo Omar Otieno Peter Samuel Simiyu Victor "
    "Wafula"
).split()
_SURNAMES = (
    "Abdalla Akai Anyango Bakari Barongo Chepkwony Ekal Emuria Gathoni Githinji Hassan Juma Kariuki "
    "Kibet Kilonzo Kimani Kiptoo Koech Korir Lokiru Lomuria Maina Makokha Mbugua Mohamed Muli Muthoni "
    "Mwakio Mwende Ndungu Ngala Njoroge Nyaboke Nzioka Obiero Ogutu Okello Okoth Omondi Onyango Ouma "
    "Owino Rono Sang Wambua Wanyama Wekesa Were"
).split()

# grade → (lowest and highest monthly salary in KES, approval limit in KES)
_GRADES = {
    "director": ((580_000, 640_000), Decimal(5_000_000)),
    "finance_director": ((430_000, 460_000), Decimal(1_000_000)),
    "lead": ((310_000, 380_000), Decimal(250_000)),
    "coordinator": ((185_000, 235_000), Decimal(50_000)),
    "officer": ((105_000, 150_000), None),
    "assistant": ((58_000, 82_000), None),
}
_TITLES = {
    "WASH": ("Head of WASH", "WASH Coordinator", "Water Engineer", "Hygiene Promotion Assistant"),
    "LIVE": ("Head of Livelihoods", "Livelihoods Coordinator", "Agronomist", "Community Mobiliser"),
    "HEAL": ("Head of Health", "Nutrition Coordinator", "Community Health Officer", "Health Assistant"),
    "EDUC": ("Head of Education", "Education Coordinator", "Education Officer", "Child Protection Assistant"),
    "MEAL": ("Head of MEAL", "Data Coordinator", "Monitoring Officer", "Enumerator"),
    "FING": ("Finance Director", "Grants Coordinator", "Finance Officer", "Accounts Assistant"),
    "OPSL": ("Head of Operations", "Logistics Coordinator", "Procurement Officer", "Driver"),
    "EXEC": (
        "Executive Director",
        "Partnerships Coordinator",
        "Communications Officer",
        "Executive Assistant",
    ),
}
_JOINERS = 7
_LEAVERS = 5


@dataclass
class Person:
    """A member of staff as they stand on the first day of history; `salary_on`, `left_on` tell the rest."""

    employee_no: str
    first_name: str
    surname: str
    is_woman: bool
    title: str
    grade: str
    department: Department
    office: str
    manager: str
    salary: Decimal
    hired_on: dt.date
    left_on: dt.date | None = None

    @property
    def limit(self) -> Decimal | None:
        """What this person may approve, in the base currency."""
        return _GRADES[self.grade][1]

    @property
    def email(self) -> str:
        """An address at the example domain."""
        return f"{self.first_name}.{self.surname}@{EMAIL_DOMAIN}".lower()

    def is_employed(self, day: dt.date) -> bool:
        """Whether this person worked here on a day."""
        return self.hired_on <= day and (self.left_on is None or day <= self.left_on)

    def salary_on(self, day: dt.date, since: dt.date) -> Decimal:
        """The monthly salary on a day: a raise each January after the start (`since`, or the hiring)."""
        raises = max(0, day.year - max(since, self.hired_on).year)
        return (self.salary * (1 + RAISE) ** raises / 500).quantize(Decimal(1)) * 500


@dataclass
class Staff:
    """Everybody, in an order in which managers stand before the people they manage."""

    people: list[Person]
    _by_number: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_number = {person.employee_no: person for person in self.people}

    def __getitem__(self, employee_no: str) -> Person:
        return self._by_number[employee_no]

    @property
    def director(self) -> Person:
        """The executive director."""
        return self.people[0]

    @property
    def finance_director(self) -> Person:
        """The finance director."""
        return next(person for person in self.people if person.grade == "finance_director")

    def lead(self, department: str) -> Person:
        """Who leads a department."""
        return next(person for person in self.people if person.department.code == department)

    def members(self, department: str, day: dt.date) -> list[Person]:
        """Who works in a department on a day."""
        return [p for p in self.people if p.department.code == department and p.is_employed(day)]

    def approver_of_claim(self, claimant: Person, amount: Decimal) -> Person:
        """The first superior whose limit (KES) covers the amount; the finance director for the director."""
        if claimant is self.director:
            return self.finance_director
        superior = self[claimant.manager]
        while superior.limit is None or superior.limit < amount:
            superior = self[superior.manager] if superior.manager else self.director
            if superior is self.director:
                break
        return superior

    def approver_of_payment(self, department: str, amount: Decimal) -> Person:
        """The department's lead, the finance director or the director, by the amount in KES."""
        for candidate in (self.lead(department), self.finance_director):
            if candidate.limit is not None and amount <= candidate.limit:
                return candidate
        return self.director


def hire_staff(span: Span, rng: random.Random) -> Staff:
    """Sixty people: leaders first, then coordinators, then the rest; some join or leave on the way."""
    people: list[Person] = []
    names: set[tuple[str, str]] = set()
    executive = next(department for department in DEPARTMENTS if department.code == "EXEC")
    order = [executive, *(department for department in DEPARTMENTS if department is not executive)]
    places = [(rank, department) for rank in range(max(d.staff for d in order)) for department in order]
    managers: dict[str, list[str]] = {}
    for rank, department in places:
        if rank >= department.staff:
            continue
        grade = _grade(rank, department)
        number = f"E{len(people) + 1:03d}"
        people.append(_hire(number, rank, grade, department, managers, span, names, rng))
        if grade not in ("officer", "assistant"):
            managers.setdefault(department.code, []).append(number)
    juniors = [person for person in people if person.grade in ("officer", "assistant")]
    changing = rng.sample(juniors, _JOINERS + _LEAVERS)
    for person in changing[:_JOINERS]:
        person.hired_on = next_workday(add_months(span.first, rng.randint(2, 20)))
    for person in changing[_JOINERS:]:
        person.left_on = _last_workday(add_months(span.first, rng.randint(5, 21)))
    return Staff(people)


def _grade(rank: int, department: Department) -> str:
    if rank == 0:
        return {"EXEC": "director", "FING": "finance_director"}.get(department.code, "lead")
    if rank <= (2 if department.staff >= 9 else 1):
        return "coordinator"
    return "officer" if rank <= 0.62 * department.staff else "assistant"


def _hire(
    number: str,
    rank: int,
    grade: str,
    department: Department,
    managers: dict[str, list[str]],
    span: Span,
    names: set[tuple[str, str]],
    rng: random.Random,
) -> Person:
    is_woman = rng.random() < 0.52
    name = (rng.choice(_WOMEN if is_woman else _MEN), rng.choice(_SURNAMES))
    while name in names or name[0] == name[1]:
        name = (rng.choice(_WOMEN if is_woman else _MEN), rng.choice(_SURNAMES))
    names.add(name)
    above = managers.get(department.code, [])
    if rank == 0:
        manager = "" if grade == "director" else managers["EXEC"][0]
    else:
        manager = above[0] if grade == "coordinator" else above[1:][rank % (len(above) - 1)]
    low, high = _GRADES[grade][0]
    titles = _TITLES[department.code]
    return Person(
        employee_no=number,
        first_name=name[0],
        surname=name[1],
        is_woman=is_woman,
        title=titles[{"coordinator": 1, "officer": 2, "assistant": 3}.get(grade, 0)],
        grade=grade,
        department=department,
        office=department.offices[0] if rank == 0 else rng.choice(department.offices),
        manager=manager,
        salary=Decimal(rng.randrange(low, high, 500)),
        hired_on=next_workday(add_months(span.first, -rng.randint(3, 96)) + dt.timedelta(days=rng.choice((0, 0, 14)))),
    )


def _last_workday(month: dt.date) -> dt.date:
    day = add_months(month, 1) - dt.timedelta(days=1)
    while not is_workday(day):
        day -= dt.timedelta(days=1)
    return day


def user_row(person: Person, day: dt.date, since: dt.date) -> dict[str, str] | None:
    """The person's record as the staff system has it on a day; people are entered in the month they start."""
    if month_end(day) < person.hired_on:
        return None
    has_left = person.left_on is not None and day > person.left_on
    last_day = person.left_on if has_left and person.left_on else day
    return {
        "employee_no": person.employee_no,
        "full_name": f"{person.first_name} {person.surname}",
        "email": person.email,
        "phone": f"+254 700 000 {int(person.employee_no[1:]):03d}",
        "job_title": person.title,
        "monthly_salary": f"{person.salary_on(last_day, since)}.00",
        "salary_currency": BASE_CURRENCY,
        "approval_limit": f"{person.limit}.00" if person.limit is not None else "",
        "hired_on": person.hired_on.isoformat(),
        "left_on": person.left_on.isoformat() if has_left and person.left_on else "",
        "is_active": "false" if has_left else "true",
        "department": person.department.code,
        "manager": person.manager,
    }
