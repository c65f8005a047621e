"""Train an image classifier: folders of pictures in, a model and its metrics out.

    python training_code/train.py --train DIR --validation DIR --output DIR --epochs 3
    python training_code/train.py --help

SageMaker starts it without arguments as process 1 of its container. Exit codes: 0, trained; 1,
failed, with the reason on standard error and in the failure file; 143, stopped on request.
"""

import os
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import failure
import options
from failure import EXIT_CODE, Interrupted, Interruption, JobError
from options import Job

if TYPE_CHECKING:
    from documents import FullAudit
    from exporting.model_files import Exported
    from judging.folds import Judged
    from learning.checkpoint import Progress
    from learning.fit import Learner
    from loading.dataset import ImageData

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's start-up messages hide the epochs


def main(arguments: list[str]) -> int:
    """Run a job and return the exit code."""
    interruption = Interruption()
    interruption.listen()
    try:
        return run(options.read(arguments), interruption)
    except Interrupted:
        print("stopped on request before another epoch was complete: nothing to save", flush=True)
        return EXIT_CODE
    except Exception as error:
        failure.report(error, options.failure_file(arguments))
        return 1


def run(job: Job, interruption: Interruption) -> int:
    """Read the images, train the missing epochs, and write the results of all epochs."""
    started = time.monotonic()
    places, settings = job.places, job.hyperparameters
    places.failure.unlink(missing_ok=True)  # of an earlier start
    print("hyperparameters:", settings.by_name(), flush=True)

    # These import TensorFlow, as do those of the functions below: --help shouldn't wait for it.
    from exporting import outputs
    from learning import fit, machine
    from learning.checkpoint import Checkpoints, fingerprint

    # Features in 16 bits would differ too much from those of the exported network.
    precision = "float32" if settings.recipe.freezes else settings.precision
    machine.prepare(job.instance_type, settings.seed, precision)
    job = with_image_size(job, interruption)
    settings = job.hyperparameters
    data = read_images(job, interruption)
    network = fit.build(data, settings, places.pretrained)
    belongs_to = fingerprint(job, data, network.dtype_policy.name)
    kept = places.checkpoints / f"features-{belongs_to[:16]}"
    learner = fit.learner(network, data, settings, kept, interruption.check)
    checkpoints = Checkpoints(places.checkpoints, belongs_to, keeps_best=settings.patience > 0)
    progress = checkpoints.restore(learner.model)
    if progress.epochs:
        print(f"resuming after epoch {progress.epochs} of {settings.epochs}", flush=True)
    progress.seconds += time.monotonic() - started

    record = partial(outputs.write_history, places.outputs)
    epoch_end = fit.EpochEnd(learner.model, progress, checkpoints, settings, record)
    try:
        fit.run(learner, data, settings, epoch_end, interruption.check)
    except Interrupted:
        progress = checkpoints.restore(learner.model)  # back to the end of the last complete epoch
        if not progress.epochs:
            raise
        print(f"stopping on request after epoch {progress.epochs}", flush=True)
    checkpoints.load_epoch(learner.model, progress.exported_epoch(settings.patience))
    exported = hand_over(job, data, learner, progress, kept, interruption)
    if not fit.is_complete(progress, settings):
        return EXIT_CODE
    measure_sealed(job, data, exported, interruption)
    return 0


def with_image_size(job: Job, interruption: Interruption) -> Job:
    """Return the job with the image size that its training images ask for, if it has none."""
    from learning import image_size
    from loading import dataset

    places, settings = job.places, job.hyperparameters
    if settings.image_size:
        return job
    listed = dataset.read_manifest(places.manifest) if places.manifest else None
    files = dataset.training_files(places.train, listed)
    size = image_size.choose(files, settings, places.pretrained, interruption.check)
    return replace(job, hyperparameters=replace(settings, image_size=size))


def read_images(job: Job, interruption: Interruption) -> "ImageData":
    """Read the images, and write what is known before the first epoch."""
    from exporting import outputs
    from loading import dataset

    places, settings = job.places, job.hyperparameters
    data = dataset.load(
        places.train,
        places.validation,
        settings.image_size,
        interruption.check,
        settings.minimum_images_per_class,
        dataset.read_manifest(places.manifest) if places.manifest else None,
    )
    outputs.write_data(places.outputs, data)
    return data


