"""Whose Bundle it is, what its references mean, and what of it is not used and why."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clinical.data_issues import DataIssue, IssueCode
from service.errors import BadRequest, InvalidResource, Unprocessable
from service.fhir.bundle import BUNDLE_TYPES, OpenedBundle, open_bundle

Json = dict[str, Any]
EHR = "https://ehr.example/fhir"
OTHER = "https://other.example/fhir"
PATIENT: Json = {"resourceType": "Patient", "id": "p1", "identifier": [{"system": "urn:mrn", "value": "77"}]}


def pressure(identity: str | None = "o1", subject: Any = "Patient/p1", **more: Any) -> Json:
    resource: Json = {"resourceType": "Observation", "status": "final", "code": {"text": "Ankle pressure"}, **more}
    if identity:
        resource["id"] = identity
    if subject:
        resource["subject"] = {"reference": subject} if isinstance(subject, str) else subject
    return resource


def entry(resource: Any, full_url: str = "", **more: Any) -> Json:
    return {"resource": resource, **({"fullUrl": full_url} if full_url else {}), **more}


def opened(*entries: Json, kind: str = "collection") -> OpenedBundle:
    return open_bundle({"resourceType": "Bundle", "type": kind, "entry": list(entries)})


def references(bundle: OpenedBundle) -> list[str]:
    return [one.reference for one in bundle.entries]


def codes(issues: tuple[DataIssue, ...]) -> list[IssueCode]:
    return [issue.code for issue in issues]


class TestEnvelope:
    @pytest.mark.parametrize("kind", [*BUNDLE_TYPES, "transaction-response", "batch-response"])
    def test_every_type_that_carries_a_record_is_read(self, kind: str) -> None:
        bundle = opened(entry(PATIENT), entry(pressure()), kind=kind)

        assert bundle.patient_reference == "Patient/p1"
        assert references(bundle) == ["Observation/o1"]
        assert bundle.issues == ()

    def test_a_missing_type_is_assumed_and_said(self) -> None:
        bundle = open_bundle({"resourceType": "Bundle", "entry": [entry(PATIENT)]})

        assert [(issue.code, issue.expression, issue.used) for issue in bundle.issues] == [
            (IssueCode.ASSUMED, "Bundle.type", True)
        ]

    def test_an_entry_without_anything_to_read_is_said_once_each(self) -> None:
        bundle = opened(
            entry(PATIENT),
            {"request": {"method": "DELETE", "url": "Observation/o7"}},
            entry(pressure("o2"), request={"method": "DELETE", "url": "Observation/o2"}),
            entry({"resourceType": "OperationOutcome"}, search={"mode": "outcome"}),
            entry("Observation"),
            entry({"id": "x"}),
            7,  # type: ignore[arg-type]  # what a broken sender sends
            entry(pressure(), request={"method": "PUT", "url": "Observation/o1"}, search={"mode": "match"}),
        )

        assert references(bundle) == ["Observation/o1"]
        assert [(issue.code.value, issue.expression) for issue in bundle.issues] == [
            ("not-relevant", "Bundle.entry[1]"),
            ("not-relevant", "Bundle.entry[2]"),
            ("not-relevant", "Bundle.entry[3]"),
            ("structure-invalid", "Bundle.entry[4].resource"),
            ("structure-invalid", "Bundle.entry[5].resource.resourceType"),
            ("structure-invalid", "Bundle.entry[6]"),
        ]


class TestReferences:
    def test_a_resource_is_called_by_type_and_id_else_by_full_url_else_by_its_content(self) -> None:
        bundle = opened(
            entry(PATIENT),
            entry(pressure("a"), f"{EHR}/Observation/a"),
            entry(pressure(None), "urn:uuid:6b1e2c1c-0000-4000-8000-000000000001"),
            entry(pressure(None, note=[{"text": "no address"}])),
        )

        assert references(bundle)[:2] == ["Observation/a", "urn:uuid:6b1e2c1c-0000-4000-8000-000000000001"]
        assert references(bundle)[2].startswith("urn:uuid:")
        assert [one.path for one in bundle.entries] == [f"Bundle.entry[{n}].resource" for n in (1, 2, 3)]
        assert [one.base for one in bundle.entries] == [EHR, "", ""]

    def test_one_id_on_two_servers_is_told_apart_by_full_url(self) -> None:
        bundle = opened(
            entry(PATIENT, f"{EHR}/Patient/p1"),
            entry(pressure("a", f"{EHR}/Patient/p1"), f"{EHR}/Observation/a"),
            entry(pressure("a", f"{EHR}/Patient/p1"), f"{OTHER}/Observation/a"),
        )

        assert references(bundle) == [f"{EHR}/Observation/a", f"{OTHER}/Observation/a"]

    @pytest.mark.parametrize(
        ("reference", "found"),
        [
            ("Observation/a", "Observation/a"),
            ("Observation/a/_history/3", "Observation/a"),
            (f"{EHR}/Observation/a", "Observation/a"),
            (f"{EHR}/Observation/a/_history/1", "Observation/a"),
            (f"{OTHER}/Observation/a", None),
            ("URN:UUID:6B1E2C1C-0000-4000-8000-000000000001", None),
            ("urn:uuid:6B1E2C1C-0000-4000-8000-000000000001", "Observation/b"),
            ("Observation/b", "Observation/b"),
            (f"{EHR}/Observation/b", "Observation/b"),
            ("Observation/c", "Observation/c"),
            (f"{EHR}/Observation/c", "Observation/c"),
            ("Observation/nowhere", None),
            ("Patient/p1", "Patient/p1"),
            ("#site", "Observation/a#site"),
            ("#nothing", None),
            ("#untyped", None),
            ("Observation?code=1", None),
            ("nonsense", None),
        ],
    )
    def test_what_a_reference_points_at(self, reference: str, found: str | None) -> None:
        contained = [{"resourceType": "BodyStructure", "id": "site", "patient": {"reference": "#"}}, {"id": "untyped"}, 3]
        bundle = opened(
            entry(PATIENT, f"{EHR}/Patient/p1"),
            entry(pressure("a", contained=contained), f"{EHR}/Observation/a"),
            entry(pressure("b"), "urn:uuid:6b1e2c1c-0000-4000-8000-000000000001"),
            entry(pressure("c")),
        )

        target = bundle.find(bundle.entries[0], reference)

        assert (target and target.reference) == found

    def test_from_within_contained_a_sibling_is_found(self) -> None:
        contained = [{"resourceType": "BodyStructure", "id": "one"}, {"resourceType": "Device", "id": "two"}]
        bundle = opened(entry(PATIENT), entry(pressure("a", contained=contained)))

        first = bundle.find(bundle.entries[0], "#one")
        assert first is not None
        second = bundle.find(first, "#two")
        assert second is not None
        assert (second.path, second.resource_type) == ("Bundle.entry[1].resource.contained[1]", "Device")

    def test_a_relative_reference_stays_on_its_own_server(self) -> None:
        about = f"{EHR}/Patient/p1"
        bundle = opened(
            entry(PATIENT, about),
            entry(pressure("a", about), f"{EHR}/Observation/a"),
            entry(pressure("a", about, issued="2026-01-01T00:00:00Z"), f"{OTHER}/Observation/a"),
            entry(pressure("b", about), f"{OTHER}/Observation/b"),
            entry(pressure("c", about)),
        )
        here, there, also_there, nowhere = bundle.entries

        assert bundle.find(here, "Observation/a") == here
        assert bundle.find(also_there, "Observation/a") == there
        assert bundle.find(here, "Observation/b") is None
        assert bundle.find(nowhere, "Observation/a") is None

    def test_a_full_url_names_a_resource_that_has_no_id(self) -> None:
        bundle = opened(entry(PATIENT), entry(pressure(None), f"{EHR}/Observation/a"), entry(pressure("b")))

        assert bundle.find(bundle.entries[1], "Observation/a") == bundle.entries[0]


class TestPatient:
    @pytest.mark.parametrize(
        ("patient_url", "subject", "own_url"),
        [
            ("", "Patient/p1", ""),
            ("", "Patient/p1/_history/2", ""),
            ("", f"{EHR}/Patient/p1", ""),
            (f"{EHR}/Patient/p1", "Patient/p1", f"{EHR}/Observation/o1"),
            (f"{EHR}/Patient/p1", "Patient/p1", "urn:uuid:6b1e2c1c-0000-4000-8000-000000000001"),
            (f"{EHR}/Patient/p1", f"{EHR}/Patient/p1/_history/9", ""),
            ("urn:uuid:AA1E2C1C-0000-4000-8000-000000000001", "urn:uuid:aa1e2c1c-0000-4000-8000-000000000001", ""),
            ("urn:uuid:aa1e2c1c-0000-4000-8000-000000000001", "Patient/p1", ""),
            ("", {"identifier": {"system": "urn:mrn", "value": "77"}}, ""),
            ("", "Patient?identifier=urn:mrn|77", ""),
            ("", "Patient?identifier=urn%3Amrn%7C77", ""),
        ],
    )
    def test_every_way_to_name_the_patient_is_understood(self, patient_url: str, subject: Any, own_url: str) -> None:
        bundle = opened(entry(PATIENT, patient_url), entry(pressure(subject=subject), own_url))

        assert references(bundle) == ["Observation/o1"]
        assert bundle.issues == ()

    @pytest.mark.parametrize(
        ("patient_url", "subject", "own_url", "why"),
        [
            ("", "Patient/p2", "", "Patient/p2"),
            ("", "p1", "", "p1"),
            ("", "Group/g1", "", "not about a patient"),
            ("", "Location/ward", "", "not about a patient"),
            ("", "Device/pump", "", "about a Device"),
            ("", "urn:uuid:ff1e2c1c-0000-4000-8000-00000000000f", "", "is not the patient"),
            (f"{EHR}/Patient/p1", f"{OTHER}/Patient/p1", "", "is not the patient"),
            (f"{EHR}/Patient/p1", "Patient/p1", f"{OTHER}/Observation/o1", "is not the patient"),
            ("urn:uuid:aa1e2c1c-0000-4000-8000-000000000001", f"{EHR}/Patient/p1", "", "is not the patient"),
            ("", {"identifier": {"system": "urn:mrn", "value": "78"}}, "", "identifier"),
            ("", "Patient?identifier=urn:mrn|78", "", "cannot be shown"),
            ("", "#somebody", "", "is not the patient"),
            ("", "#nobody", "", "is not the patient"),
        ],
    )
    def test_what_is_not_surely_about_the_patient_is_set_aside(
        self, patient_url: str, subject: Any, own_url: str, why: str
    ) -> None:
        somebody = {"resourceType": "Patient", "id": "somebody", "identifier": [{"system": "urn:mrn", "value": "78"}]}
        observation = pressure(subject=subject, contained=[somebody])
        bundle = opened(entry(PATIENT, patient_url), entry(observation, own_url), entry({"resourceType": "Device", "id": "pump"}))

        issue = next(one for one in bundle.issues if one.code is IssueCode.OTHER_PATIENT)
        assert "Observation/o1" not in references(bundle)
        assert (issue.source, issue.expression, issue.used) == ("Observation/o1", "Bundle.entry[1].resource.subject", False)
        assert why in issue.detail

    def test_a_contained_patient_is_the_same_by_identifier(self) -> None:
        same = {"resourceType": "Patient", "id": "me", "identifier": PATIENT["identifier"]}
        bundle = opened(entry(PATIENT), entry(pressure(subject="#me", contained=[same])))

        assert references(bundle) == ["Observation/o1"]

    @pytest.mark.parametrize(
        "identifier", [{"value": "77"}, {"system": "urn:mrn"}, {"system": "", "value": ""}, {"system": 1, "value": 2}]
    )
    def test_half_an_identifier_identifies_nobody(self, identifier: Json) -> None:
        patient = {"resourceType": "Patient", "id": "p1", "identifier": [identifier]}
        same = {"resourceType": "Patient", "id": "me", "identifier": [identifier]}
        bundle = opened(entry(patient), entry(pressure(subject="#me", contained=[same])))

        assert codes(bundle.issues) == [IssueCode.OTHER_PATIENT]

    def test_a_patient_without_full_url_cannot_be_of_two_servers(self) -> None:
        bundle = opened(entry(PATIENT), entry(pressure("a", f"{EHR}/Patient/p1")), entry(pressure("b", f"{OTHER}/Patient/p1")))

        assert references(bundle) == []
        assert codes(bundle.issues) == [IssueCode.OTHER_PATIENT] * 2

    def test_an_observation_of_nobody_is_taken_to_be_the_patients_and_said(self) -> None:
        bundle = opened(entry(PATIENT), entry(pressure(subject=None)), entry(pressure("b", {"display": "the patient"})))

        assert references(bundle) == ["Observation/o1", "Observation/b"]
        assert [(issue.code, issue.used) for issue in bundle.issues] == [(IssueCode.ASSUMED, True)] * 2

    def test_a_condition_that_names_nobody_is_set_aside(self) -> None:
        unnamed = {"resourceType": "Condition", "id": "c", "subject": {"display": "the patient"}}
        bundle = opened(entry(PATIENT), entry(unnamed), entry({"resourceType": "Condition", "id": "without"}))

        # The second has no subject at all: that is the structural check's to say.
        assert references(bundle) == ["Condition/without"]
        assert codes(bundle.issues) == [IssueCode.OTHER_PATIENT]

    def test_what_has_no_subject_in_r4_is_passed_on(self) -> None:
        bundle = opened(entry(PATIENT), entry({"resourceType": "Practitioner", "id": "d"}))

        assert references(bundle) == ["Practitioner/d"]

    def test_two_patients_are_refused_and_both_named(self) -> None:
        with pytest.raises(Unprocessable) as refused:
            opened(entry(PATIENT), entry({"resourceType": "Patient", "id": "p2"}))

        assert "Patient/p1" in str(refused.value)
        assert "Patient/p2" in str(refused.value)

    @pytest.mark.parametrize(
        ("subjects", "reference"),
        [
            (["Patient/p1"], "Patient/p1"),
            (["Patient/p1", "Patient/p1/_history/4"], "Patient/p1"),
            (["Patient/p1", f"{EHR}/Patient/p1"], "Patient/p1"),
            ([f"{EHR}/Patient/p1"], f"{EHR}/Patient/p1"),
            (["urn:uuid:AA1E2C1C-0000-4000-8000-000000000001"], "urn:uuid:aa1e2c1c-0000-4000-8000-000000000001"),
        ],
    )
    def test_without_a_patient_the_one_subject_is_the_patient(self, subjects: list[str], reference: str) -> None:
        bundle = opened(*(entry(pressure(f"o{n}", subject)) for n, subject in enumerate(subjects)))

        assert bundle.patient is None
        assert bundle.patient_reference == reference
        assert len(bundle.entries) == len(subjects)

    @pytest.mark.parametrize(
        "subjects",
        [
            ["Patient/p1", "Patient/p2"],
            [f"{EHR}/Patient/p1", f"{OTHER}/Patient/p1"],
            ["Patient/p1", "urn:uuid:aa1e2c1c-0000-4000-8000-000000000001"],
        ],
    )
    def test_without_a_patient_two_subjects_are_refused_and_both_named(self, subjects: list[str]) -> None:
        with pytest.raises(Unprocessable) as refused:
            opened(*(entry(pressure(f"o{n}", subject)) for n, subject in enumerate(subjects)))

        assert all(subject in str(refused.value) for subject in subjects)

    def test_without_a_patient_a_relative_subject_is_of_its_own_server(self) -> None:
        bundle = opened(entry(pressure("a"), f"{EHR}/Observation/a"), entry(pressure("b", f"{EHR}/Patient/p1")))

        assert bundle.patient_reference == f"{EHR}/Patient/p1"
        assert references(bundle) == ["Observation/a", "Observation/b"]

    @pytest.mark.parametrize(
        "subject", [None, "Group/g", "#x", "Patient?identifier=a|b", "urn:uuid:aa1e2c1c-0000-4000-8000-0000000000dd"]
    )
    def test_without_anybody_named_there_is_no_patient(self, subject: str | None) -> None:
        pump = entry({"resourceType": "Device", "id": "d"}, "urn:uuid:aa1e2c1c-0000-4000-8000-0000000000dd")
        with pytest.raises(Unprocessable, match="no Patient"):
            opened(entry(pressure(subject=subject)), pump)

    def test_without_a_patient_what_names_somebody_else_is_set_aside(self) -> None:
        bundle = opened(entry(pressure("a")), entry(pressure("b", "#x")), entry(pressure("c", "Patient?identifier=a|b")))

        assert references(bundle) == ["Observation/a"]
        assert codes(bundle.issues) == [IssueCode.OTHER_PATIENT] * 2

    def test_another_patients_resource_is_not_found_by_reference(self) -> None:
        panel = pressure("panel", hasMember=[{"reference": "Observation/theirs"}])
        bundle = opened(entry(PATIENT), entry(panel), entry(pressure("theirs", "Patient/p2")))

        assert bundle.find(bundle.entries[0], "Observation/theirs") is None


class TestDuplicates:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ({"meta": {"lastUpdated": "2026-01-02T00:00:00Z"}}, {"meta": {"lastUpdated": "2026-01-01T00:00:00Z"}}),
            ({"meta": {"versionId": "10"}}, {"meta": {"versionId": "9"}}),
            ({"meta": {"versionId": "1"}}, {}),
            ({"meta": {"versionId": "1"}}, {"meta": {"versionId": "W/x"}}),
        ],
    )
    @pytest.mark.parametrize("swapped", [False, True])
    def test_of_two_versions_the_newer_is_used(self, first: Json, second: Json, swapped: bool) -> None:
        newer, older = pressure(**first, valueInteger=1), pressure(**second, valueInteger=2)
        pair = [entry(older), entry(newer)] if swapped else [entry(newer), entry(older)]
        bundle = opened(entry(PATIENT), *pair)

        assert [one.resource for one in bundle.entries] == [newer]
        assert codes(bundle.issues) == [IssueCode.DUPLICATE]
        assert "another version" in bundle.issues[0].detail

    def test_one_full_url_twice_is_one_resource(self) -> None:
        url = "urn:uuid:6b1e2c1c-0000-4000-8000-000000000001"
        bundle = opened(
            entry(PATIENT),
            entry(pressure(None, valueInteger=1), url),
            entry(pressure(None, valueInteger=2), url.upper().replace("URN:UUID", "urn:uuid")),
        )

        assert len(bundle.entries) == 1

    def test_the_same_content_twice_without_ids_is_one_resource(self) -> None:
        bundle = opened(entry(PATIENT), entry(pressure(None)), entry(pressure(None)))

        assert len(bundle.entries) == 1
        assert "the same content" in bundle.issues[0].detail

    def test_the_same_patient_twice_is_one_patient(self) -> None:
        bundle = opened(entry(PATIENT, f"{EHR}/Patient/p1"), entry(PATIENT), entry(pressure()))

        assert references(bundle) == ["Observation/o1"]
        assert codes(bundle.issues) == [IssueCode.DUPLICATE]

    @given(st.randoms(use_true_random=False))
    def test_the_order_of_entries_does_not_decide_what_is_used(self, order: random.Random) -> None:
        entries = [
            entry(PATIENT),
            entry(pressure("a", valueInteger=1)),
            entry(pressure("a", valueInteger=2)),
            entry(pressure(None)),
            entry(pressure("b", "Patient/p2")),
            entry(pressure("c", None)),
        ]
        shuffled = entries.copy()
        order.shuffle(shuffled)

        def used(*ordered: Json) -> list[str]:
            return sorted(repr(one.resource) + one.reference for one in opened(*ordered).entries)

        assert used(*shuffled) == used(*entries)


class TestStrict:
    def test_every_problem_of_every_resource_is_told_at_once(self) -> None:
        bundle = {
            "resourceType": "Bundle",
            "entry": [
                entry({**PATIENT, "birthDate": "1955-02-30"}),
                entry(pressure(status="done", colour="blue")),
                entry({"resourceType": "Account", "status": 7}),
                entry("x"),
                {"link": [{"relation": "self", "url": "x"}]},
            ],
        }
        with pytest.raises(InvalidResource) as refused:
            open_bundle(bundle, strict=True)

        assert [problem.expression for problem in refused.value.problems] == [
            "Bundle.type",
            "Bundle.entry[3].resource",
            "Bundle.entry[0].resource.birthDate",
            "Bundle.entry[1].resource.status",
            "Bundle.entry[1].resource.colour",
        ]

    def test_what_is_right_is_opened_as_ever(self) -> None:
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [entry(PATIENT), entry(pressure())]}

        assert open_bundle(bundle, strict=True) == open_bundle(bundle)

    def test_what_only_the_model_library_sees_is_told_too(self) -> None:
        response = {"resourceType": "QuestionnaireResponse", "status": "completed", "subject": {"reference": "Patient/p1"}}
        broken = {**response, "contained": [{"resourceType": "Practitioner", "name": "Dr"}]}
        with pytest.raises(InvalidResource, match="contained"):
            open_bundle({"resourceType": "Bundle", "type": "batch", "entry": [entry(PATIENT), entry(broken)]}, strict=True)


_PIECES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["Patient/p1", "Patient", "Observation", "#x", "urn:uuid:1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "resourceType",
                    "resource",
                    "id",
                    "fullUrl",
                    "subject",
                    "reference",
                    "meta",
                    "contained",
                    "identifier",
                    "search",
                    "request",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@given(st.lists(_PIECES, max_size=5))
def test_whatever_stands_in_the_entries_nothing_else_is_raised(pieces: list[Any]) -> None:
    with contextlib.suppress(BadRequest, Unprocessable):
        open_bundle({"resourceType": "Bundle", "type": "collection", "entry": [entry(PATIENT), *pieces]})
