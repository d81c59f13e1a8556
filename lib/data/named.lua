-- named.lua - data sets by name: iris and digits travel in the program, Fashion-MNIST and MNIST are read where they are
--
-- Labels count from 1, whatever the file says. Read next: lib/data/README.md. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.data_core"
local data = {}


--- Fisher's iris: x f32[150,4] in cm, y int64[150] in 1..3, names.
function data.iris()
    local t = core.csv(core.embedded("lib/data/iris.csv"), ",", true)
    local columns = {}
    for k = 1, 4 do columns[k] = t.columns[k] end
    return lun.stack(columns, 2):float(), t.columns[5]:long() + 1, {"setosa", "versicolor", "virginica"}
end

--- Handwritten digits 8x8: x f32[1797,64] in 0..1, y int64[1797] in 1..10 (digit + 1).
function data.digits()
    local t = core.csv(core.gunzip(core.embedded("lib/data/digits.csv.gz")), ",", false)
    local columns = {}
    for k = 1, 64 do columns[k] = t.columns[k] end
    return lun.stack(columns, 2):float() / 16, t.columns[65]:long() + 1
end

local fashion_names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}

local function part_name(op, part)
    if part == "train" or part == nil then return "train" end
    if part == "test" then return "t10k" end
    lun.fail(op, ("no part '%s': there are train and test"):format(tostring(part)), op .. '("test")')
end

-- Images and labels of the four files that MNIST and its family come in.
local function idx_set(op, folder, part, hint)
    local stem = ("%s/%s-"):format(folder, part_name(op, part))
    local file = io.open(stem .. "images-idx3-ubyte.gz", "rb")
    if not file then lun.fail(op, ("there is no %simages-idx3-ubyte.gz"):format(stem), hint, "file") end
    file:close()
    local x, y = core.idx(stem .. "images-idx3-ubyte.gz"), core.idx(stem .. "labels-idx1-ubyte.gz")
    if x.ndim ~= 3 or y.ndim ~= 1 or x:size(1) ~= y:size(1) then
        local images, labels = table.concat(x.shape, ","), table.concat(y.shape, ",")
        lun.fail(op, ("%s has images of [%s], but labels of [%s]"):format(folder, images, labels), hint, "format")
    end
    return x, y:from_zero_based()
end

--- Fashion-MNIST (Debian's dataset-fashion-mnist): x u8[60000,28,28], y int64 in 1..10, names; part is "train" or "test".
function data.fashion_mnist(part, folder)
    local x, y = idx_set("data.fashion_mnist", folder or "/usr/share/datasets/fashion-mnist", part, "apt-get install dataset-fashion-mnist")
    return x, y, fashion_names
end

--- MNIST from a folder with the four original .gz files: x u8[n,28,28], y int64 in 1..10 (digit + 1).
function data.mnist(part, folder)
    if type(folder) ~= "string" then lun.fail("data.mnist", "no folder given", 'data.mnist("train", "folder/with/the/four/files")') end
    return idx_set("data.mnist", folder, part, "the folder holds train-images-idx3-ubyte.gz and three more")
end

return data
