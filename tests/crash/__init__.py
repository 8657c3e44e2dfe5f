"""The real process killed under load, and the books of phones compared (RELIABILITY D1): ``make crash``."""
