"""Short messages as carriers: user data headers, segmentation, TPDUs (3GPP TS 23.040, TS 23.038)."""
