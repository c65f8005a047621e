"""The training code against those who start it and those who read what it leaves."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import hyperparameters
import options
from auditing import audit, misclassified, review
from auditing.gallery import Gallery
from auditing.sealed_test import SealedAnswers, SealedTestDocument
from documents import CalibrationDocument
from exporting import outputs
from hyperparameters import RECIPES
from judging import calibration
from judging.folds import Judged
from launch import training_code
from launch.request import METRICS
from learning import fit
from learning.checkpoint import Progress
from loading.channel import Channel, Skipped
from loading.dataset import ImageData
from options import Job, Places
from plot.inputs.collect import JUDGING, LIMITS, OPTIONAL
from plot.inputs.configuration import read_configuration
from plot.inputs.history import read_history
from plot.inputs.lenient_json import LenientReader
from plot.inputs.pictures import as_jpeg
from plot.inputs.predictions import Predictions
from plot.inputs.results import Results, read_results
from plot.inputs.review import THUMBNAILS
from plot.statistics.calibration import calibrate
from tests.unit.launch.test_request import request, settings

ROOT = Path(__file__).resolve().parents[2]
FIGURES = {
    "loss": 0.43123,
    "accuracy": 0.8125,
    "macro_f1": 0.8,
    "val_loss": 0.512,
    "val_accuracy": 0.79,
    "val_macro_f1": 0.77,
    "learning_rate": 0.00095,
}


# Not for the template: the best there is on each machine.
ONLY_BY_HAND = {"precision"}
# By hand any folder may be trained on: no split refused a smaller one before. And there may be no
# pretrained weights, which launch looks for.
OTHER_DEFAULT = {"minimum-images-per-class", "architecture"}
OFFERED = [parameter for parameter in hyperparameters.ALL if parameter.name not in ONLY_BY_HAND]


def parameters() -> dict[str, Any]:
    text = (ROOT / "template.yaml").read_text("utf-8")
    section = text[text.index("\nParameters:") : text.index("\nMappings:")]
    parameters: dict[str, Any] = yaml.safe_load(section)["Parameters"]
    return parameters


def test_launch_and_training_know_the_same_hyperparameters() -> None:
    values = settings().hyperparameters()
    assert set(values) == {parameter.name for parameter in OFFERED}
    parsed = hyperparameters.parse(values).by_name()
    assert {name: str(parsed[name]) for name in values} == values


def test_the_job_reads_the_limit_that_the_launch_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tmp_path))
    (tmp_path / "input").mkdir()
    for name, value in request(maximum_run_seconds="5400")["Environment"].items():
        monkeypatch.setenv(name, value)
    assert options.read([]).maximum_seconds == 5400


@pytest.mark.parametrize("hyperparameter", OFFERED, ids=lambda parameter: parameter.name)
def test_the_template_offers_legal_values_and_the_same_defaults(
    hyperparameter: hyperparameters.Number | hyperparameters.Choice,
) -> None:
    camel = "".join(word.capitalize() for word in hyperparameter.name.split("-"))
    parameter = parameters()["SplitSeed" if camel == "Seed" else camel]
    if hyperparameter.name not in OTHER_DEFAULT:
        assert parameter["Default"] == hyperparameter.default
    if isinstance(hyperparameter, hyperparameters.Choice):
        legal = [value for value in parameter["AllowedValues"] if value != "auto"]  # launch's word
        assert legal == list(hyperparameter.choices)
        return
    least = 0 if hyperparameter.zero else hyperparameter.least
    assert least <= parameter["MinValue"]
    assert parameter["MaxValue"] <= hyperparameter.most


def test_the_template_s_texts_name_each_architecture_s_own_values() -> None:
    texts = parameters()
    for name, recipe in RECIPES.items():
        named = "the others" if recipe.takes_weights and not recipe.freezes else name
        assert f"{recipe.learning_rate} for {named}" in texts["LearningRate"]["Description"]
        assert f"{recipe.image_size} for {named}" in texts["ImageSize"]["Description"]


def test_an_epochs_line_is_the_one_agreed_on() -> None:
    assert fit.epoch_line(3, 30, FIGURES, 3.2345) == (
        "epoch 3/30 - loss: 0.4312 - accuracy: 0.8125 - val_loss: 0.5120 - val_accuracy: 0.7900"
        " - val_macro_f1: 0.7700 - learning_rate: 0.000950 - 3.2 s"
    )


def test_the_jobs_metrics_are_found_in_an_epochs_line() -> None:
    line = fit.epoch_line(3, 30, FIGURES, 3.2)
    matches = {name: re.findall(pattern, line) for name, pattern in METRICS.items()}
    assert matches == {
        "train:loss": ["0.4312"],
        "train:accuracy": ["0.8125"],
        "validation:loss": ["0.5120"],
        "validation:accuracy": ["0.7900"],
        "validation:macro_f1": ["0.7700"],
    }


def test_plot_reads_what_training_writes(tmp_path: Path) -> None:
    progress = Progress({name: [value, value / 2, float("nan")] for name, value in FIGURES.items()})
    channel = Channel(["a", "b"], np.array([0, 1], np.int32), np.zeros((2, 1, 1, 3), np.uint8), [])
    job = Job(Places(*[tmp_path] * 6), hyperparameters.parse({}), "ml.m5.xlarge")
    outputs.write_history(tmp_path, progress)
    data = ImageData(["good", "oil"], channel, channel)
    outputs.write_config(tmp_path, job, data, progress, {"precision": "float32"})

    history = read_history((tmp_path / "history.json").read_bytes())
    config = {"config.json": (tmp_path / "config.json").read_bytes()}
    reading = LenientReader(config, {})
    configuration = read_configuration(reading)

    assert history.epochs == 3
    assert history.val_loss[:2] == (0.512, 0.256)
    assert np.isnan(history.val_loss[2])
    assert history.best_epoch == 2  # by the loss; config.json's is by macro F1
    assert reading.missing == []
    assert configuration.images == "2 training and 2 validation images, 2 classes"
    assert configuration.exported_epoch == 3


CLASSES = ["good", "oil"]
NAMES = tuple(f"{CLASSES[number % 2]}/{number}.jpg" for number in range(6))
UNREADABLE = Skipped("train/oil/x.jpg", "the file is cut off")
PROBABILITIES = np.array([*[[0.9, 0.1], [0.1, 0.9]] * 2, [0.9, 0.1], [0.8, 0.2]], np.float32)
RIGHT = [True] * 5 + [False]
SCALING: CalibrationDocument = {
    "temperature": 1.7,
    "fitted_on": "folds",
    "images": 6,
    "folds": 1,
    "clusters": 12,
    "reason": None,
    "remarks": ["All images look alike."],
}
TESTED: SealedTestDocument = {
    "test_set": "5a" * 32,
    "contents": [f"{number:016x}" for number in range(6)],
    "images": 6,
    "accuracy": 5 / 6,
    "macro_f1": 0.83,
    "recall": {"good": 1.0, "oil": 2 / 3},
    "unreadable": [{"file": "test/oil/cut.jpg", "reason": "the file is cut off"}],
    "copies": [{"file": "test/oil/seen.jpg", "copy_of": "train/oil/1.jpg"}],
    "unknown_classes": {"dent": 2},
}


def write_everything(folder: Path) -> None:
    """Let the training write each of its files for six images, of which the last is a mistake."""
    pixels = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), np.uint8)
    labels = np.array([0, 1, 0, 1, 0, 1], np.int32)
    digests = np.arange(12, dtype=np.uint64)
    train = Channel([*NAMES], labels, pixels, [UNREADABLE], digests=digests[:6])
    validation = Channel([*NAMES], labels, pixels[::-1], [], digests=digests[6:])
    data = ImageData(CLASSES, train, validation)
    job = Job(Places(*[folder] * 6), hyperparameters.parse({}), "ml.m5.xlarge")
    progress = Progress({name: [value, value] for name, value in FIGURES.items()})
    warnings = [{"code": "dark", "sentence": "Some pictures are dark."}]

    outputs.write_history(folder, progress)
    outputs.write_data(folder, data)
    outputs.write_config(folder, job, data, progress, {})
    outputs.write_predictions(folder, CLASSES, validation, PROBABILITIES)
    audited = audit.of(data, audit.Answers(PROBABILITIES), warnings)
    outputs.write_audit(folder, audited)
    worst = misclassified.draw(folder, folder, CLASSES, validation, PROBABILITIES, None)
    outputs.write_mistakes(folder, worst)
    both = np.concatenate([PROBABILITIES, PROBABILITIES])
    judged = Judged(np.arange(12), both, np.ones(12, np.int64), np.eye(12, dtype=np.float32))
    outputs.write_judged(folder, data, judged)
    outputs.write_calibration(folder, SCALING)
    answers = SealedAnswers(validation, np.array([0, 0, 2, 3, 4, 5]), PROBABILITIES, TESTED)
    outputs.write_sealed_test(folder, CLASSES, answers)
    gallery = Gallery(folder, data, folder, folder)
    outputs.write_review(folder, review.of(data, judged, PROBABILITIES, gallery))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every file that a training writes, by its name."""
    folder = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            misclassified, "heat_maps", lambda _, squares, __: np.zeros((len(squares), 16, 16))
        )
        write_everything(folder)
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def results(written: dict[str, bytes]) -> Results:
    """What plot reads of them."""
    return read_results(written)


