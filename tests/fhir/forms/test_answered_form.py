"""What a clinician answers in the app: a form that any reader of the record understands as it was meant, and orders that are sent with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from service.clinical.vocabulary import VOCABULARY, Kind
from service.evidence.loader import load_evidence
from service.fhir.answer import Output
from service.fhir.bundle import open_bundle
from service.fhir.exchange.chosen_orders import chosen_orders, orders_of, own_code
from service.fhir.exchange.record_queries import RECORD_QUERIES
from service.fhir.exchange.record_scopes import record_scopes
from service.fhir.extract import extract
from service.fhir.forms.answered_form import AnsweredForm, allowed_answers, with_form
from service.fhir.forms.own_forms import FORM_SYSTEM
from service.fhir.mapping import DeploymentCodes
from service.fhir.own_identity import is_ours, tagged
from service.fhir.patient_banner import patient_banner
from service.pipeline import assess_bundle
from tests.claudicant import claudicant
from tests.fhir.entries import LIMITS
from tests.web.conftest import NOW

ANSWERABLE = sorted(code for code in VOCABULARY if allowed_answers(code))
answers = some.dictionaries(some.sampled_from(ANSWERABLE), some.integers(0, 9), max_size=8).map(
    lambda chosen: {code: allowed_answers(code)[number % len(allowed_answers(code))] for code, number in chosen.items()}
)


def form(answers: dict[str, str], identity: str = "5d0c1a52-1c0e-4d0f-9a61-6a4f0a3c7e18") -> AnsweredForm:
    return AnsweredForm(identity=identity, patient_id="invented-1", author="Practitioner/1", authored=NOW, answers=answers)


def record(*resources: dict[str, Any]) -> dict[str, Any]:
    patient = {"resourceType": "Patient", "id": "invented-1"}
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in (patient, *resources)]}


@given(answers)
def test_every_answer_is_read_back_as_it_was_given_and_nothing_else(given_answers: dict[str, str]) -> None:
    bundle = with_form(record(), form(given_answers))
    said = extract(open_bundle(bundle), as_of=NOW, codes=DeploymentCodes(), limits=LIMITS)
    read = {finding.code: finding.value for finding in said.findings if finding.code in given_answers}
    meant = {code: value == "true" if VOCABULARY[code].kind is Kind.BOOLEAN else value for code, value in given_answers.items()}
    assert read == meant
    assert not any("Questionnaire" in issue.detail for issue in said.issues)


def test_numbers_several_choices_and_what_nobody_is_asked_are_not_answered_with_a_word() -> None:
    for code in ("walking-distance-m", "symptom-site", "lowest-leg-power-mrc", "leg-amputated-right", "no-such-finding"):
        assert allowed_answers(code) == ()
    assert allowed_answers("symptom-side") == ("right", "left", "both")
    assert allowed_answers("fever") == ("true", "false")


def test_the_same_input_whether_the_form_was_written_already_or_not() -> None:
    answered = form({"fever": "true"})
    earlier = form({"fever": "false"})
    another = form({"fever": "true"}, identity="7d0c1a52-1c0e-4d0f-9a61-6a4f0a3c7e18")
    stored = [{**one.resource, "id": f"stored-{number}"} for number, one in enumerate((answered, earlier))]
    assert with_form(record(*stored), answered) == with_form(record(), answered)
    kept = with_form(record(another.resource, {"id": "no-type"}), form({}))
    assert [entry["resource"] for entry in kept["entry"]][1:] == [another.resource, {"id": "no-type"}]
    assert answered.id != earlier.id != another.id
    assert answered.resource["identifier"]["system"] == FORM_SYSTEM
    # Yes, then no, then yes again: the last word is another form, not the first one over again, which the no would outlive.
    assert replace(answered, authored=NOW + timedelta(minutes=2)).id != answered.id


def test_a_form_counts_even_where_it_is_told_apart_by_a_tag() -> None:
    assert not is_ours(tagged(form({"fever": "true"}).resource))
    assert is_ours(tagged({"resourceType": "ServiceRequest", "id": "x"}))


def test_chosen_orders_leave_with_the_form_and_name_what_stays_behind() -> None:
    answered = form(dict.fromkeys(("leg-pain-on-walking", "relieved-by-standing-still", "relief-within-10-minutes"), "true"))
    unasked = claudicant()
    unasked["entry"] = [one for one in unasked["entry"] if one["resource"]["resourceType"] != "QuestionnaireResponse"]
    whole = assess_bundle(with_form(unasked, answered), load_evidence(), as_of=NOW, output=Output.TRANSACTION).bundle
    chosen = orders_of(whole)[0]
    sent = chosen_orders(whole, {chosen["id"]}, answered)
    assert [entry["resource"]["resourceType"] for entry in sent["entry"]] == ["QuestionnaireResponse", "ServiceRequest"]
    assert sent["type"] == "transaction"
    within = {entry["fullUrl"] for entry in sent["entry"]}
    references = [one["reference"] for one in sent["entry"][1]["resource"]["supportingInfo"] if "reference" in one]
    assert answered.entry["fullUrl"] in references
    assert all(one in within or not one.startswith("urn:") for one in references)
    assert "identifier" in sent["entry"][1]["resource"]["requester"]
    assert chosen_orders(whole, set(), form({}))["entry"] == []
    assert (own_code(chosen), own_code({"code": {"coding": [{"system": "http://loinc.org", "code": "x"}]}})) == (
        chosen["code"]["coding"][0]["code"],
        "",
    )


def test_what_is_asked_of_an_ehr_is_each_type_once_and_no_more_than_is_done_with_it() -> None:
    scopes = record_scopes(RECORD_QUERIES).split()
    assert scopes[:3] == ["patient/Patient.r", "patient/Observation.rs", "patient/QuestionnaireResponse.crs"]
    assert len(scopes) == len(set(scopes)) == len({query.resource_type for query in RECORD_QUERIES})
    assert {one for one in scopes if one.endswith(".crs")} == {
        "patient/QuestionnaireResponse.crs",
        "patient/ServiceRequest.crs",
    }
    assert not any("u" in one.partition(".")[2] or "d" in one.partition(".")[2] for one in scopes)


def test_who_the_patient_is_as_the_record_says_it() -> None:
    def of(**patient: Any) -> tuple[str, str, str]:
        found = patient_banner({"entry": [{"resource": {"resourceType": "Patient", **patient}}]})
        return found.name, found.birth_date, found.sex

    nobody = ("name not known", "birth date not known", "sex not known")
    assert of() == nobody
    assert (patient_banner({"entry": []}).name, of(name=[{"given": "Kim"}])[0]) == (nobody[0], nobody[0])
    names = [{"text": "Kimmy"}, {"use": "usual", "given": ["Kim"]}, {"use": "official", "family": "Óg", "given": ["Kim", "A."]}]
    assert of(name=names, birthDate="1955", gender="other") == ("ÓG, Kim A.", "1955", "other")
    assert of(name=names[:2])[0] == "Kim"
    assert of(name=names[:1])[0] == "Kimmy"
    assert of(birthDate=1955, gender=["male"]) == nobody
