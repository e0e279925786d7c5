"""A survey's analysis as plain data: what may be said, what a file's columns mean, and what a run keeps."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaigns.mining.findings import Findings
from campaigns.mining.surveys import find_surveys, renew
from campaigns.problems import Problem
from campaigns.shop import Shop
from campaigns.surveys import analysis_files, analysis_made, planning, questionnaires
from campaigns.surveys.analysis import (
    STUDY,
    SURVEYS,
    Analysis,
    Kept,
    Reliability,
    Span,
    Verdict,
    items_of,
    kept,
    reliability,
    verdict,
)  # fmt: skip
from campaigns.surveys.analysis_files import Asked, answers, of_option, of_toml
from campaigns.surveys.analysis_files import items_of as columns_of
from campaigns.surveys.analysis_mined import analyse_now, answered
from campaigns.surveys.answers import people
from campaigns.tables import MiningRun, Reached, RunState, Survey, SurveyAnswer, SurveyResponse
from campaigns.words.composing import Composer
from engine.synthetic.opinions import ITEMS, opinions
from ledger.database import Database
from ledger.imports.reading import read
from ledger.imports.unpacking import Limits
from ledger.tables import Customer
from tests.conftest import shared

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
CONSTRUCTS = {"PERSONAL": ITEMS[:4], "CONVENIENCE": ITEMS[4:8], "LOYALTY": ITEMS[8:]}
QUICK = {"samples": 300}


def analysed(people: int = 80, **change: list[int | None]) -> Analysis:
    return analysis_made.analysed({**opinions(people), **change}, STUDY, CONSTRUCTS, samples=300)


@pytest.fixture(scope="module")
def found() -> Analysis:
    return analysed()


def keys(told: Analysis) -> list[str]:
    return [each.key for each in told.cautions]


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (Span(0.5, 0.2, 0.7), Verdict.TOLD),
        (Span(-0.5, -0.7, -0.2), Verdict.TOLD),
        (Span(0.05, -0.1, 0.15), Verdict.HARDLY),
        (Span(0.05, -0.3, 0.15), Verdict.TOO_FEW),
        (Span(0.5, -0.1, 0.9), Verdict.TOO_FEW),
        (Span(0.5), Verdict.TOO_FEW),
    ],
)
def test_an_interval_decides_what_may_be_said(span: Span, said: Verdict) -> None:
    assert verdict(span) is said


@pytest.mark.parametrize(
    ("alpha", "items", "said"),
    [
        (0.71, "abc", Reliability.GOOD),
        (0.65, "abc", Reliability.FAIR),
        (0.42, "abc", Reliability.POOR),
        (-0.4, "abc", Reliability.POOR),
        (None, "a", Reliability.SINGLE),
    ],
)
def test_alpha_decides_whether_questions_measure_one_thing(
    alpha: float | None, items: str, said: Reliability
) -> None:
    assert reliability(alpha, items) is said


def test_what_was_planted_is_told_and_what_was_hardly_is_not(found: Analysis) -> None:
    strong, *weak = found.links
    assert (strong.source, strong.target, strong.verdict) == ("PERSONAL", "CONVENIENCE", Verdict.TOLD)
    assert strong.path.low is not None
    assert strong.path.low > 0.5
    assert [each.verdict for each in weak] == [Verdict.TOO_FEW] * 2
    assert all(each.needed > found.n for each in weak)
    assert {each.reliability for each in found.constructs} == {Reliability.GOOD}


def test_it_goes_through_json_and_back(found: Analysis) -> None:
    assert Analysis.of(json.loads(json.dumps(found.as_json()))) == found


def test_a_mirrored_question_is_pointed_at() -> None:
    turned = [None if each is None else 6 - each for each in opinions(80)["CV3"]]
    told = next(each for each in analysed(CV3=turned).cautions if each.key == "mirrored")
    assert (told.values["item"], told.values["name"]) == ("CV3", "CONVENIENCE")


def test_a_question_that_measures_nothing_is_pointed_at() -> None:
    noise = opinions(80, seed=5)["PM1"]
    assert analysed(LY2=noise).construct("LOYALTY").weakest == "LY2"
    assert "weak" in keys(analysed(LY2=noise))


def test_a_question_all_answer_alike_is_left_out_and_said_so() -> None:
    told = analysed(PM4=[3] * 80)
    assert keys(told)[0] == "silent"
    assert told.construct("PERSONAL").items == ("PM1", "PM2", "PM3")


def test_clicking_through_is_counted() -> None:
    flat = {item: [4] * 12 + values[12:] for item, values in opinions(80).items()}
    told = analysis_made.analysed(flat, STUDY, CONSTRUCTS, samples=100)
    assert next(each.values for each in told.cautions if each.key == "flat") == {"flat": told.flat, "n": 80}
    assert told.flat >= 12


def test_few_answers_are_called_few() -> None:
    told = next(each for each in analysed(25).cautions if each.key == "few_answers")
    # Two arrows lead to loyalty: explaining a quarter of it wants 33 answers, more than ten for each arrow.
    assert told.values == {"n": 25, "needed": 33}


def test_many_empty_cells_are_told() -> None:
    empty = {item: [None] * 30 + values[30:] for item, values in opinions(80).items() if item != "PM1"}
    told = analysed(**empty)
    assert "filled" in keys(told)
    assert (told.seen, told.n + told.blank) == (80, 80)


def test_two_things_that_are_one_to_people_are_told() -> None:
    twins = {f"CV{n}": opinions(80)[f"PM{5 - n}"] for n in (1, 2, 3, 4)}
    with pytest.raises(Problem) as fault:
        analysed(**twins)
    assert (fault.value.key, fault.value.values["first"]) == ("survey_alike", "PERSONAL")


def test_too_few_people_are_no_analysis() -> None:
    with pytest.raises(Problem) as fault:
        analysed(12)
    assert (fault.value.key, fault.value.values) == ("survey_few_answers", {"needed": 20, "n": 12})


def written(folder: Path, text: str, name: str = "survey.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_are_found_by_their_names() -> None:
    columns = ["id", "COMP_2", "comp_1", "comp_10", "cusa", "cusl1", "cusl2", "Image", "competence"]
    found = columns_of(["COMP", "CUSA", "Cusl"], {}, columns)
    assert found == {"COMP": ["comp_1", "COMP_2", "comp_10"], "CUSA": ["cusa"], "Cusl": ["cusl1", "cusl2"]}


def test_columns_are_named_by_hand_one_by_one_or_by_how_they_begin() -> None:
    given = dict(of_option(each) for each in ("Image=IMAG", "Value = PERV2, PERV1"))
    assert columns_of(["Image", "Value"], given, ["IMAG1", "IMAG2", "PERV1", "PERV2"]) == {
        "Image": ["IMAG1", "IMAG2"],
        "Value": ["PERV2", "PERV1"],
    }


def test_a_construct_without_a_column_says_which_there_are() -> None:
    with pytest.raises(Problem) as fault:
        columns_of(["Image"], {}, ["IMAG1", "IMAG2"])
    assert fault.value.values == {"name": "Image", "part": "Image", "columns": "IMAG1, IMAG2"}


def test_empty_cells_and_codes_are_no_answers_and_decimal_commas_are_numbers(tmp_path: Path) -> None:
    table = read(written(tmp_path, "a1;a2\n3;-99\nNA;2,5\n;4\n"), Limits())
    assert answers(table, ["a1", "a2"], (-99.0,)) == {"a1": [3, None, None], "a2": [None, 2.5, 4]}


@pytest.mark.parametrize("cell", ["agree", "nan1", "inf", "1e999"])
def test_a_cell_that_is_no_number_is_named_by_its_place(tmp_path: Path, cell: str) -> None:
    table = read(written(tmp_path, f"a1,a2\n3,4\n3,{cell}\n"), Limits())
    with pytest.raises(Problem) as fault:
        answers(table, ["a1", "a2"], ())
    assert (fault.value.key, fault.value.values["line"], fault.value.values["column"]) == (
        "survey_no_number",
        3,
        "a2",
    )


def test_a_row_of_the_wrong_length_is_named(tmp_path: Path) -> None:
    table = read(written(tmp_path, "a1,a2\n3,4\n3\n"), Limits())
    with pytest.raises(Problem) as fault:
        answers(table, ["a1"], ())
    assert (fault.value.key, fault.value.values) == ("survey_broken_line", {"line": 3})


def test_a_model_may_be_a_file(tmp_path: Path) -> None:
    text = 'model = "A -> B"\nmissing = -99\n[constructs]\nA = "a"\nB = ["b1", "b2"]\n[modes]\nA = "B"\n'
    asked = of_toml(written(tmp_path, text, "model.toml"))
    assert asked == Asked("A -> B", {"A": ["a"], "B": ["b1", "b2"]}, {"A": "B"}, (-99,))


@pytest.mark.parametrize(
    "text",
    ["model = ", "missing = -99", 'model = "A -> B"\nmissing = "x"', 'model = "A -> B"\n[modes]\nA = "C"',
     'model = "A -> B"\n[constructs]\nA = 3', 'model = "A -> B"\nconstructs = "A"'],
)  # fmt: skip
def test_a_file_that_is_no_model_says_why(tmp_path: Path, text: str) -> None:
    with pytest.raises(Problem) as fault:
        of_toml(written(tmp_path, text, "model.toml"))
    assert (fault.value.key, fault.value.values["name"]) == ("survey_model_file", "model.toml")


def test_the_published_paths_come_out_of_the_file_as_it_is() -> None:
    path = shared("data", "pls_corp_rep_data.csv.gz")
    asked = Asked("COMP, LIKE -> CUSA, CUSL; CUSA -> CUSL", missing=(-99.0,))
    told = analysis_files.analysed(path, asked, {"samples": 0})
    assert told.n == 344
    published = [0.162051, 0.009175, 0.423870, 0.342069, 0.504466]
    assert [each.path.value for each in told.links] == pytest.approx(published, abs=1e-6)


def surveyed(database: Database, n: int, kind: str = questionnaires.LOYALTY) -> None:
    """``n`` people who answered the shop's survey 1, as ``opinions`` has them."""
    told = opinions(n)
    with database.transaction() as session:
        survey = planning.draft(session, questionnaires.ready(Composer(), kind), None, shop=Shop(), by="o", now=NOW)
        for person in range(n):
            customer = Customer(source="chat", created_at=NOW)
            session.add(customer)
            session.flush()
            way = SurveyResponse(
                survey_id=survey.id,
                customer_id=customer.id,
                state=Reached.DONE,
                language="id",
                began_at=NOW,
                touched_at=NOW,
            )
            session.add(way)
            session.flush()
            session.add_all(
                SurveyAnswer(response_id=way.id, item=item, value=values[person], at=NOW)
                for item, values in told.items()
                if kind == questionnaires.LOYALTY
            )


