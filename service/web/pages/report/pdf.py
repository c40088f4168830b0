"""The report as a PDF: one sheet of A4 or Letter, tagged for screen readers, the same bytes for the same assessment."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from importlib import resources
from importlib.util import find_spec
from typing import TYPE_CHECKING

from service.clinical.assessment import Assessment
from service.errors import NotAcceptable, Problem
from service.evidence.loader import Evidence
from service.web.pages.assessment.values import page_values
from service.web.pages.report.words import Paper, report_words

if TYPE_CHECKING:
    import typst

PDF_TYPE = "application/pdf"
FILE_NAME = "claudication-report.pdf"
_NEEDED = ("typst", "fontpkg_ibm_plex_sans")
_REMEMBERED_FOR = 10
"""Documents for which Typst keeps what it has not needed again."""


def can_make_reports() -> bool:
    """Whether what makes them is installed: it is an extra, and half of the size of everything else."""
    return all(find_spec(name) is not None for name in _NEEDED)


def report_pdf(
    assessment: Assessment, *, evidence: Evidence, as_of: datetime, patient_reference: str, paper: Paper = Paper.A4
) -> bytes:
    """The PDF. Raises NotAcceptable, which names the remedy, where the extra is not installed."""
    if not can_make_reports():
        raise NotAcceptable(
            Problem(
                issue_type="not-supported",
                diagnostics=f"{PDF_TYPE} cannot be made here: what makes it is not installed. Whoever runs this installs it with "
                "pip install 'claudication-cds[report]'; the same is there as application/fhir+json, and as a page to print at /",
            )
        )
    values = page_values(assessment, evidence, {}, as_of=as_of)
    words = report_words(values, as_of=as_of, patient_reference=patient_reference, paper=paper)
    return _set(json.dumps(words, ensure_ascii=False))


def _set(words: str) -> bytes:
    import typst  # 80 MB that a start need not wait for

    template = (resources.files("service.web.pages.report") / "report.typ").read_bytes()
    made = typst.compile(
        template,
        format="pdf",
        # The font of the package and none of the machine's: another machine must not give another sheet.
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"told": words},
        # For screen readers: what does not hold to it is not written.
        pdf_standards="ua-1",
    )
    # Parts of a document are remembered while the next ones are set, which here are other patients' and need 200 MB: empty ones make it forget.
    for _ in range(_REMEMBERED_FOR + 1):
        typst.compile(b"", format="pdf", font_paths=_fonts(), ignore_system_fonts=True)
    return made


@cache
def _fonts() -> typst.Fonts:
    import typst  # as above

    return typst.Fonts(include_system_fonts=False, font_paths=[str(resources.files("fontpkg_ibm_plex_sans") / "files")])
