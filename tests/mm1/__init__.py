"""MM1: the phones' door over HTTP, in memory: real channels, a recorded relay, and the real one."""
