"""MM2: where MMs, their content, reports, charging events and trails are kept. Only this package knows SQL."""
