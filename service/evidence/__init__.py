"""The literature as data: TOML files, read by strict schemas into frozen dataclasses."""
