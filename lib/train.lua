-- train.lua - training: runs with callbacks, checkpoints and live curves; the learning-rate finder
--
-- train.run is the loop helper under a loop of one's own; lib/keras.lua stands on the same. Read next: lib/train/run.lua.
-- SPDX-License-Identifier: MIT
local train = {run = require "lunette.train.run".new, callbacks = require "lunette.train.callbacks",
        checkpoint = require "lunette.train.checkpoint",
               lr_find = require "lunette.train.lr_find"}

return train
