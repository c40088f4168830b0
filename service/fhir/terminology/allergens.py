"""Substances and allergies that decide about contrast: iodinated agents, gadolinium agents, and what is often taken for one of them.

Substance identifiers as the DICOM lists of contrast agents carry them, each with its medicinal product.
"""

from __future__ import annotations

from service.fhir.terminology.code import SNOMED

CONTRAST_MEDIA = frozenset({(SNOMED, code) for code in ("293637006", "385420005", "419098001")})
"""Allergy to contrast media; contrast media; radiographic contrast media: the agent is not named."""

IODINATED = frozenset(
    (SNOMED, code)
    for code in (
        "1340006004",  # ionic iodinated radiographic contrast media
        "1340009006",  # non-ionic iodinated radiographic contrast media
        "395750001",  # iodixanol
        "353962003",
        "395751002",  # iohexol
        "109218004",
        "395754005",  # iopamidol
        "109219007",
        "395756007",  # iopromide
        "353903006",
        "395981002",  # iothalamate
        "353912008",
        "395759000",  # ioversol
        "109222009",
        "395753004",  # iomeprol
        "356671000",
        "409485008",  # ioxilan
        "409484007",
        "412228003",  # ioxaglate
        "712698009",  # ioxitalamate
        "395875009",  # sodium amidotrizoate
        "47192000",  # meglumine amidotrizoate
    )
)

GADOLINIUM = frozenset(
    (SNOMED, code)
    for code in (
        "58281002",  # gadolinium
        "768763008",
        "418351005",  # gadobutrol
        "407976008",
        "414308003",  # gadobenate
        "792865009",
        "396067007",  # gadodiamide
        "354088005",
        "109216000",  # gadopentetate
        "712714000",  # gadoterate
        "420600009",  # gadoteridol
        "353946009",
        "409476008",  # gadoversetamide
        "409477004",
        "440223009",  # gadoxetate
    )
)

NO_KNOWN_ALLERGY = frozenset({(SNOMED, code) for code in ("716186003", "409137002")})
"""No known allergy; no known drug allergy. Neither speaks of contrast by name."""
