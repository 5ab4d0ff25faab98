"""How cells are written: the one list of what counts as missing, true, a number or a date."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Spelling:
    """How the cells of one column are written, found from all of them."""

    # "." or ","
    decimal: str = "."
    # "dmy", "mdy" or "ymd": how 03/04/2021 is read; "my" where Feb-23 is a month with its year; ""
    # where no cell tells
    date_order: str = ""
    # What stands beside the numbers, such as "%", "€" or "mg"; other units count as missing
    unit: str = ""
    # Words and marks that mean missing in this column alone
    missing: tuple[str, ...] = ()
    # A cell with the other decimal mark is read with that one
    both_marks: bool = False
    # The unit is per cent, and cells without it are fractions: 16.7% is 0.167
    fractions: bool = False
    # Years of two digits lie in the hundred years from this one; 0 if there are none
    first_year: int = 0
    # Numbers among the dates are those of Excel: 44982 is 2023-02-25
    serials: bool = False
    # B, G and T beside a number are multiples, as K and M are
    multiples: bool = False
    # Of a column of presence: the values that are one, in lower case; empty: any is
    values: tuple[str, ...] = ()


# As programs write them. Files are read with these as they stand; see MISSING_TEXT.
MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NaT", "NULL", "null", "<NA>", "?")
# Stripped and in lower case, as cells are compared after reading.
MISSING_TEXT = frozenset(map(str.lower, MISSING))
# Those that could also be a value, such as NA for Namibia: a note counts them. In lower case.
DOUBTFUL_MISSING = frozenset({"na", "n/a", "null"})
# Missing in a column of numbers or dates; elsewhere they are values. In lower case.
PLACEHOLDERS = frozenset(
    {
        *("-", "--", "---", "\u2013", "\u2014", ".", "..", "...", "*", "**", "/"),
        *("none", "nil", "(null)", "\\n", "(none)", "[null]", "#null!", "#div/0!", "#value!"),
        *("#ref!", "#name?", "#num!", "#error!", "unknown", "unk", "missing", "n.a.", "n.a", "na."),
        *("n.d.", "nd", "not available", "not applicable", "not known", "not done", "undefined"),
        *("k.a.", "k. a.", "unbekannt", "fehlt", "inconnu", "desconocido", "empty", "blank", "tbd"),
    }
)
TRUE_TEXT = frozenset({"true", "yes", "y", "t"})
FALSE_TEXT = frozenset({"false", "no", "n", "f"})

# Blanks of all kinds, apostrophes, minus signs, and the digits and marks of other scripts, as they
# are compared.
SAME_MARKS = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u202f\u2009\u2007\t", " "),
        **dict.fromkeys("\u2019\u02bc\u00b4`", "'"),
        **dict.fromkeys("\u2212\u2013\ufe63\uff0d", "-"),
        **{chr(zero + k): str(k) for zero in (0x660, 0x6F0, 0xFF10) for k in range(10)},
        **dict.fromkeys("\u066b\uff0e", "."),
        **dict.fromkeys("\u066c\uff0c", ","),
    }
)
# ISO 4217, the codes that tables hold most.
_CODES = (
    *("AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP"),
    *("EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "MXN", "MYR"),
    *("NGN", "NOK", "NZD", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SEK"),
    *("SGD", "THB", "TRY", "TWD", "UAH", "USD", "VND", "ZAR"),
)
CURRENCY = (
    r"(?:[A-Z]{1,3}[$£]|[$€£¥฿\u20a0-\u20cf]|(?:" + "|".join(_CODES) + r")(?![A-Za-z])"
    r"|kr\.?(?![a-z])|zł|Kč|Ft(?![a-z])|R[sp]\.?(?![a-z])|Fr\.|SFr\.?|лв|руб\.?)"
)
# Letters and the like, such as mg, mg/dL, kg/m2, °C; digits only as a power.
_WORD = r"(?:[^\W\d_]|[°²³])+"
UNIT = (
    rf"(?:[%‰]|{_WORD}(?:[ /·*^-]{_WORD})*(?:(?<=m)[23])?\.?"
    rf"|(?:[x×*] ?)?10(?:\^[0-9]{{1,2}}|[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,2}})/{_WORD})"  # 10^9/L
)
# Different signs of one currency, as :func:`rarebit.datasets.columns.numbers.same_unit` has them.
CURRENCY_CODES = {
    "€": "eur",
    "$": "usd",
    "us$": "usd",
    "£": "gbp",
    "¥": "jpy",
    "₹": "inr",
    "₽": "rub",
    "руб": "rub",
    "₩": "krw",
    "₺": "try",
    "₪": "ils",
    "฿": "thb",
    "₫": "vnd",
    "₴": "uah",
    "₦": "ngn",
    "₱": "php",
    "zł": "pln",
    "kč": "czk",
    "ft": "huf",
    "rp": "idr",
    "fr": "chf",
    "sfr": "chf",
}
# Amounts in these have no decimals: Rp 1.000 is a thousand.
WHOLE_CURRENCIES = frozenset({"clp", "huf", "idr", "isk", "jpy", "krw", "vnd"})
# 2.5K is 2500; a K after a blank is a unit.
MULTIPLIERS = {
    **dict.fromkeys(("k", "K", "Tsd"), "e3"),
    **dict.fromkeys(("M", "Mio"), "e6"),
    **dict.fromkeys(("Mrd", "bn", "Bn", "BN"), "e9"),
}
_TIMES = (
    rf"(?:[kKM](?![^\W\d_]|/)|[BT](?= ?{CURRENCY}$)| ?(?:Tsd|Mio|Mrd|bn|Bn|BN)(?:\.|(?![^\W\d_])))"
)
# Units that are multiples beside a currency, and in a column that also holds K or M: 805.2B.
MULTIPLES = {"B": "e9", "G": "e9", "T": "e12"}
# A number in any spelling: what stands before and after it, and its digits and marks.
NUMBER_PARTS = re.compile(
    rf"(?P<limit>[<>≤≥~≈]=?)? ?(?P<sign>[+-])? ?(?P<before>{CURRENCY})? ?(?P<inner>[+-])?"
    r"(?P<body>[0-9.,][0-9.,' _]*?)(?P<power>[eE][+-]?[0-9]+|[dD][+-][0-9]+)?"
    rf"(?P<times>{_TIMES})?(?P<over>\+(?=$))?(?P<trailing>-(?= ?(?:{CURRENCY})?$))?"
    rf" ?(?P<after>{CURRENCY}|{UNIT})?(?P<last>-)?"
)
# A number without sign and unit, as it stands in a header or with a decimal point.
NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")

# 03/04/2021 is March or April: the order is found from all cells of the column.
ORDERED_DATE = re.compile(
    r"(?P<first>\d{1,4})(?P<mark>[/.-])(?P<second>\d{1,2})(?P=mark)(?P<third>\d{4}|\d{1,2})\.?"
)
# Hours ahead of UTC, of abbreviations that mean one time zone.
ZONES = {
    "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "SAST": 2, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
# Those that mean several, such as those of Chicago and Shanghai.
DOUBTFUL_ZONES = ("CST", "IST", "BST", "AST", "ADT", "SST", "GST", "ECT")
NAMED_DATE = re.compile(
    r"(?:[^\W\d_]{2,10}\.?,? )?"  # the day of the week
    r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?[. /-]{0,2}(?:de |of )?(?P<month>[^\W\d_]{3,10})"
    r"|(?P<month2>[^\W\d_]{3,10})\.?[ -]?(?P<day2>\d{1,2})(?:st|nd|rd|th)?(?=\D))"
    r"[., /-]{0,2}(?:de |del )?(?P<year>\d{4}|\d{2})"
)
CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.]|h)(?P<minute>\d{2})(?:[:.](?P<second>\d{2}(?:[.,]\d+)?))?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?(?: Uhr)?(?: ?(?:Z|UTC|GMT|(?P<zone>[+-]\d{2}:?\d{2})"
    rf"|(?P<zone_name>{'|'.join(ZONES)})))?"
)
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d.*)?")
# A month with its year, such as 2023-02, 02/2023 and Feb 2023.
MONTH = re.compile(
    r"(?P<year>(?:19|20)\d{2})[-/.](?P<number>\d{2})|(?P<number2>\d{1,2})[-/.](?P<year2>(?:19|20)\d{2})"
    r"|(?P<word>[^\W\d_]{3,10})\.?[ /-](?:de |del )?(?P<year3>(?:19|20)\d{2})"
)
# Feb-23: a month with its year or with a day, as the whole column tells.
MONTH_AND_NUMBER = re.compile(r"(?P<word>[^\W\d_]{3,10})\.?[ /'-]{1,2}(?P<number>\d{2})")
# A day as Excel counts it, from 1899-12-30.
SERIAL_DATE = re.compile(r"[1-9]\d{4}(?:\.\d+)?")
# English, German, French, Spanish, Italian, Dutch and Portuguese; the first letters are enough.
MONTHS = (
    ("jan", "jän", "ene", "gen"),
    ("feb", "fév", "fev"),
    ("mar", "mär", "mrz", "maerz", "mrt", "maa"),
    ("apr", "avr", "abr"),
    ("may", "mai", "mag", "mei"),
    ("jun", "juin", "giu"),
    ("jul", "juil", "lug"),
    ("aug", "aoû", "aou", "ago"),
    ("sep", "set"),
    ("oct", "okt", "ott", "out"),
    ("nov",),
    ("dec", "dez", "déc", "dic"),
)
# Stand for "no date" in databases and spreadsheets. The first is never a date.
ZERO_DATE = re.compile(r"0{4}-00-00.*|00[/.]00[/.]0{2,4}.*|0{8}")
SENTINEL_DATES = (
    *("9999-12-31", "9999-01-01", "2999-12-31", "2099-12-31"),
    *("2262-04-11", "2200-01-01", "3000-01-01", "3000-12-31"),
    *("1900-01-01", "1899-12-30", "1970-01-01", "1753-01-01", "0001-01-01", "1111-11-11"),
)
