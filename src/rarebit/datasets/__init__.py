"""Tables: reading, the roles of columns, the registry of named data sets."""
