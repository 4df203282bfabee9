"""What things cost: one purchase at a time, by category, in the way its receipts look."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import exp

CENT = Decimal("0.01")
VAT = Decimal("1.16")
PER_DIEM = {"Nairobi": 7000, "Kisumu": 5500, "Mombasa": 6000, "Lodwar": 6500}
FUEL_START, FUEL_DRIFT = 171.40, 0.0047  # KES per litre of diesel, growth per month
INFLATION = 0.0035  # per month, of everything that no tariff fixes

# Far enough from each office to stay overnight, and near enough for a taxi.
PLACES = {
    "Nairobi": ("Kajiado", "Machakos", "Naivasha", "Isiolo"),
    "Kisumu": ("Ahero", "Muhoroni", "Bondo", "Siaya", "Homa Bay"),
    "Mombasa": ("Kilifi", "Kwale", "Malindi", "Voi"),
    "Lodwar": ("Lokichar", "Kerio", "Kalokol", "Loima", "Lokori"),
}
TOWNS = {
    "Nairobi": ("Kibera", "Kawangware", "Upper Hill", "Mathare"),
    "Kisumu": ("Manyatta", "Nyalenda", "Kondele"),
    "Mombasa": ("Likoni", "Changamwe", "Kisauni"),
    "Lodwar": ("Kanamkemer", "Nakwamekwi", "Napetet"),
}
ACTIVITIES = {
    "WASH": ("borehole assessment", "water committee training", "latrine follow-up", "pump repair"),
    "LIVE": ("savings group visit", "fodder plot visit", "livestock market survey", "seed distribution"),
    "HEAL": ("community dialogue day", "nutrition screening", "CHP supervision", "outreach clinic"),
    "EDUC": ("school visit", "back-to-class campaign", "teacher mentoring", "child rights club"),
    "MEAL": ("household survey", "data quality check", "midterm review", "post-distribution monitoring"),
    "FING": ("spot check", "audit field visit", "partner finance review"),
    "OPSL": ("stock count", "vehicle transfer", "delivery to field office"),
    "EXEC": ("donor visit", "county meeting", "board field visit"),
}
WORKSHOPS = {
    "WASH": ("water committee training", "county WASH forum", "hygiene promoters' training"),
    "LIVE": ("savings group training", "fodder production training", "market actors' meeting"),
    "HEAL": ("health promoters' refresher", "nutrition stakeholders' meeting", "community dialogue"),
    "EDUC": ("teachers' training", "school boards' workshop", "child protection training"),
    "MEAL": ("enumerators' training", "review and reflection meeting", "data use workshop"),
}
# Bus fares by office: a tariff, so that many people pay the same.
_FARES = {
    "Nairobi": (("Kisumu", 1600), ("Mombasa", 1800), ("Lodwar", 2900)),
    "Kisumu": (("Nairobi", 1600), ("Lodwar", 2300), ("Homa Bay", 500), ("Siaya", 400)),
    "Mombasa": (("Nairobi", 1800), ("Malindi", 500), ("Voi", 600)),
    "Lodwar": (("Nairobi", 2900), ("Kisumu", 2300), ("Lokichar", 600)),
}


@dataclass(frozen=True)
class Scene:
    """Where and when something is bought: department, office, months since the first month of history."""

    department: str
    office: str
    month: int

    def trip(self, rng: random.Random) -> str:
        """A place in the field and a reason to be there: "Lokichar, pump repair"."""
        return f"{rng.choice(PLACES[self.office])}, {self.activity(rng)}"

    def activity(self, rng: random.Random) -> str:
        """What the department does out there."""
        return rng.choice(ACTIVITIES[self.department])

    def workshop(self, rng: random.Random) -> str:
        """What the department meets for."""
        return rng.choice(WORKSHOPS.get(self.department, ("staff retreat", "planning meeting")))


@dataclass
class Draw:
    """One purchase before it is dated. `step` says how its amount is rounded; a fixed one is a tariff."""

    amount: float
    description: str
    trade: str = ""
    step: str = "10"
    currency: str = "KES"
    is_fixed: bool = False


def settle(amount: float, step: str) -> Decimal:
    """Round an amount as its receipt would show it: to a step in the currency, or to a net sum plus VAT."""
    if step == "vat":
        net = Decimal(max(10, round(amount / 1.16 / 10) * 10))
        return (net * VAT).quantize(CENT)
    unit = Decimal(step)
    return max(unit, (Decimal(f"{amount:.4f}") / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit).quantize(CENT)


def fuel_price(month: int, office: str) -> float:
    """Diesel per litre in a month of history; it costs more in Turkana."""
    return round(FUEL_START * (1 + FUEL_DRIFT) ** month + (7.2 if office == "Lodwar" else 0.0), 2)


def _around(rng: random.Random, median: float, sigma: float) -> float:
    """A log-normal amount, its far tail cut."""
    return median * exp(max(-2.5, min(2.5, rng.gauss(0, 1))) * sigma)


def _count(number: int, noun: str) -> str:
    """One night, three nights: the noun in its number."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _travel_claim(rng: random.Random, scene: Scene) -> Draw:
    if rng.random() < 0.38:
        town, fare = rng.choice(_FARES[scene.office])
        return Draw(fare, f"Bus {scene.office} to {town}, {scene.activity(rng)}", "bus", is_fixed=True)
    if rng.random() < 0.6:
        text = f"Taxi to {rng.choice(TOWNS[scene.office])}, {scene.activity(rng)}"
        return Draw(_around(rng, 1450, 0.5), text, "taxi", "50")
    nights = rng.choice((1, 1, 2, 2, 3, 4))
    text = f"Guest house, {_count(nights, 'night')}, {scene.trip(rng)}"
    return Draw(nights * _around(rng, 5200, 0.25), text, "hotel", "100")