def test_plot_misses_no_file_and_knows_each(written: dict[str, bytes], results: Results) -> None:
    thumbnails = {name for name in written if THUMBNAILS.names.fullmatch(name)}
    read = set(LIMITS) | set(JUDGING) | set(OPTIONAL)
    assert results.missing == ()
    assert read >= written.keys() - thumbnails - {"classes.json"}
    assert results.thumbnails.keys() == thumbnails
    assert None not in {as_jpeg(body, 96) for body in results.thumbnails.values()}
    [skipped] = results.skipped
    assert (skipped.file, skipped.reason) == (UNREADABLE.file, UNREADABLE.reason)


def test_plot_reads_the_predictions(results: Results) -> None:
    assert results.predictions is not None
    assert results.predictions.right.tolist() == RIGHT
    assert results.predictions.files == NAMES
    assert results.predictions.probabilities is not None
    assert np.allclose(results.predictions.probabilities, PROBABILITIES, atol=1e-6)


def test_plot_reads_how_every_image_was_judged(results: Results) -> None:
    assert results.out_of_sample is not None
    assert results.out_of_sample.files == (*NAMES, *NAMES)
    assert results.out_of_sample.right.tolist() == 2 * RIGHT
    assert results.out_of_sample.clusters is not None
    assert results.out_of_sample.clusters.tolist() == list(range(12))
    assert results.out_of_sample.probabilities is not None
    scaling = results.scaling
    assert scaling is not None
    assert (scaling.temperature, scaling.folds, scaling.reason) == (1.7, 1, None)
    assert list(scaling.remarks) == SCALING["remarks"]