def test_a_run_analyses_the_shops_own_survey_and_readers_find_it(database: Database) -> None:
    surveyed(database, 30)
    findings = Findings()
    with database.reading() as session:
        find_surveys(findings, answered(session))
        assert people(session, 1) == 30
    with database.transaction() as session:
        run = MiningRun(started_at=NOW, ready_at=NOW, parameters={}, quality=findings.quality)
        session.add(run)
        session.flush()
        session.add(RunState(run_id=run.id, name=SURVEYS, content=findings.state[SURVEYS]))
    with database.reading() as session:
        there = kept(session, 1)
        assert there is not None
        assert there.analysis is not None
        assert (there.analysis.n, there.at) == (30, NOW)
        assert there.analysis.construct("LOYALTY").items == ("LY1", "LY2", "LY3", "LY4")
        assert kept(session, 2) is None
    assert findings.quality[SURVEYS] == {"n": 30}


def test_of_too_few_answers_a_run_keeps_why(sqlite_database: Database) -> None:
    surveyed(sqlite_database, 7)
    findings = Findings()
    with sqlite_database.reading() as session:
        find_surveys(findings, answered(session))
    told = json.loads(findings.state[SURVEYS])
    assert told == {"1": {"hindrance": {"key": "survey_few_answers", "values": {"needed": 20, "n": 7}}}}


