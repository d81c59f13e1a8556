# training.py - ONNX Runtime's side of what bench/cpu/training.lua infers: one image through lenet
#
# The graph is written here in ONNX's own text, with weights by chance. SPDX-License-Identifier: MIT
import numpy as np
import onnx
import onnxruntime
import timing

WEIGHTS = {"w1": (6, 1, 5, 5), "b1": (6,), "w2": (16, 6, 5, 5), "b2": (16,), "w3": (120, 400), "b3": (120,), "w4": (84, 120), "b4": (84,),
           "w5": (10, 84), "b5": (10,)}
GRAPH = """<ir_version: 8, opset_import: ["" : 17]>
lenet (float[1, 1, 28, 28] x) => (float[1, 10] y) {
    a = Conv <pads = [2, 2, 2, 2]> (x, w1, b1)
    b = Relu (a)
    c = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (b)
    d = Conv (c, w2, b2)
    e = Relu (d)
    f = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (e)
    g = Flatten (f)
    h = Gemm <transB = 1> (g, w3, b3)
    i = Relu (h)
    j = Gemm <transB = 1> (i, w4, b4)
    k = Relu (j)
    y = Gemm <transB = 1> (k, w5, b5)
}"""


def inference():
    model, chance = onnx.parser.parse_model(GRAPH), np.random.default_rng(1)
    for name, shape in WEIGHTS.items():
        value = (chance.random(shape, dtype="float32") * 2 - 1) * float(np.prod(shape[1:])) ** -0.5
        model.graph.initializer.append(onnx.numpy_helper.from_array(value.astype("float32"), name))
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = timing.threads(), 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    x = {"x": chance.random((1, 1, 28, 28), dtype="float32")}
    return lambda: session.run(None, x)


timing.measure("infer_lenet_b1", inference)