def test_plot_reads_the_answers_to_the_test_set(results: Results) -> None:
    assert results.test is not None
    assert results.test.model_dump(mode="json").items() <= TESTED.items()
    assert results.test_predictions is not None
    assert results.test_predictions.right.tolist() == RIGHT
    assert results.test_predictions.clusters is not None
    assert results.test_predictions.clusters.tolist() == [0, 0, 2, 3, 4, 5]


def test_plot_reads_the_audit(results: Results) -> None:
    assert results.audit is not None
    assert results.audit.near_copies is not None
    assert results.audit.near_copies.images_without is not None
    assert results.audit.near_copies.accuracy_at_most is not None
    assert results.audit.neighbour.border.accuracy is not None
    assert results.audit.neighbour.thumbnail.accuracy is not None
    assert results.audit.warnings[-1].sentence == "Some pictures are dark."


def test_plot_reads_the_mistakes(results: Results) -> None:
    [mistake] = results.mistakes
    assert (mistake.truth, mistake.predicted) == ("oil", "good")
    assert mistake.probability == pytest.approx(0.8)
    assert mistake.image is not None
    assert mistake.heat_map is not None


def test_plot_reads_the_review(results: Results) -> None:
    assert results.review is not None
    assert (results.review.images, results.review.judged_images) == (12, 12)
    assert [image.file for image in results.review.candidates] == [NAMES[-1]] * 2
    assert [image.side for image in results.review.candidates] == ["train", "validation"]
    first = results.review.candidates[0]
    assert (first.class_name, first.suggested, first.image) == ("oil", "good", "review/0000.jpg")
    assert first.neighbours[0].class_name == "good"


def test_plot_undoes_the_temperature_that_training_divided_by() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(scale=3, size=(200, 4))
    before = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    labels = random.integers(0, 4, 200)
    after = calibration.apply(before, 1.7)
    predicted = after.argmax(axis=1)
    predictions = Predictions(
        classes=tuple("abcd"),
        files=tuple(map(str, range(200))),
        truth=labels,
        predicted=predicted,
        confidence=after.max(axis=1).astype(np.float64),
        probabilities=after.astype(np.float64),
    )
    plotted = calibrate(predictions, 1.7)
    assert plotted is not None
    assert plotted.before is not None
    assert plotted.before.mean_confidence == pytest.approx(before.max(axis=1).mean(), abs=1e-4)


def test_the_layer_holds_the_modules_and_the_launch_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"  # SAM builds from a copy
    shutil.copytree(ROOT / "training_code", source, ignore=shutil.ignore_patterns("__pycache__"))
    artifacts = tmp_path / "the layer"
    subprocess.run(
        ["make", "--silent", "build-TrainingCodeLayer", f"ARTIFACTS_DIR={artifacts}"],
        cwd=source,
        check=True,
    )
    layer = artifacts / "python" / "training_code"
    modules = {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    assert {path.relative_to(layer).as_posix() for path in layer.rglob("*.*")} == modules

    (artifacts / "python").rename(artifacts / "renamed")
    (artifacts / "renamed" / "training_code").rename(artifacts / "renamed" / "code_in_layer")
    monkeypatch.syspath_prepend(str(artifacts / "renamed"))
    assert set(training_code.read_files("code_in_layer")) == modules
