"""Makes up whole schemas, valid ones, from a seed: names, types, defaults and relations that nobody would think of."""

from __future__ import annotations

from random import Random

from prisma.generator.names import attribute_name

NATIVE = {
    "String": [
        "",
        "Text",
        "VarChar(9)",
        "VarChar",
        "Char(9)",
        "Char",
        "Citext",
        "Uuid",
        "Inet",
        "Xml",
        "Bit(9)",
        "Bit",
        "VarBit(9)",
        "VarBit",
    ],
    "Int": ["", "Integer", "SmallInt", "Oid"],
    "BigInt": ["", "BigInt"],
    "Float": ["", "Real", "DoublePrecision"],
    "Decimal": ["", "Decimal", "Decimal(9, 2)", "Money"],
    "DateTime": ["", "Timestamp(0)", "Timestamp", "Timestamptz(3)", "Timestamptz", "Date", "Time(6)", "Time", "Timetz"],
    "Boolean": [""],
    "Json": ["", "Json", "JsonB"],
    "Bytes": ["", "ByteA"],
}

DEFAULTS = {
    "String": ['"x"', '""', '"it\'s"', '"a\\"b\\\\"'],
    "Int": ["0", "7"],
    "BigInt": ["-5", "9007199254740993"],
    "Float": ["1.5", "-0.25", "3"],
    "Decimal": ["1", "0.25", "-3.50"],
    "DateTime": ["now()", '"2020-02-29T10:11:12Z"', '"2020-02-29T10:11:12.123+02:00"'],
    "Boolean": ["true", "false"],
    "Json": ['"{}"', '"[1, 2.5, null]"', '"\\"s\\""', '"5"', '"{\\"b\\": {\\"a\\": [true]}}"'],
    "Bytes": ['"aGk="', '""', '"//79"'],
}

# Where any text would do for one native type, others want one of a certain form.
TEXT_DEFAULTS = {
    "Uuid": '"0190b7a4-7f2c-7b1e-8a55-0123456789ab"',
    "Inet": '"10.0.0.1/8"',
    "Bit": '"1"',
    "Xml": '"<a/>"',
}
PLAIN_TEXT = ("", "Text", "VarChar", "VarChar(9)", "Citext", "Char(9)")

KEYS = [
    "Int @id",
    "Int @id @default(autoincrement())",
    "String @id @default(uuid()) @db.Uuid",
    "BigInt @id",
    "String @id",
]

WORDS = (
    "id name type class date json copy schema order user select group from model value status kind none true false null"
    " self list dict int str table column index key enum view field count sum bytes time float decimal any uuid field_"
    " HTTPCode isOK userID user2 aB x_y Z camelCaseName SHOUT snake_case trailing_ a1b2 limit offset current_user"
    " timestamp left right row rows validate from_json left_to_database annotated model_fields model_dump lambda"
).split()

HEAD = """
datasource db {
  provider   = "postgresql"
  extensions = [citext]
  schemas    = ["first", "Second one"]
}

generator client {
  provider        = "prisma-client"
  previewFeatures = ["postgresqlExtensions"]
}
"""


def random_schema(seed: int, models: int = 20) -> str:
    """The text of a schema with so many models; the same for the same seed."""
    return _Writer(Random(seed), models).write()  # noqa: S311 - made up, not secret


