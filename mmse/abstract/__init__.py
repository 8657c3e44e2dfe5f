"""TS 23.140 in values: pure data and pure functions, which everything else speaks."""