def hand_over(
    job: Job,
    data: "ImageData",
    learner: "Learner",
    progress: "Progress",
    kept: Path,
    interruption: Interruption,
) -> "Exported":
    """Judge every image, write the model and all metrics, and log how good the model is.

    `learner` has the weights of the epoch that is exported; `kept` is what a new start continues
    with.
    """
    from exporting import model_files, outputs
    from judging import out_of_sample
    from learning import machine

    started = time.monotonic()
    places, folder = job.places, job.places.outputs
    outputs.write_history(folder, progress)
    judged, calibration = out_of_sample.every_image(
        job, data, learner, progress, kept, interruption.check
    )
    outputs.write_judged(folder, data, judged)
    outputs.write_calibration(folder, calibration)
    model, temperature = learner.finish(), calibration["temperature"]
    exported = model_files.save(model, data, places.model, places.validation, temperature)
    write_novelty(job, data, learner, exported, judged, interruption)
    audited = examine(job, data, exported, judged, interruption)
    progress.seconds += time.monotonic() - started
    outputs.write_config(folder, job, data, progress, machine.description(model))
    epoch, figures = progress.exported_epoch(job.hyperparameters.patience), audited["model"]
    print(
        f"done: {progress.epochs} epochs in {progress.seconds:.0f} s; the model is of epoch "
        f"{epoch}: accuracy {figures['accuracy']:.4f}, macro F1 {figures['macro_f1']:.4f} on "
        f"{len(data.validation.files)} validation images; results in {folder}",
        flush=True,
    )
    return exported


def write_novelty(
    job: Job,
    data: "ImageData",
    learner: "Learner",
    exported: "Exported",
    judged: "Judged",
    interruption: Interruption,
) -> None:
    """Write how an image that is unlike all others can be told, if the job may still take time."""
    from exporting import feature_space, novelty

    space = feature_space.of(learner, exported.model, data, judged, interruption.check)
    try:
        interruption.check()
        novelty.write(job.places.model, space, job.hyperparameters.seed)
    except Interrupted:
        print("asked to stop: no bound for unknown images", flush=True)


def examine(
    job: Job,
    data: "ImageData",
    exported: "Exported",
    judged: "Judged",
    interruption: Interruption,
) -> "FullAudit":
    """Write what the exported model answers to the validation images, and what to look at again."""
    from auditing import audit, misclassified, review
    from auditing.gallery import Gallery
    from exporting import outputs
    from judging import clusters

    places, classes, validation = job.places, data.classes, data.validation
    folder = places.outputs
    probabilities = exported.predict(validation.pixels, job.hyperparameters.batch_size)
    outputs.write_predictions(folder, classes, validation, probabilities)
    answers = audit.Answers(probabilities, judged, clusters.groups(data, places.manifest))
    audited = audit.of(data, answers, [*data.warnings, *exported.warnings])
    outputs.write_audit(folder, audited)
    drawn = misclassified.draw(
        folder, places.validation, classes, validation, probabilities, exported.model
    )
    outputs.write_mistakes(folder, drawn)
    if not interruption.requested:  # there are two minutes left, and the model comes first
        gallery = Gallery(folder, data, places.train, places.validation)
        outputs.write_review(folder, review.of(data, judged, probabilities, gallery))
    return audited


def measure_sealed(
    job: Job, data: "ImageData", exported: "Exported", interruption: Interruption
) -> None:
    """Write what the exported model answers to the sealed test set, if there is one.

    The model is finished: neither a test set that can't be measured nor a late stop fails the job.
    """
    from auditing import sealed_test
    from exporting import outputs

    places, batch_size = job.places, job.hyperparameters.batch_size
    tested = None
    if places.test:
        try:
            tested = sealed_test.measure(
                places.test,
                places.manifest,
                data,
                lambda pixels: exported.predict(pixels, batch_size),
                interruption.check,
            )
        except (JobError, Interrupted) as error:
            why = error if isinstance(error, JobError) else "stopped on request"
            print(f"WARNING: the test set wasn't measured: {why}", flush=True)
    if tested:
        outputs.write_sealed_test(places.outputs, data.classes, tested)
        # The figures are in the report alone, which counts how often they are looked at.
        print(f"measured on {len(tested.channel.files)} images of the test set", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
