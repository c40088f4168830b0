"""`claudication assess`: the same answer as over HTTP, without a server."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.app import create_app, deploy
from service.cli import main
from service.config import load_settings
from service.evidence.intended_use import INTENDED_USE
from tests.claudicant import claudicant, claudicant_json, form
from tests.house.checkout import ROOT

AS_OF = ("--as-of", "2026-03-02T09:30:00Z")
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def with_input(body: bytes, *options: str, name: str = "bundle.json") -> Result:
        file = tmp_path / name
        file.write_bytes(body)
        return CliRunner().invoke(main, ["assess", *options, str(file)])

    return with_input


def http(tmp_path: Path, body: bytes, query: str = "") -> bytes:
    deployment = deploy(load_settings({"CLAUDICATION_DATABASE_URL": f"sqlite:///{tmp_path}/audit.db"}), log_to=io.BytesIO())
    client = create_app(deployment).test_client()
    answer = client.post(
        f"/fhir/$assess-claudication?asOf=2026-03-02T09:30:00Z{query}", data=body, content_type="application/fhir+json"
    )
    deployment.assessments.close()
    assert answer.status_code == 200
    return answer.data


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ((), ""),
        (("--pretty",), "&_pretty=true"),
        (("--setting", "spine-clinic", "--output", "transaction"), "&setting=spine-clinic&output=transaction"),
        (("--explain",), "&explain=true"),
    ],
)
def test_the_answer_is_the_one_over_http_byte_for_byte(run: Run, tmp_path: Path, options: tuple[str, ...], query: str) -> None:
    result = run(claudicant_json(), *AS_OF, *options)
    assert result.exit_code == 0
    assert result.stdout_bytes == http(tmp_path, claudicant_json(), query)


def test_the_page_shows_every_step_when_asked(run: Run) -> None:
    plain, explained = (run(claudicant_json(), *AS_OF, "--format", "text", *more).stdout for more in ((), ("--explain",)))
    assert "STEP BY STEP" not in plain
    assert "THE WEIGHING, STEP BY STEP" in explained
    for cause in ("Vascular cause", "Neurogenic cause"):
        assert cause in explained
    assert explained.count("Pre-test") == explained.count("Post-test") == 2
    assert INTENDED_USE in explained


def test_nothing_weighed_has_no_steps(run: Run) -> None:
    nobody = b'{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient", "id": "a"}}]}'
    assert "Pre-test" not in run(nobody, *AS_OF, "--format", "text", "--explain").stdout


def test_standard_input_is_read() -> None:
    result = CliRunner().invoke(main, ["assess", "-", *AS_OF], input=claudicant_json())
    assert result.exit_code == 0
    assert json.loads(result.stdout)["resourceType"] == "Bundle"


def test_parameters_are_read_as_the_operation_reads_them(run: Run) -> None:
    inside = {
        "resourceType": "Parameters",
        "parameter": [{"name": "bundle", "resource": claudicant()}, {"name": "asOf", "valueDateTime": "2026-03-02T09:30:00Z"}],
    }
    assert run(json.dumps(inside).encode()).stdout_bytes == run(claudicant_json(), *AS_OF).stdout_bytes
    refused = run(json.dumps(inside).encode(), *AS_OF)
    assert refused.exit_code == 1
    assert "asOf is given beside Parameters" in refused.stderr


def test_a_bad_input_is_told_on_standard_error(run: Run) -> None:
    result = run(b'{"resourceType": "Patient"}')
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "resourceType: " in result.stderr
    assert "Bundle" in result.stderr


def test_what_a_record_says_does_not_steer_the_terminal(run: Run) -> None:
    result = run(b'{"resourceType": "\\u001b[2J"}')
    assert "\x1b" not in result.stderr
    broken = claudicant()
    broken["entry"][2]["resource"]["valueQuantity"] = {"value": 148, "unit": "\x1b[2Jstone", "code": "\x1b[2Jstone"}
    page = run(json.dumps(broken).encode(), *AS_OF, "--format", "text")
    assert page.exit_code == 0
    assert "\x1b" not in page.stdout


@pytest.mark.parametrize("name", ["cohort.ndjson", "cohort.txt"])
def test_ndjson_gives_ndjson_and_goes_on_after_a_bad_line(run: Run, name: str) -> None:
    good = claudicant_json()
    result = run(b"\n".join([good, b'{"resourceType": "Patient"}', b"", good]), *AS_OF, name=name)
    assert result.exit_code == 1
    first, second, third = result.stdout_bytes.splitlines()
    assert first == third
    assert json.loads(first)["resourceType"] == "Bundle"
    assert json.loads(second)["resourceType"] == "OperationOutcome"
    assert first + b"\n" == run(good, *AS_OF).stdout_bytes


def test_ndjson_of_one_line_that_is_broken_is_an_outcome_line(run: Run) -> None:
    result = run(b"{", name="cohort.ndjson")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["resourceType"] == "OperationOutcome"


def test_all_good_lines_exit_with_zero(run: Run) -> None:
    assert run(claudicant_json() + b"\n" + claudicant_json() + b"\n", *AS_OF).exit_code == 0


def test_an_indented_bundle_is_one_document(run: Run) -> None:
    indented = json.dumps(claudicant(), indent=1).encode()
    assert run(indented, *AS_OF).stdout_bytes == run(claudicant_json(), *AS_OF).stdout_bytes


def test_ndjson_as_text_tells_each_in_turn(run: Run) -> None:
    result = run(claudicant_json() + b"\n" + b'{"resourceType": "Patient"}', *AS_OF, "--format", "text")
    assert result.exit_code == 1
    assert "PROPOSED ORDERS" in result.stdout
    assert "resourceType: " in result.stdout


def test_strict_refuses_what_is_else_set_aside(run: Run) -> None:
    broken = claudicant()
    broken["entry"][3]["resource"]["status"] = 7
    body = json.dumps(broken).encode()
    assert run(body, *AS_OF).exit_code == 0
    refused = run(body, *AS_OF, "--strict")
    assert refused.exit_code == 1
    assert "entry[3]" in refused.stderr


@pytest.mark.parametrize(
    "options",
    [("--as-of", "soon"), ("--setting", "hospital"), ("--format", "pdf"), ("--mapping-file", "nowhere.toml"), ("--unknown",)],
)
def test_a_wrong_call_exits_with_two(run: Run, options: tuple[str, ...]) -> None:
    assert run(claudicant_json(), *options).exit_code == 2


def test_a_file_that_is_not_there_exits_with_two() -> None:
    assert CliRunner().invoke(main, ["assess", "nowhere.json"]).exit_code == 2


def test_a_wrong_mapping_file_is_named(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "local.toml"
    wrong.write_text("[colours]\n")
    result = run(claudicant_json(), "--mapping-file", str(wrong))
    assert result.exit_code == 2
    assert "--mapping-file" in result.stderr


def test_the_page_says_first_what_must_not_wait(run: Run) -> None:
    cauda = claudicant()
    cauda["entry"][1]["resource"] = form({"saddle-anaesthesia": True, "new-bladder-or-bowel-dysfunction": True})
    page = run(json.dumps(cauda).encode(), *AS_OF, "--format", "text").stdout
    assert page.index("STAT  ") < page.index("LEGS") < page.index("PROPOSED ORDERS")


def test_the_page_has_legs_weighing_orders_sources_and_intended_use(run: Run) -> None:
    page = run(claudicant_json(), *AS_OF, "--format", "text").stdout
    for part in (
        "70 years, male",
        "as of 2026-03-02 09:30 UTC, primary-care",
        "0.62 abnormal",
        "1.07 normal",
        "160 mmHg",
        "CONFIRMED",
        "Vascular claudication",
        "Uncalibrated",
        "relieved by standing still",
        "Supervised exercise therapy",
        "level of evidence A",
        "ASK OR MEASURE NEXT",
        "Not asked, or answered in two ways, so not cleared: ",
        "[1] ",
        "not a diagnosis",
    ):
        assert part in page
    assert max(map(len, page.splitlines())) <= 80
    assert "\x1b" not in page


def test_the_page_names_each_instrument_with_its_range_and_reading(run: Run) -> None:
    page = run(claudicant_json(), *AS_OF, "--format", "text").stdout
    section = page[page.index("INSTRUMENTS") : page.index("PROPOSED ORDERS")]
    assert "Nadeau vascular constellation: " in section
    assert re.search(r"Lumbar spinal stenosis diagnosis support tool: -?\d+ to \d+, (not decided|positive|negative)", section)


def test_the_page_of_an_empty_record_says_what_is_needed(run: Run) -> None:
    nothing = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient", "id": "x"}}]}
    page = run(json.dumps(nothing).encode(), *AS_OF, "--format", "text").stdout
    for part in (
        "age not known, sex not known",
        "None raised by what is known",
        "nothing was weighed",
        "- None.",
        "Is there pain",
    ):
        assert part in page


EXAMPLES = sorted(Path(__file__).parents[2].glob("examples/*/bundle.json"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_every_example_has_a_page(example: Path) -> None:
    result = CliRunner().invoke(main, ["assess", "--format", "text", *AS_OF, str(example)])
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 12


def test_the_readme_shows_what_its_command_prints() -> None:
    readme = (ROOT / "README.md").read_text()
    command = next(line for line in readme.splitlines() if "assess --format text" in line)
    _, *words = command.removeprefix("$ ").split()
    printed = CliRunner().invoke(main, [str(ROOT / word) if word.startswith("examples/") else word for word in words])
    assert printed.exit_code == 0
    shown = readme.partition("```text\n")[2].partition("  ...\n")[0]
    assert shown == "".join(f"{line.rstrip()}\n" for line in printed.stdout.splitlines())[: len(shown)]