def _travel_payment(rng: random.Random, scene: Scene) -> Draw:
    days = rng.randint(2, 7)
    if rng.random() < 0.6:
        return Draw(
            days * _around(rng, 11_500, 0.15),
            f"4x4 hire with driver, {days} days, {scene.trip(rng)}",
            "car_hire",
            "500",
        )
    return Draw(
        days * _around(rng, 14_000, 0.35),
        f"Accommodation of team, {_count(days, 'night')}, {scene.trip(rng)}",
        "hotel",
        "vat",
    )


def _flights_claim(rng: random.Random, scene: Scene) -> Draw:
    days = rng.randint(2, 6)
    city = rng.choice(("Addis Ababa", "Kampala", "Geneva", "Oslo", "Kigali"))
    return Draw(
        days * rng.choice((95, 120, 185)),
        f"Per diem abroad, {days} days, {city}",
        step="1",
        currency="USD",
        is_fixed=True,
    )


def _flights_payment(rng: random.Random, scene: Scene) -> Draw:
    city = rng.choice(("Addis Ababa", "Kampala", "Oslo", "Paris", "Kigali", "Juba"))
    return Draw(_around(rng, 720, 0.4), f"Return ticket Nairobi to {city}", "airline", "0.01", "USD")


def _per_diem_claim(rng: random.Random, scene: Scene) -> Draw:
    if rng.random() < 0.3:
        return Draw(2500, f"Field day allowance, {scene.trip(rng)}", is_fixed=True)
    nights = rng.choice((1, 1, 2, 2, 3, 3, 4, 5))
    away = rng.choice((scene.office, scene.office, "Nairobi", "Kisumu", "Lodwar"))
    place = rng.choice(PLACES[away]) if away == scene.office else away
    text = f"Per diem, {_count(nights, 'night')}, {place}, {scene.activity(rng)}"
    return Draw(nights * PER_DIEM[away], text, is_fixed=True)


def _per_diem_payment(rng: random.Random, scene: Scene) -> Draw:
    people = rng.randint(12, 45)
    return Draw(people * 1000, f"Transport and lunch of {people} participants, {scene.workshop(rng)}", is_fixed=True)


def _fuel_claim(rng: random.Random, scene: Scene) -> Draw:
    litres = round(_around(rng, 38, 0.3), 1)
    text = f"Diesel {litres} l, vehicle V{rng.randint(1, 11)}, {scene.trip(rng)}"
    return Draw(litres * fuel_price(scene.month, scene.office), text, "fuel", "0.01")


def _fuel_payment(rng: random.Random, scene: Scene) -> Draw:
    vehicle = f"vehicle V{rng.randint(1, 11)}"
    if rng.random() < 0.55:
        litres = round(_around(rng, 240, 0.35))
        return Draw(
            litres * fuel_price(scene.month, scene.office),
            f"Fuel card statement, {litres} l, {vehicle}",
            "fuel",
            "0.01",
        )
    job = rng.choice(("Service 10,000 km", "Two tyres", "Brake pads and labour", "Suspension repair", "Battery"))
    return Draw(_around(rng, 31_000, 0.45), f"{job}, {vehicle}", "garage", "vat")


def _workshop_claim(rng: random.Random, scene: Scene) -> Draw:
    people = rng.randint(10, 32)
    return Draw(people * _around(rng, 260, 0.2), f"Refreshments for {people}, {scene.workshop(rng)}", "catering", "50")


def _workshop_payment(rng: random.Random, scene: Scene) -> Draw:
    people, days = rng.randint(18, 40), rng.choice((1, 2, 2, 3))
    text = f"Conference package, {people} people, {_count(days, 'day')}: {scene.workshop(rng)}"
    return Draw(people * days * _around(rng, 1500, 0.15), text, rng.choice(("hotel", "catering")), "vat")


