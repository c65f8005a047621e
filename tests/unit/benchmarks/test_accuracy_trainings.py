"""Trainings one after the other, and what is told of them; a stand-in takes train.py's place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.accuracy import __main__ as accuracy
from benchmarks.accuracy import report, trainings
from benchmarks.accuracy.figures import score, spread
from benchmarks.accuracy.sets import catalogue
from benchmarks.accuracy.trainings import (
    OURS,
    Contestant,
    Result,
    Training,
    TrainingError,
    code_hash,
    command,
    contestants,
    perform,
    read_results,
)

# Notes each start, fails when told to, and is right about two of three images.
STAND_IN = """
import json, pathlib, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
with open(pathlib.Path(__file__).parent / "starts", "a") as starts:
    starts.write(options["--seed"] + "\\n")
if options["--seed"] == "7":
    sys.exit("no luck")
output = pathlib.Path(options["--output"])
(output / "model").mkdir()
(output / "predictions.csv").write_text("file,class,predicted\\na,x,x\\nb,x,x\\nc,y,x\\n")
epochs = int(options.get("--epochs", 80))
config = {"exported_epoch": epochs, "epochs_trained": epochs, "seconds": {"total": 90},
          "skipped": 2, "images": {"train": {"x": 9, "y": 3}}}
(output / "config.json").write_text(json.dumps(config))
(output / "audit.json").write_text('{"neighbour": {"border": {"accuracy": 0.4}}}')
"""


@pytest.fixture
def train(tmp_path: Path) -> Path:
    script = tmp_path / "code" / "train.py"
    script.parent.mkdir()
    script.write_text(STAND_IN)
    return script


def starts(train: Path) -> list[str]:
    return (train.parent / "starts").read_text().split()


def training(seed: int = 0, contestant: Contestant | None = None) -> Training:
    chosen = contestant or Contestant(OURS, ())
    return Training("steel", "random", seed, chosen, Path("data"), "images")


def result(
    contestant: str = OURS, seed: int = 0, accuracy: float = 0.9, **others: object
) -> Result:
    made = Result(
        "key", "x_sdd", "random", seed, contestant, 80, 1088, 272, 0, accuracy, accuracy, 0.5,
        0.4, 4.0, "2026-11-22 20:00", 1.0,
    )  # fmt: skip
    return replace(made, **others)  # type: ignore[arg-type]


def test_what_is_done_is_not_done_again(
    train: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "out"
    first = perform([training(0), training(1)], out, train)

    again = perform([training(1), training(0), training(2)], out, train)

    assert starts(train) == ["0", "1", "2"]
    assert again[:2] == [first[1], first[0]]
    assert (first[0].accuracy, first[0].lowest_recall) == (pytest.approx(2 / 3), 0)
    assert (first[0].trained_on, first[0].measured_on, first[0].minutes) == (12, 3, 1.5)
    assert first[0].border == 0.4
    assert capsys.readouterr().err.count("2 FILES LEFT OUT") == 5
    assert not list(out.glob("trainings/*/model"))


def test_a_line_that_was_cut_costs_that_training_alone(train: Path, tmp_path: Path):
    out = tmp_path / "out"
    perform([training(0), training(1)], out, train)
    ledger = out / "results.jsonl"
    ledger.write_text(ledger.read_text()[:-20])

    perform([training(0), training(1)], out, train)

    assert starts(train) == ["0", "1", "1"]
    assert len(read_results(ledger)) == 2


def test_a_failed_training_is_told_with_its_log_and_done_again(train: Path, tmp_path: Path):
    out = tmp_path / "out"
    for _ in range(2):
        with pytest.raises(TrainingError, match="no luck"):
            perform([training(0), training(7)], out, train)

    assert starts(train) == ["0", "7", "7"]


def test_an_epoch_that_was_chosen_is_refused(train: Path, tmp_path: Path):
    train.write_text(STAND_IN.replace('"exported_epoch": epochs', '"exported_epoch": 3'))

    with pytest.raises(TrainingError, match="chosen"):
        perform([training()], tmp_path / "out", train)


def test_everything_that_goes_in_tells_trainings_apart():
    one = training()
    others = [
        training(1),
        training(contestant=Contestant(OURS, ("--epochs", "9"))),
        replace(one, fingerprint="others"),
    ]

    assert len({each.key("code") for each in (one, *others)} | {one.key("new code")}) == 5


def test_comments_do_not_change_the_training_code(tmp_path: Path):
    module = tmp_path / "train.py"
    module.write_text("a = 1\n")
    before = code_hash(tmp_path)

    module.write_text("# why\na = 1  # because\n\n")
    assert code_hash(tmp_path) == before
    module.write_text("a = 2\n")
    assert code_hash(tmp_path) != before


def test_the_tutorial_net_is_trained_as_tutorials_do_and_ours_as_it_comes():
    ten, forty, ours = contestants()

    as_it_is = ("--architecture", "tutorial", "--precision", "float32", "--epochs")
    assert ten.options == (*as_it_is, "10")
    assert forty.options == (*as_it_is, "40")
    assert ours.options == ()
    assert [one.options[-1] for one in contestants(3)] == ["3", "3"]


def test_train_py_understands_every_command():
    import contract

    for contestant in (*contestants(), *contestants(3)):
        told = contract.read(command(training(5, contestant), Path("out"))[2:])
        assert told.places.validation == Path("data/validation")
        assert told.hyperparameters.seed == 5
        tutorial = contestant.name != OURS
        assert (told.hyperparameters.architecture == "tutorial") == tutorial


def test_scores_weigh_every_class_alike(tmp_path: Path):
    predictions = tmp_path / "predictions.csv"
    rows = ["a,x,x"] * 8 + ["b,y,x", "c,y,y"]
    predictions.write_text("\n".join(["file,class,predicted", *rows]))

    scores = score(predictions)

    assert scores.accuracy == pytest.approx(0.9)
    assert scores.macro_f1 == pytest.approx((16 / 17 + 2 / 3) / 2)
    assert scores.lowest_recall == 0.5


def test_a_spread_is_mean_and_range():
    assert spread([0.5, 0.75, 1]).percent() == "75.0 (50.0 to 100.0)"
    assert spread([0.5]).percent() == "50.0"


def test_the_page_says_what_is_missed():
    results = [result(accuracy=0.99, seed=0), result(accuracy=0.96, seed=1)]
    results += [result("tutorial net, 10 epochs", accuracy=0.7, seed=seed) for seed in (0, 1)]
    results += [result("tutorial net, 40 epochs", accuracy=0.8, seed=seed) for seed in (0, 1)]

    text = report.of_folders(results)

    assert "| x_sdd, split random: mean accuracy | 0.9750 | at least 0.985 | **missed** |" in text
    assert (
        "| x_sdd, split random: accuracy, worst seed | 0.9600 | at least 0.97 | **missed**" in text
    )
    assert "| x_sdd: minutes of the longest | 4.0 | at most 10.0 | met |" in text
    assert "in points | +17.5 | above 0 | met |" in text
    assert "| 40 | 97.5 (96.0 to 99.0) | 97.5 (96.0 to 99.0) | 4.0 |" in text


def test_the_page_tells_of_drawn_sets():
    sets = catalogue()
    results = [
        result("tutorial net, 10 epochs", set_name="tiny", split="drawn", accuracy=0.95),
        result(set_name="tiny", split="drawn", accuracy=0.9),
    ]

    text = report.of_generated(results, sets)

    assert "in points | -5.0 | above 0 | **missed** |" in text
    assert f"| {sets['tiny'].what} | 33 | {OURS} | 80 | 1,088 / 272 | 90.0 |" in text


def test_a_trial_is_not_written_on_the_page(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        accuracy.main(["--write", "--epochs", "1"])

    assert "whole measurements" in capsys.readouterr().err


def test_the_command_line_measures_a_folder_and_drawn_sets(
    train: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setattr(trainings.perform, "__defaults__", (train,))
    for label in ("x", "y"):
        (tmp_path / "steel" / label).mkdir(parents=True)
        for number in range(5):
            (tmp_path / "steel" / label / f"{number}.jpg").touch()
    out = ["--out", str(tmp_path / "out"), "--epochs", "2"]

    assert accuracy.main(["--images", str(tmp_path / "steel"), "--no-sample", *out]) == 0
    assert accuracy.main(["--generated", "two", "--limit", "1", *out]) == 0

    told = capsys.readouterr().out
    assert "| steel | by-name | droptrain | 2 |" in told
    assert "| 2 classes, one of them any flaw | 50 | tutorial net, 2 epochs | 2 |" in told
    assert len(starts(train)) == 2 * (2 * 3 + 1)
    kept = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    assert {json.loads(line)["set_name"] for line in kept} == {"steel", "two"}


def test_two_folders_of_one_name_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folders = [str(tmp_path / parent / "steel") for parent in ("a", "b")]

    assert accuracy.main(["--images", *folders, "--no-sample"]) == 1

    assert "same name" in capsys.readouterr().err
