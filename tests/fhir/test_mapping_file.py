"""What a deployment may write in its mapping file, and what it is told when it wrote something else."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from service.clinical.measurements import IndexKind, Phase, Side, Site
from service.errors import MappingError
from service.fhir.mapping import DeploymentCodes, MappedFinding, MappedIndex, MappedSite
from service.fhir.mapping_file import load_mapping_file

GUIDE = Path(__file__).parents[2] / "docs" / "mapping-file.md"
SHEET = "https://hospital.example/flowsheet"


def written(folder: Path, content: Any, name: str = "codes.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def block(language: str) -> str:
    return GUIDE.read_text().split(f"```{language}\n")[1].split("```")[0]


def test_an_order_that_is_only_recognised_may_be_mapped(tmp_path: Path) -> None:
    row = {"system": SHEET, "code": "STOCKING", "order": "leg-compression"}
    assert load_mapping_file(written(tmp_path, {"orders": [row]})).orders == {(SHEET, "STOCKING"): "leg-compression"}


def test_the_example_of_the_guide_loads(tmp_path: Path) -> None:
    codes = load_mapping_file(written(tmp_path, block("toml"), "codes.toml"))
    assert codes == DeploymentCodes(
        sites={("https://hospital.example/openehr/location", "at1026"): MappedSite(site=Site.ANKLE, side=Side.RIGHT)},
        pressures={
            (SHEET, "R-PT-SYS"): MappedSite(site=Site.POSTERIOR_TIBIAL, side=Side.RIGHT),
            (SHEET, "L-ANKLE-1MIN"): MappedSite(site=Site.ANKLE, side=Side.LEFT, phase=Phase.POST_EXERCISE),
        },
        indices={("https://hospital.example/wound-app", "TBPI-L"): MappedIndex(kind=IndexKind.TBI, side=Side.LEFT)},
        findings={("https://hospital.example/history", "SMK-EX"): MappedFinding(code="smoking-status", value="former")},
        answers={("https://hospital.example/answers", "JA"): "yes"},
        link_ids={("https://hospital.example/Questionnaire/leg-pain", "q7"): "relieved-by-standing-still"},
        orders={("https://hospital.example/orders", "VASC-ABI"): "resting-abi"},
    )


def test_the_example_in_json_loads(tmp_path: Path) -> None:
    codes = load_mapping_file(written(tmp_path, block("json")))
    assert codes.pressures == {(SHEET, "R-PT-SYS"): MappedSite(site=Site.POSTERIOR_TIBIAL, side=Side.RIGHT)}


def test_an_empty_file_maps_nothing(tmp_path: Path) -> None:
    assert load_mapping_file(written(tmp_path, {})) == DeploymentCodes()


@pytest.mark.parametrize(
    ("finding", "value", "expected"),
    [
        ("diabetes", True, True),
        ("diabetes", None, None),
        ("walking-distance-m", 200, Decimal(200)),
        ("walking-distance-m", 12.5, Decimal("12.5")),
        ("lowest-leg-power-mrc", 4, Decimal(4)),
        ("smoking-status", "never", "never"),
        ("symptom-site", ["calf", "thigh"], frozenset({"calf", "thigh"})),
        ("symptom-site", "calf", frozenset({"calf"})),
        ("tcpo2-mmhg", None, None),
    ],
)
def test_a_finding_takes_a_value_of_its_kind(tmp_path: Path, finding: str, value: Any, expected: Any) -> None:
    codes = load_mapping_file(written(tmp_path, {"findings": [{"code": "x", "finding": finding, "value": value}]}))
    assert codes.findings == {("", "x"): MappedFinding(code=finding, value=expected)}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"sitess": []}, ("sitess", "not a key known here")),
        ({"sites": [{"code": "x", "site": "knee"}]}, ("sites.0.site = 'knee'", "brachial")),
        ({"sites": [{"code": "x", "site": "toe", "color": 1}]}, ("sites.0.color = 1", "not a key known here")),
        ({"sites": [{"code": "", "site": "toe"}]}, ("sites.0.code = ''", "must not be empty")),
        ({"sites": [{"site": "toe"}]}, ("sites.0.code", "Missing data")),
        ({"sites": {"code": "x"}}, ("sites", "Not a valid list")),
        ({"sites": [{"a.b": [1], "code": "x", "site": "toe"}]}, ("sites.0.a.b", "not a key known here")),
        ([], ("the file", "Invalid input type")),
        ({"answers": [{"code": "x", "answer": "maybe"}]}, ("answers.0.answer = 'maybe'", "neither yes, no nor an option")),
        ({"findings": [{"code": "x", "finding": "gout"}]}, ("findings.0.finding = 'gout'", "not a finding code")),
        ({"link_ids": [{"link_id": "1", "finding": "gout"}]}, ("link_ids.0.finding = 'gout'", "not a finding code")),
        ({"findings": [{"code": "x", "finding": "diabetes", "value": "yes"}]}, ("findings.0.value = 'yes'", "true or false")),
        (
            {"findings": [{"code": "x", "finding": "walking-distance-m", "value": "far"}]},
            ("findings.0.value = 'far'", "a number"),
        ),
        ({"findings": [{"code": "x", "finding": "walking-distance-m", "value": True}]}, ("findings.0.value = True", "a number")),
        ({"findings": [{"code": "x", "finding": "smoking-status", "value": "often"}]}, ("'often'", "current, former, never")),
        (
            {"findings": [{"code": "x", "finding": "smoking-status", "value": ["current", "never"]}]},
            ("findings.0.value", "current"),
        ),
        ({"findings": [{"code": "x", "finding": "symptom-site", "value": []}]}, ("findings.0.value = []", "calf")),
        ({"findings": [{"code": "x", "finding": "tcpo2-mmhg", "value": 20}]}, ("findings.0.value = 20", "leave the value out")),
        ({"link_ids": [{"link_id": "1", "finding": "tcpo2-mmhg"}]}, ("link_ids.0.finding = 'tcpo2-mmhg'", "not a finding code")),
        ({"orders": [{"code": "x", "order": "x-ray"}]}, ("orders.0.order = 'x-ray'", "not an order code")),
        (
            {"answers": [{"code": "x", "answer": "yes"}, {"code": "x", "answer": "no"}]},
            ("answers: |x stands there 2 times", "keep one"),
        ),
        ("{", ("is not valid JSON", "correct it")),
    ],
)
def test_what_is_wrong_is_named_with_file_key_value_and_remedy(tmp_path: Path, content: Any, told: tuple[str, ...]) -> None:
    path = written(tmp_path, content)
    with pytest.raises(MappingError) as caught:
        load_mapping_file(path)
    assert len(caught.value.problems) == 1
    for part in (str(path), *told, "docs/mapping-file.md"):
        assert part in caught.value.problems[0].diagnostics


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    rows = [{"code": "x", "finding": "gout"}, {"code": "y", "finding": "flu"}]
    with pytest.raises(MappingError) as caught:
        load_mapping_file(written(tmp_path, {"findings": rows, "orders": [{"code": "x", "order": "x-ray"}]}))
    assert len(caught.value.problems) == 3


def test_broken_toml_is_told(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="is not valid TOML"):
        load_mapping_file(written(tmp_path, "= 1", "codes.toml"))


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"'\.yaml' is neither"):
        load_mapping_file(written(tmp_path, "", "codes.yaml"))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        load_mapping_file(tmp_path / "nowhere.toml")
