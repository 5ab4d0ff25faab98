"""How cells are written: the one list of what counts as missing, true, a number or a date."""

from __future__ import annotations

import re

# As programs write them. Files are read with these as they stand; see MISSING_TEXT.
MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NaT", "NULL", "null", "<NA>", "?")
# Stripped and in lower case, as cells are compared after reading.
MISSING_TEXT = frozenset(map(str.lower, MISSING))
TRUE_TEXT = frozenset({"true", "yes", "y", "t"})
FALSE_TEXT = frozenset({"false", "no", "n", "f"})

NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
# Three digits after a comma may be thousands.
DECIMAL_COMMA = re.compile(r"[+-]?\d+,(?!\d{3}$)\d+")
DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
# 12.5 %, $1,234.50, -3 €: the unit is taken to be the same in the whole column.
WITH_UNIT = re.compile(r"([+-]?)\s?[$€£¥]?\s?(\d[\d.,]*|\.\d+)\s?[$€£¥%]?")

# Dates that can be read in one way only: 03/04/2021 is March or April, and is not here.
DATE_FORMATS = (
    (re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?"), "ISO8601"),
    (re.compile(r"\d{4}/\d{1,2}/\d{1,2}"), "%Y/%m/%d"),
    (re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}"), "%d.%m.%Y"),
    (re.compile(r"\d{1,2} [A-Za-z]{3} \d{4}"), "%d %b %Y"),
)
AMBIGUOUS_DATE = re.compile(r"\d{1,2}[/-]\d{1,2}[/-](\d{2}|\d{4})")
