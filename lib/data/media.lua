-- media.lua - pictures and sound: data.image, data.image_folder, data.wav
--
-- Pictures are uint8 [channels, height, width], sound is float32 [channels, frames] in -1..1. Read next: formats/image.h, formats/wav.h.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.data_core"
local pipeline = require "lunette.data.pipeline"

local media = {}

--- The bytes of a file; raises with the path.
local function read(op, path)
    if type(path) ~= "string" then lun.fail(op, "expected a path, got " .. tostring(path), op .. '("file")') end
    local file, why = io.open(path, "rb")
    local bytes = file and file:read "a"
    if file then file:close() end
    if not bytes then lun.fail(op, "cannot read " .. (why or path .. ": is it a folder?"), nil, "file") end
    return bytes
end

-- Calls f with the bytes of a file; errors name it.
local function of_file(op, path, f, ...)
    local results = table.pack(pcall(f, read(op, path), ...))
    if not results[1] then error(pipeline.locate(results[2], path), 0) end
    return table.unpack(results, 2, results.n)
end

--- A PNG or JPEG file as uint8 [channels, height, width]; channels: 1 grey, 3 colours, 4 with opacity; as the file has them unless given.
function media.image(path, options)
    options = pipeline.options("data.image", options, {"channels"})
    return of_file("data.image", path, core.image, options.channels)
end

--- The same for the bytes of a file, such as a field of a record has.
function media.decode_image(bytes, options)
    options = pipeline.options("data.decode_image", options, {"channels"})
    if type(bytes) ~= "string" then lun.fail("data.decode_image", "expected bytes, got " .. tostring(bytes), "data.decode_image(record.image[1])") end
    return core.image(bytes, options.channels)
end

--- A WAV file: float32 [channels, frames] in -1..1, and its frames per second.
function media.wav(path) return of_file("data.wav", path, core.wav) end

-- ---- folders of pictures ----

local Folder = {}
Folder.__index = Folder
Folder.__len = function(self) return #self.paths end
local endings = {png = true, jpg = true, jpeg = true}

local function sorted(path)
    local entries = core.folder(path)
    table.sort(entries, function(a, b) return a.name < b.name end)
    return entries
end

--- A data set of the pictures below `root`: its folders are the classes, sorted by name, and set:get(i) gives a picture and its class (from 1).
--- set.classes are the names, set.paths the files. Options: channels (3); size ({height, width}: all are resized to it, by area when they shrink).
function media.image_folder(root, options)
    local op = "data.image_folder"
    options = pipeline.options(op, options, {"channels", "size"})
    if type(root) ~= "string" then lun.fail(op, "expected a folder, got " .. tostring(root), op .. '("pictures")') end
    local size = options.size
    if size ~= nil and not (type(size) == "table" and #size == 2) then lun.fail(op, "size is {height, width}", "{size = {64, 64}}") end
    local set = {classes = {}, paths = {}, labels = {}, root = root, options = options}
    for _, class in ipairs(sorted(root)) do
        if class.folder then
            set.classes[#set.classes + 1] = class.name
            for _, file in ipairs(sorted(root .. "/" .. class.name)) do
                local ending = file.name:match "%.(%a+)$"
                if ending and endings[ending:lower()] then
                    set.paths[#set.paths + 1] = ("%s/%s/%s"):format(root, class.name, file.name)
                    set.labels[#set.paths] = #set.classes
                end
            end
        end
    end
    if #set.paths == 0 then lun.fail(op, ("%s has no folders with .png or .jpg files"):format(root), "one folder for each class", "file") end
    return setmetatable(set, Folder)
end

function Folder:get(i)
    local path = self.paths[i]
    if not path then lun.fail("data.image_folder", ("no picture %s, there are %d"):format(tostring(i), #self.paths), nil, "index") end
    local x = media.image(path, {channels = self.options.channels or 3})
    local size = self.options.size
    if size and (x:size(2) ~= size[1] or x:size(3) ~= size[2]) then
        x = x:float():unsqueeze(1):interpolate(size, {mode = "bilinear", antialias = true})[1]:round():clamp(0, 255):byte()
    end
    return x, self.labels[i]
end

function Folder:recipe() return "image_folder", {self.root, self.options} end

return media