class _Writer:
    def __init__(self, random: Random, models: int) -> None:
        self.random = random
        stems = ["Model", "model", "Tbl_", "Field", "date", "Text", "Contract"]
        self.models = [f"{random.choice(stems)}{number}" for number in range(models)]
        self.enums = {f"{random.choice(['En', 'status', 'Kind_'])}{n}": self._values() for n in range(5)}
        self.keys = {model: random.choice(KEYS) for model in self.models}
        self.lines = {model: [f"key {self.keys[model]}"] for model in self.models}

    def _values(self) -> list[str]:
        return self.random.sample(WORDS, self.random.randint(1, 6))

    def _is(self, chance: float) -> bool:
        return self.random.random() < chance

    def write(self) -> str:
        blocks = [HEAD, *(self._enum(name, values) for name, values in self.enums.items())]
        for model in self.models:
            self._fields(model)
        for model in self.models:
            self._relations(model)
        return "\n\n".join([*blocks, *map(self._model, self.models)]) + "\n"

    def _place(self, name: str) -> list[str]:
        mapped = [f'@@map("{name} mapped")'] if self._is(0.3) else []
        return [f'@@schema("{self.random.choice(["first", "Second one"])}")', *mapped]

    def _enum(self, name: str, values: list[str]) -> str:
        mapped = (f'{value} @map("{value}\'s")' if self._is(0.3) else value for value in values)
        return f"enum {name} {{\n  " + "\n  ".join([*mapped, *self._place(name)]) + "\n}"

    def _model(self, name: str) -> str:
        return f"model {name} {{\n  " + "\n  ".join([*self.lines[name], *self._place(name)]) + "\n}"

    def _fields(self, model: str) -> None:
        taken = {"key"}
        indexable = []
        for word in self.random.sample(WORDS, self.random.randint(4, 16)):
            if attribute_name(word) in taken:
                continue
            taken.add(attribute_name(word))
            if self._is(0.15):
                self.lines[model].append(self._enum_field(word))
                continue
            kind = self.random.choice(list(NATIVE))
            native = self.random.choice(NATIVE[kind])
            shape = self.random.choice(["", "", "?", "[]"])
            marks = [f"@db.{native}"] if native else []
            marks += self._default(kind, native, shape)
            marks += [f'@map("{word} column")'] if self._is(0.15) else []
            marks += ["@ignore"] if self._is(0.05) else []
            if "@ignore" not in marks and shape != "[]" and kind != "Json" and native != "Xml":
                indexable.append(word)
            self.lines[model].append(" ".join([f"{word} {kind}{shape}", *marks]))
        if len(indexable) > 1:
            self.lines[model].append(f"@@{self.random.choice(['index', 'unique'])}([{', '.join(indexable[:2])}])")

    def _enum_field(self, word: str) -> str:
        name, values = self.random.choice(list(self.enums.items()))
        shape = self.random.choice(["", "?", "[]"])
        if self._is(0.5):
            return f"{word} {name}{shape}"
        several = f"[{', '.join(values[: self.random.randint(0, len(values))])}]"
        return f"{word} {name}{shape} @default({several if shape == '[]' else values[0]})"

    def _default(self, kind: str, native: str, shape: str) -> list[str]:
        value = self.random.choice(DEFAULTS[kind])
        if kind == "String" and native not in PLAIN_TEXT:
            value = TEXT_DEFAULTS.get(native, "")
        if not value or self._is(0.5) or (shape == "[]" and (kind == "Json" or "()" in value)):
            return []
        return [f"@default([{value}, {value}])" if shape == "[]" else f"@default({value})"]

    def _relations(self, model: str) -> None:
        for number in range(self.random.randint(0, 2)):
            target = self.random.choice(self.models)
            kind, *marks = self.keys[target].replace(" @id", "").split()
            native = " ".join(mark for mark in marks if mark.startswith("@db"))
            optional = self.random.choice(["", "?"])
            action = self.random.choice(["", ", onDelete: Cascade", ", onDelete: NoAction"])
            column, name = f"reference{number}", f"{model}To{target}By{number}"
            self.lines[model] += [
                f"{column} {kind}{optional} {native}",
                f'to{number} {target}{optional} @relation("{name}", fields: [{column}], references: [key]{action})',
            ]
            self.lines[target].append(f'from{model}By{number} {model}[] @relation("{name}")')
        if self._is(0.3):
            target = self.random.choice(self.models)
            self.lines[model].append(f'many{target} {target}[] @relation("Many{model}")')
            self.lines[target].append(f'manyOf{model} {model}[] @relation("Many{model}")')
