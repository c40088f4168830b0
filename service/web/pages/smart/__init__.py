"""The SMART app: launched from an EHR, reading and writing with its user's token."""
