from typing import Any

import keras
import numpy as np
import pytest

from auditing import audit
from hyperparameters import RECIPES, Recipe
from learning import fit, networks

CNN, TUTORIAL = RECIPES["cnn"], RECIPES["tutorial"]


def test_the_learning_rate_warms_up_peaks_and_ends_at_nothing() -> None:
    rates = [float(fit.schedule(0.5, 100)(step)) for step in range(101)]
    assert rates[0] == pytest.approx(0.05)
    assert max(rates) == rates[10] == pytest.approx(0.5)
    assert rates[:11] == sorted(rates[:11])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[100] == pytest.approx(0, abs=1e-8)


def test_one_single_step_is_made_at_the_peak() -> None:
    assert float(fit.schedule(0.5, 1)(0)) == pytest.approx(0.5)


@pytest.fixture
def compiled() -> Any:
    model = networks.build_cnn(16, classes=2, batch_size=4)
    fit.compile_model(model, CNN, learning_rate=0.25, steps=40)
    return model


def test_the_learning_rate_given_is_the_one_used(compiled: Any) -> None:
    rate = compiled.optimizer._learning_rate
    assert float(rate(4)) == pytest.approx(0.25)
    assert float(rate(40)) == pytest.approx(0, abs=1e-8)


def test_offsets_and_scales_are_not_decayed(compiled: Any) -> None:
    decayed = {
        variable.path.rsplit("/", 1)[-1]
        for variable in compiled.trainable_variables
        if compiled.optimizer._use_weight_decay(variable)
    }
    assert decayed == {"kernel"}


def test_on_a_cpu_nothing_is_compiled_with_xla(compiled: Any) -> None:
    assert compiled.jit_compile is False


def test_the_tutorial_trains_as_tutorials_do() -> None:
    model = networks.build_tutorial(16, classes=2)
    fit.compile_model(model, TUTORIAL, learning_rate=0.001, steps=40)
    assert type(model.optimizer) is keras.optimizers.Adam
    assert float(model.optimizer.learning_rate) == pytest.approx(0.001)
    assert model.loss.get_config()["label_smoothing"] == 0


@pytest.mark.parametrize("recipe", [TUTORIAL, CNN])
def test_all_images_weigh_alike_where_rare_classes_need_no_help(recipe: Recipe) -> None:
    assert fit.class_weights(np.array([9, 1]), recipe).tolist() == [1, 1]


def test_rare_classes_weigh_more_and_the_mean_image_weighs_one() -> None:
    counts = np.array([400, 100, 4])
    weights = fit.class_weights(counts, RECIPES["mobilenet-v2"])
    assert weights.dtype == np.float32
    assert weights[2] / weights[0] == pytest.approx(10)
    assert (weights * counts).sum() / counts.sum() == pytest.approx(1)


def test_macro_f1_is_the_mean_over_the_classes_that_occur() -> None:
    labels, answers = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 3, 1, 0])
    metric = fit.MacroF1()
    for part in (slice(0, 2), slice(2, 5)):
        metric.update_state(np.eye(5)[labels[part]], 0.1 + np.eye(5)[answers[part]])
    assert float(metric.result()) == pytest.approx(audit.macro_f1(labels, answers))
    assert audit.macro_f1(labels, answers) == pytest.approx((4 / 6 + 2 / 3 + 0) / 3)
