"""What everything in this room needs: where it is missing, one line names the extra."""

from rarebit._common.optional import import_extra

import_extra("torch")
