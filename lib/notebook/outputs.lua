-- outputs.lua - what the cells of a notebook gave, in a file beside it: digits.out of digits.lua
--
--   arguments --epochs 1            what it ran with, if it was given any
--   cell train 5f3a90c1 good        name, checksum of the text that ran, how it ended: good, error, interrupted, memory
--   text                            what it printed; warning: on stderr; value: of the last expression; error: the report
--   | loss 0.25                     the lines of it
--   chart curve: 50 points          a chart, its SVG below (without gnuplot: its drawing in text)
--   image png                       another picture, in base64
--
-- Made anew by each run; line by line, so that git shows what changed. Nothing in it depends on when or where it was made.
-- Holds: reading any bytes gives a table; a damaged file is one with less in it, and says so. SPDX-License-Identifier: MIT
local core = require "lunette.data_core"

local outputs = {}

local HEAD = "lunette outputs 1"
local kinds = {text = true, warning = true, value = true, error = true, interrupted = true, chart = true, image = true}
local summarised = {chart = true, image = true}

--- The path of the outputs of a notebook.
function outputs.path(path) return (path:gsub("%.%w+$", "")) .. ".out" end

--- The checksum of a cell's text.
function outputs.hash(text) return ("%08x"):format(core.crc32(text)) end

local function put_lines(parts, text)
    for line in (text .. "\n"):gmatch "([^\n]*)\n" do parts[#parts + 1] = line == "" and "|" or "| " .. line end
end

--- The text of the file. records: name -> {hash =, status =, outputs = {{kind =, text =, dropped =, summary =}, ...}},
--- written in the order of `names`; arguments: a text, or nil.
function outputs.write(names, records, arguments)
    local parts = {HEAD}
    if arguments and arguments ~= "" then parts[2] = "arguments " .. arguments:gsub("%c", " ") end
    for _, name in ipairs(names) do
        local record = records[name]
        if record then
            parts[#parts + 1] = ""
            parts[#parts + 1] = ("cell %s %s %s"):format(name, record.hash, record.status)
            for _, output in ipairs(record.outputs) do
                local dropped = output.dropped and (" %d bytes more were not kept"):format(output.dropped) or ""
                parts[#parts + 1] = output.kind .. (output.summary and " " .. output.summary or dropped)
                if output.text and output.text ~= "" then put_lines(parts, output.text) end
            end
        end
    end
    return table.concat(parts, "\n") .. "\n"
end

-- A line that begins something; nil when it means nothing.
local function begin(line, records)
    local name, hash, status = line:match "^cell ([%w_-]+) (%x+) (%a+)$"
    if name then
        records[name] = {hash = hash, status = status, outputs = {}}
        return records[name]
    end
end

local function begin_output(line, record)
    local kind, rest = line:match "^(%a+) ?(.*)$"
    if not record or not kinds[kind] then return nil end
    local output = {kind = kind, lines = {}}
    if summarised[kind] then output.summary = rest
    else output.dropped = math.tointeger(rest:match "^(%d+) bytes more") end
    record.outputs[#record.outputs + 1] = output
    return output
end

--- The records of a text, how many of its lines mean nothing, and the arguments.
function outputs.read(text)
    local records, record, output, strange = {}, nil, nil, 0
    if text:match "^[^\n]*" ~= HEAD then return records, 1, "" end
    local arguments, rest = text:match("^arguments ([^\n]*)(.*)$", #HEAD + 2)
    for line in ((rest or text:sub(#HEAD + 2)) .. "\n"):gmatch "([^\n]*)\n" do
        local content = line:match "^| ?(.*)$"
        if content and output then
            output.lines[#output.lines + 1] = content
        elseif line ~= "" then
            local new = begin(line, records)
            if new then record, output = new, nil else output = begin_output(line, record) end
            if not new and not output then strange = strange + 1 end
        end
    end
    for _, each in pairs(records) do
        for _, one in ipairs(each.outputs) do one.text, one.lines = table.concat(one.lines, "\n"), nil end
    end
    return records, strange, arguments or ""
end

return outputs
