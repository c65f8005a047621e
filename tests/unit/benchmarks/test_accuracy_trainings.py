"""Trainings one after the other, and their tables; a stand-in takes the place of train.py."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.accuracy import __main__ as accuracy
from benchmarks.accuracy import tables, trainings
from benchmarks.accuracy.sets import SETS
from benchmarks.accuracy.tables import percentages
from benchmarks.accuracy.trainings import (
    AUTO,
    CNN,
    TUTORIAL,
    Contestant,
    Measurement,
    Training,
    TrainingError,
    code_hash,
    command,
    contestants,
    measure,
    scores,
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


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data" / "train").mkdir(parents=True)
    (tmp_path / "data" / "train" / "1.jpg").touch()
    return tmp_path / "data"


def training(data: Path, seed: int = 0, contestant: Contestant | None = None) -> Training:
    return Training("steel", "random", seed, contestant or Contestant(CNN, ()), data)


def measurement(
    contestant: str = AUTO, seed: int = 0, accuracy: float = 0.9, **others: object
) -> Measurement:
    usual = Measurement(
        "x_sdd", "random", seed, contestant, 80, 1088, 272, 0, accuracy, accuracy, 0.5, 0.4,
        4.0, 7.5, "2026-11-22 20:00", 1.0,
    )  # fmt: skip
    return replace(usual, **others)  # type: ignore[arg-type]


def test_a_training_that_was_measured_is_not_repeated(
    train: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "out"
    first = measure([training(data, 0), training(data, 1)], out, train)

    again = measure([training(data, seed) for seed in (1, 0, 2)], out, train)

    assert starts(train) == ["0", "1", "2"]
    assert again[:2] == [first[1], first[0]]
    assert (first[0].accuracy, first[0].lowest_recall) == (pytest.approx(2 / 3), 0)
    assert (first[0].trained_on, first[0].measured_on, first[0].minutes) == (12, 3, 1.5)
    assert first[0].border == 0.4
    assert capsys.readouterr().err.count("2 FILES SKIPPED") == 5
    assert not list(out.glob("trainings/*/model"))


def test_a_failed_training_is_reported_with_its_log_and_repeated(
    train: Path, data: Path, tmp_path: Path
):
    out = tmp_path / "out"
    for _ in range(2):
        with pytest.raises(TrainingError, match="no luck"):
            measure([training(data, 0), training(data, 7)], out, train)

    assert starts(train) == ["0", "7", "7"]


def test_an_epoch_that_was_chosen_is_refused(train: Path, data: Path, tmp_path: Path):
    train.write_text(STAND_IN.replace('"exported_epoch": epochs', '"exported_epoch": 3'))

    with pytest.raises(TrainingError, match="chosen"):
        measure([training(data)], tmp_path / "out", train)


def test_trainings_are_told_apart_by_everything_they_depend_on(data: Path):
    usual = training(data)
    keys = {
        usual.key("code"),
        usual.key("new code"),
        training(data, 1).key("code"),
        training(data, contestant=Contestant(CNN, ("--epochs", "9"))).key("code"),
    }
    (data / "train" / "2.jpg").touch()

    assert len({*keys, usual.key("code")}) == 5


def test_comments_do_not_change_the_training_code(tmp_path: Path):
    module = tmp_path / "learning" / "fit.py"
    module.parent.mkdir()
    module.write_text("a = 1\n")
    before = code_hash(tmp_path)

    module.write_text("# why\na = 1  # because\n\n")
    assert code_hash(tmp_path) == before
    module.write_text("a = 2\n")
    assert code_hash(tmp_path) != before


WEIGHTS = Path("lite0.safetensors")


def test_each_contestant_is_trained_as_usual_for_it_or_all_for_the_same_epochs():
    tutorial, cnn, auto = contestants(WEIGHTS)

    as_it_is = ("--architecture", "tutorial", "--precision", "float32", "--epochs")
    assert tutorial.options == (*as_it_is, "40")
    assert cnn.options == ("--architecture", "cnn")
    assert auto.options[-2:] == ("--pretrained", str(WEIGHTS))
    assert [contestant.options[-1] for contestant in contestants(WEIGHTS, 3)] == ["3"] * 3


def test_train_py_understands_every_command(tmp_path: Path):
    import options

    weights = tmp_path / WEIGHTS
    weights.touch()
    networks = {TUTORIAL: "tutorial", CNN: "cnn", AUTO: "efficientnet-lite0"}
    for contestant in (*contestants(weights), *contestants(weights, 3)):
        parsed = options.read(command(training(Path("data"), 5, contestant), Path("out"))[2:])
        assert parsed.places.validation == Path("data/validation")
        assert parsed.hyperparameters.seed == 5
        assert parsed.hyperparameters.architecture == networks[contestant.name]


def test_scores_weigh_every_class_alike():
    result = scores([*"xxxxxxxxyy"], [*"xxxxxxxxxy"])

    assert result["accuracy"] == pytest.approx(0.9)
    assert result["macro_f1"] == pytest.approx((16 / 17 + 2 / 3) / 2)
    assert result["lowest_recall"] == 0.5


def test_percentages_are_mean_and_range():
    assert percentages([0.5, 0.75, 1]) == "75.0 (50.0 to 100.0)"
    assert percentages([0.5]) == "50.0"


def test_the_page_shows_which_targets_are_missed():
    results = [measurement(AUTO, seed=seed, accuracy=0.99 - 0.03 * seed) for seed in (0, 1)]
    results += [measurement(CNN, accuracy=0.98), measurement(TUTORIAL, accuracy=0.8)]

    text = "\n".join(tables.of_folders(results))

    missed = "| at least 0.985 | **missed** |"
    assert f"| x_sdd, random: mean macro-F1 of auto | 0.9750 {missed}" in text
    assert "| minutes of the longest auto | 4.0 | at most 3 | **missed** |" in text
    assert "less that of cnn | -0.005 | at least -0.01 | met |" in text
    assert "of accuracy and macro-F1 | 0.180 | at least 0 | met |" in text
    assert "| 97.5 (96.0 to 99.0) | 97.5 (96.0 to 99.0) | 50 | 4.0 | 7.5 |" in text


def test_the_page_shows_drawn_sets():
    results = [
        measurement(name, set_name="tiny", split="drawn", accuracy=accuracy)
        for name, accuracy in ((TUTORIAL, 0.95), (CNN, 0.9), (AUTO, 0.8))
    ]

    text = "\n".join(tables.of_generated(results, SETS))

    assert "less that of cnn | -0.100 | at least -0.01 | **missed** |" in text
    assert "of accuracy and macro-F1 | -0.050 | at least 0 | **missed** |" in text
    assert f"| {SETS['tiny'].title} | 33 | auto | 1 | 80 | 1,088 / 272 | 80.0 |" in text


def test_the_command_line_measures_folders_and_drawn_sets(
    train: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setattr(trainings.measure, "__defaults__", (train,))
    for function in (accuracy.measure_folders, accuracy.measure_generated):
        monkeypatch.setattr(function, "__defaults__", (tmp_path / "out",))
    monkeypatch.setattr(accuracy, "SEEDS", 1)
    monkeypatch.setattr(accuracy, "write_sample_drop", lambda folder: images(folder, 5))
    counts = dict.fromkeys(SETS["two"].train, 1)
    two = replace(SETS["two"], train=counts, validation=counts, epochs=2)
    monkeypatch.setattr(accuracy.sets, "SETS", {"two": two})
    images(tmp_path / "steel", 5)

    assert accuracy.main(["--images", str(tmp_path / "steel")]) == 0
    assert accuracy.main(["--generated"]) == 0

    printed = capsys.readouterr().out
    assert "| steel | by-name | 40 | auto | 1 | 80 |" in printed
    assert "| sample drop | random | 40 | cnn | 1 | 80 |" in printed
    assert "20 a class" not in printed  # there are five
    assert "| 2 classes, one of them any flaw | 50 | tutorial net | 1 | 2 |" in printed


def images(folder: Path, per_class: int) -> None:
    for label in ("x", "y"):
        (folder / label).mkdir(parents=True)
        for number in range(per_class):
            (folder / label / f"{folder.name} {number}.jpg").touch()


def test_two_folders_of_one_name_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folders = [str(tmp_path / parent / "steel") for parent in ("a", "b")]

    assert accuracy.main(["--images", *folders]) == 1

    assert "same name" in capsys.readouterr().err