def test_nothing_tells_one_persons_answers_from_anothers(sqlite_database: Database) -> None:
    surveyed(sqlite_database, 25)
    findings = Findings()
    with sqlite_database.reading() as session:
        find_surveys(findings, answered(session))
    # Figures of all together: no list in it is as long as the people are many.
    told = json.loads(findings.state[SURVEYS])["1"]["analysis"]
    assert max(len(each) for each in told.values() if isinstance(each, list)) == len(ITEMS) < 25


def test_a_survey_without_a_model_is_not_analysed(sqlite_database: Database) -> None:
    surveyed(sqlite_database, 3, kind=questionnaires.NPS)
    with sqlite_database.reading() as session:
        survey = session.get_one(Survey, 1)
        assert items_of(survey) is None
        assert answered(session) == {}
        with pytest.raises(Problem) as fault:
            analyse_now(session, survey)
    assert fault.value.key == "survey_without_model"


def test_an_analysis_made_at_once_is_read_from_then_on(sqlite_database: Database) -> None:
    surveyed(sqlite_database, 30)
    later = NOW + timedelta(days=1)
    with sqlite_database.transaction() as session:
        session.add(MiningRun(started_at=NOW, ready_at=NOW, parameters={}, quality={}))
        session.flush()
        found = renew(session, session.get_one(Survey, 1), later)
    with sqlite_database.reading() as session:
        assert kept(session, 1) == Kept(later, found, None)
