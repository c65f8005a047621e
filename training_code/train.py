"""Train an image classifier: folders of pictures in, a model and its figures out.

    python training_code/train.py --train DIR --validation DIR --output DIR --epochs 3
    python training_code/train.py --help

SageMaker starts it without arguments as process 1 of its container. Exit code 0: trained; 1:
failed, with the reason on standard error and in the failure file; 143: stopped on request.
"""

import os
import sys
import time
from typing import TYPE_CHECKING, Any

import contract
import dataset
import failure
from contract import Job
from interruption import EXIT_CODE, Interrupted, Interruption

if TYPE_CHECKING:
    from checkpoint import Progress

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's greetings hide the epochs


def main(arguments: list[str]) -> int:
    """Run a job and return the exit code."""
    interruption = Interruption()
    interruption.listen()
    try:
        return run(contract.read(arguments), interruption)
    except Interrupted:
        print("stopped on request before another epoch was complete: nothing to add", flush=True)
        return EXIT_CODE
    except Exception as error:
        failure.report(error, contract.failure_file(arguments))
        return 1


def run(job: Job, interruption: Interruption) -> int:
    """Read the images, train the epochs that are missing, and write the results of all of them."""
    started = time.monotonic()
    places, settings = job.places, job.hyperparameters
    places.failure.unlink(missing_ok=True)  # of an earlier start
    print("hyperparameters:", settings.by_name(), flush=True)

    import cnn  # imports TensorFlow, as do the modules below: seconds that --help need not take
    import learning
    import machine
    import outputs
    import recipe
    from checkpoint import Checkpoints, fingerprint

    machine.prepare(job.instance_type, settings.seed)
    data = dataset.load(places.train, places.validation, settings.image_size, interruption.check)
    outputs.write_data(places.outputs, data)

    model = cnn.build(settings.image_size, len(data.classes), settings.batch_size)
    recipe.compile_model(model, settings, images=len(data.train.files))
    checkpoints = Checkpoints(places.checkpoints, fingerprint(job, data))
    progress = checkpoints.restore(model)
    if progress.epochs:
        print(f"resuming after epoch {progress.epochs} of {settings.epochs}", flush=True)
    progress.seconds += time.monotonic() - started

    epoch_end = learning.EpochEnd(model, progress, checkpoints, settings.epochs, places.outputs)
    try:
        learning.run(model, data, settings, epoch_end, interruption.check)
    except Interrupted:
        progress = checkpoints.restore(model)  # back to the end of the last complete epoch
        if not progress.epochs:
            raise
        print(f"stopping on request after epoch {progress.epochs}", flush=True)
    hand_over(job, data, model, progress)
    return 0 if progress.epochs == settings.epochs else EXIT_CODE


def hand_over(job: Job, data: dataset.Dataset, model: Any, progress: "Progress") -> None:
    """Write the model and all figures of the epochs trained, and say how good the last one is."""
    import export
    import machine
    import outputs

    started = time.monotonic()
    folder, validation = job.places.outputs, data.validation
    outputs.write_history(folder, progress)
    served = export.save(model, data.classes, job.places.model, validation.pixels)
    probabilities = export.predict(served, validation.pixels, job.hyperparameters.batch_size)
    outputs.write_predictions(folder, data.classes, validation, probabilities)
    progress.seconds += time.monotonic() - started
    outputs.write_config(folder, job, data, progress, machine.versions())
    accuracy = progress.history["val_accuracy"][-1]
    print(
        f"done: {progress.epochs} epochs in {progress.seconds:.0f} s, accuracy {accuracy:.4f} on "
        f"{len(validation.files)} validation images; results in {folder}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
