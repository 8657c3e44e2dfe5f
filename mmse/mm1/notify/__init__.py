"""The push leg of MM1: bearers that carry finished PDUs to phones, each an `mmse.interfaces.INotifier`."""
