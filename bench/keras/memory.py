# memory.py - TensorFlow's side of the epoch in bench/cpu/memory.lua: tf.data, shuffled and batched before it is converted
#
# SPDX-License-Identifier: MIT
import os

import timing

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
threads = timing.threads()
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


def epoch():
    chance = np.random.default_rng(1)
    images, labels = chance.integers(0, 256, (60000, 784), dtype="uint8"), chance.integers(0, 10, 60000)
    batches = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(60000).batch(128)
    batches = batches.map(lambda x, y: (tf.cast(x, tf.float32) / 255, y), num_parallel_calls=threads).prefetch(threads)

    def run():
        for _ in batches:
            pass

    return run


timing.measure("data_epoch_60000x784", epoch)
