"""MM1: the phone's reference point (OMA-TS-MMS_CTR, OMA-TS-MMS_ENC)."""
