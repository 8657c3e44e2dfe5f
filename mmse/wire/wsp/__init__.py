"""WSP values, header names, media types and the binary multipart (WAP-230-WSP 8.4, 8.5 and assigned numbers)."""