def _supplies_claim(rng: random.Random, scene: Scene) -> Draw:
    return Draw(_around(rng, 3900, 0.55), f"Materials, {scene.trip(rng)}", "supplies", "10")


def _supplies_payment(rng: random.Random, scene: Scene) -> Draw:
    what = {
        "WASH": ("PVC pipes and fittings", "Water tanks 5,000 l", "Hygiene kits", "Chlorine tablets"),
        "LIVE": ("Certified seed", "Hand tools", "Animal feed", "Beehives"),
        "HEAL": ("Fortified flour", "MUAC tapes and scales", "First aid kits", "Mosquito nets"),
        "EDUC": ("Exercise books", "School desks", "Dignity kits", "Story books"),
    }.get(scene.department, ("Warehouse pallets and covers", "Protective clothing"))
    return Draw(
        _around(rng, 68_000, 0.55),
        f"{rng.choice(what)}, {rng.choice(PLACES[scene.office])}",
        "supplies",
        "vat",
    )


def _consult_payment(rng: random.Random, scene: Scene) -> Draw:
    work = rng.choice(
        ("Baseline study", "Legal advice", "Curriculum review", "Evaluation", "Facilitation", "Audit fees")
    )
    part = rng.choice(("1st instalment", "2nd instalment", "final instalment"))
    if rng.random() < 0.3:
        currency = rng.choice(("EUR", "USD"))
        return Draw(_around(rng, 1450, 0.3), f"{work}, {part}", "consultant_abroad", "50", currency)
    return Draw(_around(rng, 165_000, 0.3), f"{work}, {part}", "consultant", "5000")


def _office_claim(rng: random.Random, scene: Scene) -> Draw:
    what = (
        "Photocopies",
        "Courier",
        "Tea and sugar",
        "Printer paper",
        "Notebooks and pens",
        "Cleaning materials",
    )
    return Draw(_around(rng, 1250, 0.6), rng.choice(what), "office", "10")


def _office_payment(rng: random.Random, scene: Scene) -> Draw:
    what = ("Stationery", "Toner cartridges", "Cleaning supplies", "Drinking water", "Printing of forms")
    return Draw(_around(rng, 15_500, 0.5), f"{rng.choice(what)}, {scene.office} office", "office", "vat")


def _comms_claim(rng: random.Random, scene: Scene) -> Draw:
    return Draw(rng.choice((500, 1000, 1000, 1500, 2000)), "Airtime and data bundle", "airtime", is_fixed=True)


def _comms_payment(rng: random.Random, scene: Scene) -> Draw:
    return Draw(_around(rng, 21_000, 0.3), "Bulk airtime and SMS for participants", "airtime", "500")


def _equipment_claim(rng: random.Random, scene: Scene) -> Draw:
    what = ("Laptop charger", "Flash disks", "Phone cover and screen guard", "Extension cable", "Power bank")
    return Draw(_around(rng, 3200, 0.4), rng.choice(what), "equipment", "50")


def _equipment_payment(rng: random.Random, scene: Scene) -> Draw:
    what = (
        "Laptop",
        "Tablets for data collection",
        "Printer",
        "Solar backup batteries",
        "Projector",
        "Office furniture",
    )
    return Draw(_around(rng, 92_000, 0.4), rng.choice(what), "equipment", "vat")


CLAIMS: dict[str, Callable[[random.Random, Scene], Draw]] = {
    "TRAVEL": _travel_claim, "FLIGHTS": _flights_claim, "PERDIEM": _per_diem_claim, "FUEL": _fuel_claim,
    "WORKSHOP": _workshop_claim, "SUPPLIES": _supplies_claim, "OFFICE": _office_claim, "COMMS": _comms_claim,
    "EQUIPMENT": _equipment_claim,
}  # fmt: skip
PAYMENTS: dict[str, Callable[[random.Random, Scene], Draw]] = {
    "TRAVEL": _travel_payment, "FLIGHTS": _flights_payment, "PERDIEM": _per_diem_payment,
    "FUEL": _fuel_payment,
    "WORKSHOP": _workshop_payment, "SUPPLIES": _supplies_payment, "CONSULT": _consult_payment,
    "OFFICE": _office_payment, "COMMS": _comms_payment, "EQUIPMENT": _equipment_payment,
}  # fmt: skip


def draw(category: str, is_claim: bool, scene: Scene, rng: random.Random) -> Draw:
    """One purchase of a category, by a claim or on an invoice; what no tariff fixes grows with inflation."""
    purchase = (CLAIMS if is_claim else PAYMENTS)[category](rng, scene)
    if not purchase.is_fixed and category != "FUEL":
        purchase.amount *= (1 + INFLATION) ** scene.month
    return purchase
