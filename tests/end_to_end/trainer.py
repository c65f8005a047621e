"""A training script that does no training: its behaviour is a file's presence beside it.

The chain around a job can so be tested in seconds. What the real script does under the same
contract is tested in `test_real_training.py`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from hashlib import sha256
from pathlib import Path

BASE = Path(os.environ["SAGEMAKER_BASE_DIR"])
CONTROL = Path("@CONTROL@")
HISTORY = {
    "accuracy": [0.5, 0.9],
    "loss": [0.7, 0.2],
    "val_accuracy": [0.5, 0.8],
    "val_loss": [0.7, 0.4],
    "learning_rate": [0.002, 0.001],
}


def main() -> int:
    (CONTROL / "started").touch()
    while (CONTROL / "hold").exists():
        time.sleep(0.02)
    (BASE / "checkpoints").mkdir(exist_ok=True)
    state = {"history": {metric: values[:1] for metric, values in HISTORY.items()}}
    (BASE / "checkpoints" / "epoch-0001.json").write_text(json.dumps(state))
    if (CONTROL / "fail").exists():
        (BASE / "output" / "failure").write_text("The class 'oil' has no readable image left.")
        return 1
    hyperparameters = json.loads((BASE / "input/config/hyperparameters.json").read_text())
    train, images = (listed_images(side) for side in ("train", "validation"))
    assert train
    assert images
    data = BASE / "output" / "data"
    data.mkdir(parents=True, exist_ok=True)
    (data / "history.json").write_text(json.dumps(HISTORY))
    (data / "config.json").write_text(json.dumps({"hyperparameters": hyperparameters}))
    if (CONTROL / "predict").exists():
        wrong = (CONTROL / "predict").read_text() == "wrong"
        (data / "predictions.csv").write_text(predictions(images, wrong=wrong))
    else:  # drawing what they allow takes seconds that most tests need not spend
        (data / "predictions.csv").write_text("\n".join(["image", *(i.name for i in images)]))
    (BASE / "model" / "model.keras").write_text("a model")
    (BASE / "model" / "model.tflite").write_text("the same for predictions")
    if (BASE / "input/data/test").is_dir():
        measure(listed_images("test"), data)
    print("epoch 2/2 - loss: 0.2000 - accuracy: 0.9000", flush=True)
    return 0


def listed_images(side: str) -> list[Path]:
    """Return the images of a channel that the manifest lists; the others are of other datasets."""
    data = BASE / "input" / "data"
    rows = [json.loads(row) for row in (data / "manifest/manifest.jsonl").read_text().splitlines()]
    copies = sorted(row["copy"] for row in rows if row.get("side") == side)
    images = [data / copy.removeprefix("datasets/") for copy in copies]
    assert all(image.is_file() for image in images), f"{side} lacks images"
    return images


def measure(images: list[Path], data: Path) -> None:
    """Write what the real script writes of a sealed test set, all right."""
    contents = sorted(sha256(image.read_bytes()).hexdigest()[:16] for image in images)
    test_set = sha256("".join(contents).encode()).hexdigest()
    (data / "test.json").write_text(json.dumps({"test_set": test_set, "contents": contents}))
    labels = [image.parent.name for image in images]
    rows = [
        f"{label}/{image.name},{label},{number},{label}"
        for number, (image, label) in enumerate(zip(images, labels, strict=True))
    ]
    table = "\n".join(["file,class,cluster,predicted", *rows])
    (data / "test_predictions.csv").write_text(table + "\n")


def predictions(images: list[Path], *, wrong: bool) -> str:
    """Write predictions as the real script does, all of them sure, and all right or all wrong."""
    classes = sorted({image.parent.name for image in images})
    lines = [",".join(["file", "class", "predicted", "probability", *(f"p:{c}" for c in classes)])]
    for image in images:
        label = image.parent.name
        named = classes[(classes.index(label) + wrong) % len(classes)]
        shares = [0.9 if name == named else 0.1 / (len(classes) - 1) for name in classes]
        lines.append(",".join([f"{label}/{image.name}", label, named, "0.9", *map(str, shares)]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
