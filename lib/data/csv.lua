-- csv.lua - whole CSV files as tables of columns, and texts as labels
--
-- For files that do not fit in memory there is data.csv_rows. Read next: lib/data/files.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.data_core"
local data = {}


--- Reads a CSV file: {names, columns, rows}; a column of numbers is a float64 tensor, others a list of texts.
--- Options: delimiter (","), header (true). Fields by name: t:column("price"); several as one matrix: t:matrix{"a", "b"}.
local Csv = {}
Csv.__index = Csv
function data.csv(path, options)
    options = options or {}
    if type(path) ~= "string" then lun.fail("data.csv", "expected a path, got " .. tostring(path), 'data.csv("table.csv")') end
    for name in pairs(options) do
        if name ~= "delimiter" and name ~= "header" then
            lun.fail("data.csv", ("no option '%s'; it takes: delimiter, header"):format(tostring(name)), '{delimiter = ";"}', "name")
        end
    end
    local file, why = io.open(path, "rb")
    local text = file and file:read "a"
    if file then file:close() end
    if not text then
        lun.fail("data.csv", "cannot read " .. (why or path .. ": is it a folder?"),
            "relative paths start where the program was started", "file")
    end
    return setmetatable(core.csv(text, options.delimiter or ",", options.header ~= false, path), Csv)
end

function Csv:column(name)
    for k, known in ipairs(self.names) do
        if known == name then return self.columns[k] end
    end
    lun.fail("csv", ("no column '%s'; there are: %s"):format(tostring(name), table.concat(self.names, ", ")), "names are in t.names", "name")
end

function Csv:matrix(names)
    local columns = {}
    for i, name in ipairs(names or self.names) do
        columns[i] = self:column(name)
        if not lun.is_tensor(columns[i]) then
            lun.fail("csv", ("column '%s' is text, not numbers"):format(name), ("data.labels(t:column(%q)) numbers the texts"):format(name), "dtype")
        end
    end
    return lun.stack(columns, 2):float()
end

--- Texts as labels: returns int64 labels counting from 1 and the list of names in order of first appearance.
function data.labels(texts)
    if type(texts) ~= "table" then lun.fail("data.labels", "expected a list of texts, got " .. tostring(texts), 't:column("species")') end
    local ids, names, labels = {}, {}, {}
    for i, text in ipairs(texts) do
        if not ids[text] then
            names[#names + 1] = text
            ids[text] = #names
        end
        labels[i] = ids[text]
    end
    return lun.tensor(labels), names
end

return data
