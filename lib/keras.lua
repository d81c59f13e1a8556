-- keras.lua - networks in Keras's style: Sequential, graphs of layers, subclasses; compile, fit, evaluate, predict, save
--
-- Names are Keras's; classes, dims and positions count from 1, and pictures are [n, channels, height, width] as everywhere
-- here. Read next: lib/keras/model.lua, lib/train/run.lua. SPDX-License-Identifier: MIT
local graph = require "lunette.keras.graph"
local keras = {
    Model = graph.Model, Input = graph.Input,
    Sequential = require "lunette.keras.sequential",
    layers = require "lunette.keras.layers",
    losses = require "lunette.keras.losses",
    optimizers = require "lunette.keras.optimizers",
    callbacks = require "lunette.train.callbacks",
    metrics = require "lunette.metrics",
}
keras.load_model = require "lunette.keras.saving".load

return keras
