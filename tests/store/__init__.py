"""What the contract of message stores does not see: files, faults, plans, the threads."""
