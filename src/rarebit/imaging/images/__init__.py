"""Images and their labels: reading, checking, duplicates, splits."""
