"""Suppliers as they would be in Nairobi, Kisumu, Mombasa and Turkana; every name is made up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Vendor:
    """A supplier: what it sells (`trade`), where (`town` or "any"), since which month of history."""

    code: str
    name: str
    trade: str
    town: str
    since_month: int = 0
    country: str = "KE"

    @property
    def tax_number(self) -> str:
        """A PIN in the Kenyan format that no tax office has given out."""
        return f"P000{self.code[-4:]}00X" if self.country == "KE" else ""


_TRADES: dict[str, tuple[tuple[str, str], ...]] = {
    "bus": (
        ("Ziwa Express Coaches", "any"),
        ("Savannah Shuttle Lines", "any"),
        ("Turkwel Safari Coaches", "Lodwar"),
        ("Bluewave Coast Coaches", "Mombasa"),
    ),
    "taxi": (
        ("Haraka Cabs", "Nairobi"),
        ("Lakeside Taxi Cooperative", "Kisumu"),
        ("Tudor Creek Taxis", "Mombasa"),
        ("Nawoitorong Boda and Taxi Sacco", "Lodwar"),
    ),
    "car_hire": (
        ("Mbali Safari Car Hire", "Nairobi"),
        ("Dunga Hill 4x4 Rentals", "Kisumu"),
        ("Loima Trail Vehicle Hire", "Lodwar"),
        ("Shanzu Car and Van Hire", "Mombasa"),
    ),
    "hotel": (
        ("Jacaranda Terrace Guest House", "Nairobi"),
        ("Hippo Bay Lodge", "Kisumu"),
        ("Lake Breeze Conference Hotel", "Kisumu"),
        ("Baobab Creek Hotel", "Mombasa"),
        ("Nyali Palms Suites", "Mombasa"),
        ("Desert Rose Camp Lodwar", "Lodwar"),
        ("Kerio View Guest House", "Lodwar"),
        ("Ridgeline Conference Centre", "Nairobi"),
    ),
    "airline": (("Kifaru Travel Agency", "Nairobi"), ("Twiga Wings Travel", "Nairobi")),
    "fuel": (
        ("Pamoja Petroleum Ngong Road", "Nairobi"),
        ("Pamoja Petroleum Kisumu", "Kisumu"),
        ("Dhow Energy Changamwe", "Mombasa"),
        ("Turkana Fuel Depot", "Lodwar"),
        ("Kanamkemer Service Station", "Lodwar"),
    ),
    "garage": (
        ("Fundi Bora Garage", "Nairobi"),
        ("Kondele Auto Works", "Kisumu"),
        ("Mwembe Tayari Motors", "Mombasa"),
        ("Lodwar Diesel and Tyre", "Lodwar"),
    ),
    "catering": (
        ("Mama Achieng Catering", "Kisumu"),
        ("Pilau House Caterers", "Mombasa"),
        ("Ekai Kitchen", "Lodwar"),
        ("Green Sufuria Outside Catering", "Nairobi"),
    ),
    "supplies": (
        ("Maji Bora Pumps and Pipes", "Kisumu"),
        ("Chapa Kazi Hardware", "Lodwar"),
        ("Rafiki Hygiene Products", "Nairobi"),
        ("Mkulima Seeds and Tools", "Kisumu"),
        ("Afya Njema Medical Supplies", "Nairobi"),
        ("Elimu Books and Stationers", "Mombasa"),
        ("Jua Kali Tanks and Fittings", "Lodwar"),
        ("Lake Basin Nutrition Supplies", "Kisumu"),
        ("Malindi Road School Furniture", "Mombasa"),
    ),
    "consultant": (
        ("Mizani Audit and Advisory", "Nairobi"),
        ("Umbuji Research Associates", "Nairobi"),
        ("Delta Lens Evaluations", "Kisumu"),
        ("Hodari Legal Advocates", "Nairobi"),
        ("Nyota Training Collective", "Nairobi"),
    ),
    "consultant_abroad": (
        ("Fjordlys Evaluation AS", "any"),
        ("Atelier Données Terrain SARL", "any"),
        ("Cedar Hollow Learning LLC", "any"),
    ),
    "office": (
        ("Karatasi Stationers", "Nairobi"),
        ("Oginga Office Mart", "Kisumu"),
        ("Pwani Paper and Print", "Mombasa"),
        ("Ekalale General Store", "Lodwar"),
        ("Safi Cleaning Supplies", "Nairobi"),
        ("Chai na Maziwa Provisions", "Nairobi"),
    ),
    "power": (("Umeme Taifa Power", "any"),),
    "water": (
        ("Nairobi Hills Water Services", "Nairobi"),
        ("Kisumu Lakefront Water", "Kisumu"),
        ("Kongowea Water and Sewerage", "Mombasa"),
        ("Lodwar Town Water", "Lodwar"),
    ),
    "waste": (("Taka Safi Waste Collectors", "any"),),
    "internet": (("Kasi Fibre Networks", "Nairobi"), ("Anga Wireless", "any")),
    "airtime": (("Sauti Mobile", "any"),),
    "software": (("Cloudbarn Software Inc", "any"), ("Formwell Data Collection Ltd", "any")),
    "landlord": (
        ("Lavington Court Properties", "Nairobi"),
        ("Milimani Lake Estates", "Kisumu"),
        ("Tudor Heights Properties", "Mombasa"),
        ("Ngakoriyiek Family Holdings", "Lodwar"),
    ),
    "security": (("Simba Watch Guards", "any"),),
    "equipment": (
        ("Kompyuta Centre", "Nairobi"),
        ("Solar Nuru Systems", "Kisumu"),
        ("Bandari Office Machines", "Mombasa"),
        ("Tech Bazaar Lakeside", "Kisumu"),
    ),
}
_LATER = {
    "Desert Rose Camp Lodwar": 6,
    "Dunga Hill 4x4 Rentals": 9,
    "Tech Bazaar Lakeside": 13,
    "Nyali Palms Suites": 16,
}
_ABROAD = {
    "Fjordlys Evaluation AS": "NO",
    "Atelier Données Terrain SARL": "FR",
    "Cedar Hollow Learning LLC": "US",
    "Cloudbarn Software Inc": "US",
    "Formwell Data Collection Ltd": "GB",
}


def _all_vendors() -> tuple[Vendor, ...]:
    vendors: list[Vendor] = []
    for trade, members in _TRADES.items():
        for name, town in members:
            code = f"V-{1001 + len(vendors)}"
            vendors.append(Vendor(code, name, trade, town, _LATER.get(name, 0), _ABROAD.get(name, "KE")))
    return tuple(vendors)


VENDORS = _all_vendors()


def vendors_of(trade: str, town: str, month: int) -> list[Vendor]:
    """Suppliers of a trade that serve a town in a month of history; those of other towns if there is none.

    :param month: months after the first month of history.
    """
    known = [vendor for vendor in VENDORS if vendor.trade == trade and vendor.since_month <= month]
    return [vendor for vendor in known if vendor.town in (town, "any")] or known
