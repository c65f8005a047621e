"""The camera: exposure, white balance, sharpness and sensor noise, then a JPEG file."""

import io

import numpy as np
from PIL import Image, ImageFilter

from local_cloud.sample_drop.texture import COLUMNS, HEIGHT, ROWS, WIDTH, Array

QUALITY = 90  # JPEG


def develop(scene: Array, rng: np.random.Generator) -> bytes:
    """Return the JPEG file of a photograph of `scene` with this camera's random settings."""
    exposure = np.exp(rng.normal(0, 0.15))
    white_balance = np.exp(rng.normal(0, 0.05, 3))
    corner = (2 * ROWS / HEIGHT - 1) ** 2 + (2 * COLUMNS / WIDTH - 1) ** 2
    vignette = 1 - rng.uniform(0, 0.14) * corner
    light = scene * np.float32(exposure * white_balance) * vignette[..., None]
    noise = rng.standard_normal(light.shape, np.float32) * np.float32(rng.uniform(0.004, 0.012))
    pixels = (np.clip(light + noise, 0, 1) * 255 + 0.5).astype(np.uint8)
    photograph = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.6)))
    file = io.BytesIO()
    photograph.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
