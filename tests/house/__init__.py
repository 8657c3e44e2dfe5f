"""The house itself: packaging, contracts of the layers, rules that read the source."""
