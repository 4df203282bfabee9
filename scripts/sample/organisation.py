"""The sample organisation's frame: departments, categories, offices, sites, donors, grants; all made up."""

from dataclasses import dataclass
from decimal import Decimal

BASE_CURRENCY = "KES"
EMAIL_DOMAIN = "tumaini.example.org"
FISCAL_YEAR_FIRST_MONTH = 7


@dataclass(frozen=True)
class Department:
    """A department; `staff` is its headcount over the whole sample, `offices` where its people sit."""

    code: str
    name: str
    cost_centre: str
    staff: int
    offices: tuple[str, ...]
    is_programme: bool


@dataclass(frozen=True)
class Category:
    """An expense category with its account in the ledger."""

    code: str
    name: str
    account_code: str


@dataclass(frozen=True)
class Site:
    """A place with a meter. Loads are kWh per half hour; outages are per month."""

    code: str
    name: str
    office: str
    meter: str
    night_load: float
    day_load: float
    weekend_share: float
    outages: float
    generator_days: float


@dataclass(frozen=True)
class Donor:
    """A funder and the currency it counts in."""

    code: str
    name: str
    country: str
    currency: str


@dataclass(frozen=True)
class Grant:
    """A grant: its window in months after the first month of history, what it pays for, and its weight.

    `burn` is the share of its budget that would be spent at its end if spending went on as it does.
    """

    code: str
    title: str
    donor: str
    first_month: int
    months: int
    departments: tuple[str, ...]
    categories: tuple[str, ...]
    weight: float
    burn: Decimal


DEPARTMENTS = (
    Department("WASH", "Water, Sanitation and Hygiene", "1100", 9, ("Kisumu", "Lodwar", "Lodwar"), True),
    Department("LIVE", "Livelihoods and Food Security", "1200", 9, ("Lodwar", "Lodwar", "Kisumu"), True),
    Department("HEAL", "Community Health and Nutrition", "1300", 9, ("Kisumu", "Mombasa", "Lodwar"), True),
    Department("EDUC", "Education and Child Protection", "1400", 7, ("Mombasa", "Kisumu"), True),
    Department("MEAL", "Monitoring, Evaluation and Learning", "1500", 6, ("Nairobi", "Kisumu", "Lodwar"), True),
    Department("FING", "Finance and Grants", "2100", 6, ("Nairobi",), False),
    Department("OPSL", "Operations and Logistics", "2200", 10, ("Nairobi", "Lodwar", "Kisumu", "Mombasa"), False),
    Department("EXEC", "Executive Office and Partnerships", "2300", 4, ("Nairobi",), False),
)

CATEGORIES = (
    Category("TRAVEL", "Local travel and accommodation", "6110"),
    Category("FLIGHTS", "International travel", "6120"),
    Category("PERDIEM", "Per diem and subsistence", "6130"),
    Category("FUEL", "Vehicle fuel and maintenance", "6210"),
    Category("WORKSHOP", "Training and workshops", "6310"),
    Category("SUPPLIES", "Programme supplies", "6410"),
    Category("CONSULT", "Professional and consultancy fees", "6510"),
    Category("OFFICE", "Office supplies and consumables", "6610"),
    Category("UTILITIES", "Electricity, water and waste", "6620"),
    Category("COMMS", "Internet, airtime and subscriptions", "6630"),
    Category("RENT", "Rent and security", "6640"),
    Category("EQUIPMENT", "IT and equipment", "6710"),
)

OFFICES = ("Nairobi", "Kisumu", "Mombasa", "Lodwar")

SITES = (
    Site("NBO-HQ", "Nairobi head office, Lavington", "Nairobi", "NBO-HQ-M1", 1.55, 6.8, 0.34, 2.2, 0.3),
    Site("KSM-FO", "Kisumu field office, Milimani", "Kisumu", "KSM-FO-M1", 0.72, 3.4, 0.38, 3.1, 0.7),
    Site("LDW-FO", "Lodwar field office and warehouse", "Lodwar", "LDW-FO-M1", 1.28, 4.1, 0.55, 5.5, 2.4),
)

DONORS = (
    Donor("NRF", "Nordvind Relief Foundation", "NO", "EUR"),
    Donor("ALB", "Alliance Lac et Brousse", "FR", "EUR"),
    Donor("GRP", "Great Rift Philanthropies", "US", "USD"),
    Donor("PWA", "Pwani na Ziwa Community Fund", "KE", "KES"),
)

_FIELD = ("TRAVEL", "PERDIEM", "FUEL", "WORKSHOP", "SUPPLIES", "CONSULT")
GRANTS = (
    Grant(
        "NRF-WASH-01",
        "Safe water for Turkana Central and Loima",
        "NRF",
        0,
        36,
        ("WASH",),
        (*_FIELD, "EQUIPMENT"),
        1.0,
        Decimal("0.97"),
    ),
    Grant(
        "ALB-LIVE-01",
        "Drought-resilient livelihoods in Turkana South",
        "ALB",
        0,
        18,
        ("LIVE",),
        _FIELD,
        1.0,
        Decimal("0.94"),
    ),
    Grant(
        "ALB-LIVE-02",
        "Fodder, markets and savings groups",
        "ALB",
        17,
        24,
        ("LIVE", "MEAL"),
        _FIELD,
        0.8,
        Decimal("1.12"),
    ),
    Grant(
        "GRP-HEAL-01",
        "Community health promoters of the lake basin",
        "GRP",
        1,
        30,
        ("HEAL", "MEAL"),
        (*_FIELD, "COMMS"),
        0.9,
        Decimal("0.99"),
    ),
    Grant(
        "GRP-EDUC-01",
        "Back to class: coast and lake counties",
        "GRP",
        8,
        24,
        ("EDUC",),
        (*_FIELD, "COMMS", "OFFICE"),
        1.0,
        Decimal("0.82"),
    ),
    Grant(
        "PWA-HEAL-01",
        "Mother and child nutrition on the coast",
        "PWA",
        5,
        22,
        ("HEAL", "WASH"),
        ("TRAVEL", "PERDIEM", "WORKSHOP", "SUPPLIES"),
        0.5,
        Decimal("1.03"),
    ),
)

# The agreement with the Norwegian donor fixes one rate for all reports.
DONOR_FIXED_RATE = ("NRF", "EUR", Decimal("146.50000000"))
