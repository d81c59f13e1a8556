# training.py - the side of Keras (on TensorFlow) of bench/cpu/training.lua: train_on_batch, which runs a compiled graph; images NHWC
#
# Read next: bench/models.lua, bench/peers/timing.py. SPDX-License-Identifier: MIT
import os

import timing

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
threads = timing.threads()
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers as L  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)
chance = np.random.default_rng(1)


def rand(*shape):
    return chance.random(shape, dtype="float32")


def ids(count, *shape):
    return chance.integers(0, count, shape).astype("int32")


def mlp():
    return (keras.Sequential([keras.Input((784,)), L.Dense(256, "relu"), L.Dense(128, "relu"), L.Dense(10)]),
            rand(128, 784), ids(10, 128), keras.optimizers.SGD(0.01))


def lenet():
    net = keras.Sequential([keras.Input((28, 28, 1)), L.Conv2D(6, 5, padding="same", activation="relu"), L.MaxPool2D(),
                            L.Conv2D(16, 5, activation="relu"), L.MaxPool2D(), L.Flatten(), L.Dense(120, "relu"), L.Dense(84, "relu"), L.Dense(10)])
    return net, rand(64, 28, 28, 1), ids(10, 64), keras.optimizers.Adam(1e-3)


def lstm():
    net = keras.Sequential([keras.Input((64,), dtype="int32"), L.Embedding(65, 256), L.LSTM(256, return_sequences=True), L.Dense(65)])
    return net, ids(65, 32, 64), ids(65, 32, 64), keras.optimizers.Adam(1e-3)


def gpt(d=128, steps=128):
    tokens = keras.Input((steps,), dtype="int32")
    x = L.Embedding(65, d)(tokens) + L.Embedding(steps, d)(keras.ops.arange(steps))[None]
    for _ in range(4):
        y = L.LayerNormalization()(x)
        x = x + L.MultiHeadAttention(4, d // 4)(y, y, use_causal_mask=True)
        y = L.Dense(4 * d, activation=lambda z: keras.activations.gelu(z, approximate=True))(L.LayerNormalization()(x))
        x = x + L.Dense(d)(y)
    net = keras.Model(tokens, L.Dense(65)(L.LayerNormalization()(x)))
    return net, ids(65, 16, steps), ids(65, 16, steps), keras.optimizers.AdamW(1e-3)


def resnet18():
    def convolved(x, channels, stride, size=3):
        return L.BatchNormalization()(L.Conv2D(channels, size, stride, "same", use_bias=False)(x))

    images = keras.Input((32, 32, 3))
    x, start = L.ReLU()(convolved(images, 64, 1)), 64
    for end, stride in ((64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)):
        y = convolved(L.ReLU()(convolved(x, end, stride)), end, 1)
        x = L.ReLU()(y + (x if stride == 1 and start == end else convolved(x, end, stride, 1)))
        start = end
    net = keras.Model(images, L.Dense(10)(L.GlobalAveragePooling2D()(x)))
    return net, rand(32, 32, 32, 3), ids(10, 32), keras.optimizers.SGD(0.01, momentum=0.9)


def rec():
    users, items = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
    x = L.Concatenate()([L.Embedding(100_000, 64)(users), L.Embedding(10_000, 64)(items)])
    net = keras.Model([users, items], L.Dense(1)(L.Dense(64, "relu")(L.Dense(128, "relu")(x))))
    return net, [ids(100_000, 1024), ids(10_000, 1024)], rand(1024), keras.optimizers.SGD(0.01)


def step(model):
    net, x, y, optimizer = model()
    loss = "mse" if model is rec else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(optimizer=optimizer, loss=loss, jit_compile=False)
    x = [tf.constant(a) for a in x] if isinstance(x, list) else tf.constant(x)
    y = tf.constant(y)
    return lambda: net.train_on_batch(x, y)


for model in (mlp, lenet, lstm, gpt, resnet18, rec):
    timing.measure(f"train_{model.__name__}", lambda: step(model), after=keras.backend.clear_session)
