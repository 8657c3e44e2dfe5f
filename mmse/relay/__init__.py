"""The MMS Relay (TS 23.140 clause 6): service logic over the interfaces; it never sees a byte of a protocol."""
