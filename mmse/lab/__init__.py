"""The lab: an SMS centre, and handsets that speak to any MMSC, on the wire layers of mmse itself."""
