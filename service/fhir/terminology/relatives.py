"""Who in a family is a first-degree relative by blood: parent, child, full brother or sister."""

from __future__ import annotations

from service.fhir.terminology.code import SNOMED

_ROLE_CODES = frozenset({"http://terminology.hl7.org/CodeSystem/v3-RoleCode", "http://hl7.org/fhir/v3/RoleCode"})
_FIRST = "FTH MTH PRN NFTH NMTH NPRN BRO SIS SIB NBRO NSIS NSIB TWIN TWINBRO TWINSIS FTWIN ITWIN CHILD NCHILD SON DAU SONC DAUC"
_FARTHER = """GRPRN GRFTH GRMTH MGRFTH MGRMTH MGRPRN PGRFTH PGRMTH PGRPRN GGRPRN GGRFTH GGRMTH AUNT MAUNT PAUNT UNCLE MUNCLE PUNCLE COUSN MCOUSN PCOUSN
NEPHEW NIECE NIENEPH GRNDCHILD GRNDSON GRNDDAU HSIB HBRO HSIS INLAW BROINLAW SISINLAW FTHINLAW MTHINLAW PRNINLAW SIBINLAW CHLDINLAW DAUINLAW SONINLAW
STPPRN STPFTH STPMTH STPSIB STPBRO STPSIS STPCHLD STPDAU STPSON PRNFOST FTHFOST MTHFOST CHLDFOST DAUFOST SONFOST ADOPTP ADOPTF ADOPTM CHLDADOPT DAUADOPT
SONADOPT SPS HUSB WIFE DOMPART SIGOTHR"""

FIRST_DEGREE = frozenset(
    {
        *((system, code) for system in _ROLE_CODES for code in _FIRST.split()),
        # Mother, father, sister, brother.
        *((SNOMED, code) for code in ("72705000", "66839005", "27733009", "70924004")),
    }
)
FARTHER = frozenset((system, code) for system in _ROLE_CODES for code in _FARTHER.split())
"""Relatives farther away, half, in law, by marriage, adopted or fostered."""
