"""Shares images with TensorFlow without copying them, whether they lie in memory or in a file."""

from typing import Any

import tensorflow as tf

from images import Pixels

_ALIGNMENT = 64  # bytes, of tensors in memory


class Shared:
    """All images of a channel for a tf.data pipeline, in the machine's memory, not in the GPU's.

    Were they a tensor of the pipeline, TensorFlow would allocate as much once more, and fill it
    with zeros, when it optimizes the pipeline: twice the memory, and out of it where the images lie
    in a file because they do not fit. So they are wrapped in a scalar, as TensorFlow does it with
    ragged tensors, which does not copy them. (A variable would do as well, but reading it counts as
    stateful, and nothing stateful is done ahead in a repeatable training. Python in a pipeline was
    seen to hang when the pipeline ends early.)
    """

    def __init__(self, pixels: Pixels) -> None:
        """Wrap uint8 (images, size, size, 3)."""
        self._shape = pixels.shape
        with tf.device("/CPU:0"):
            self._wrapped = tf.raw_ops.RaggedTensorToVariant(
                rt_nested_splits=[], rt_dense_values=_tensor(pixels), batched_input=False
            )

    def take(self, rows: Any) -> Any:
        """Return the images of the given rows, uint8 (rows, size, size, 3)."""
        unwrapped = tf.raw_ops.RaggedTensorFromVariant(
            encoded_ragged=self._wrapped,
            input_ragged_rank=0,
            output_ragged_rank=0,
            Tvalues=tf.uint8,
            Tsplits=tf.int64,
        )
        return tf.gather(tf.ensure_shape(unwrapped.output_dense_values, self._shape), rows)


def _tensor(pixels: Pixels) -> Any:
    """Make a tensor of an array that begins where TensorFlow wants it, without copying.

    A copy would double the memory, and where the array lies in a file it would read all of it.
    """
    if pixels.ctypes.data % _ALIGNMENT or not pixels.flags.c_contiguous:
        return tf.constant(pixels)
    return tf.experimental.dlpack.from_dlpack(pixels.__dlpack__())
