"""The relay on the memory store, with a clock that is turned by hand and agents that do as they are told."""
