-- ipynb_outputs.lua - what a cell gave, in Jupyter's form and back
--
-- What was printed is a stream, a value a result of text/plain, a chart image/svg+xml, an error an error. Of other people's
-- outputs the text and the pictures are taken; HTML and scripts are not. Holds: any JSON value may stand where one is
-- expected. Read next: lib/notebook/ipynb.lua, lib/notebook/outputs.lua. SPDX-License-Identifier: MIT
local json = require "lunette.notebook.json"
local clean = require "lunette.notebook.clean"

local forms = {}

--- A text as nbformat's list of lines.
function forms.lines(text)
    local lines = json.list {}
    for line in text:gmatch "[^\n]*\n?" do
        if line ~= "" then lines[#lines + 1] = line end
    end
    return lines
end

--- A text or a list of texts as one text; `where`: the number of the cell, for the error.
function forms.text(value, where)
    if type(value) == "string" then return value end
    if type(value) ~= "table" or value == json.null then
        if where then error(("cell %d has no source"):format(where), 0) end
        return ""
    end
    local parts = {}
    for i, part in ipairs(value) do
        if type(part) ~= "string" then
            if where then error(("cell %d: its source is no text"):format(where), 0) end
            part = ""
        end
        parts[i] = part
    end
    return table.concat(parts)
end

local function stream(name)
    return function(output)
        local more = output.dropped and ("... %d bytes more were not kept\n"):format(output.dropped) or ""
        return {output_type = "stream", name = name, text = forms.lines(output.text .. "\n" .. more)}
    end
end

local function failure(output)
    local first = output.text:match "^[^\n]*"
    return {output_type = "error", ename = first:match "^error%[(%w+)%]" or output.kind, evalue = first:gsub("^error[^ ]* ", ""),
            traceback = forms.lines(output.text)}
end

local writers = {
    text = stream "stdout",
    warning = stream "stderr",
    error = failure,
    interrupted = failure,
    value = function(output)
        local data = {["text/plain"] = forms.lines(output.text)}
        return {output_type = "execute_result", execution_count = json.null, metadata = {}, data = data}
    end,
    chart = function(output)
        local svg = output.text:find("<svg", 1, true)
        local data = {["text/plain"] = forms.lines(svg and output.summary or output.text)}
        if svg then data["image/svg+xml"] = forms.lines(output.text) end
        return {output_type = "display_data", metadata = {lunette = {chart = output.summary}}, data = data}
    end,
    image = function(output)
        return {output_type = "display_data", metadata = {}, data = {["image/" .. output.summary] = output.text}}
    end,
}

--- The outputs of a record.
function forms.write(record)
    local list = {}
    for i, output in ipairs(record.outputs) do list[i] = writers[output.kind](output) end
    return list
end

-- Of the forms in which a value came, the one that is kept.
local function read_data(given)
    local data = type(given.data) == "table" and given.data or {}
    local plain = clean(forms.text(data["text/plain"]))
    local own = type(given.metadata) == "table" and type(given.metadata.lunette) == "table" and given.metadata.lunette.chart
    local svg = forms.text(data["image/svg+xml"])
    local chart = type(own) == "string" and own or svg ~= "" and (plain:match "^[^\n]+" or "picture")
    if chart then return {kind = "chart", summary = chart:gsub("%c", " "), text = svg ~= "" and svg:gsub("\n+$", "") or plain} end
    for _, form in ipairs {"png", "jpeg"} do
        local picture = forms.text(data["image/" .. form]):gsub("%s", "")
        if picture ~= "" and not picture:find "[^%w+/=]" then return {kind = "image", summary = form, text = picture} end
    end
    return {kind = "value", text = plain}
end

local readers = {
    stream = function(given)
        return {kind = given.name == "stderr" and "warning" or "text", text = clean(forms.text(given.text))}
    end,
    execute_result = read_data,
    display_data = read_data,
    error = function(given)
        local text = clean(forms.text(given.traceback))
        if text == "" then text = clean("error: " .. forms.text(given.evalue)) end
        return {kind = given.ename == "interrupted" and "interrupted" or "error", text = text}
    end,
}

--- The record of what a cell gave, without its hash; nil when it never ran: it has no outputs, and no number.
function forms.read(list, count)
    local record = {status = "good", outputs = {}}
    if type(list) ~= "table" then return nil end
    for _, given in ipairs(list) do
        local reader = type(given) == "table" and readers[given.output_type]
        if reader then
            local output = reader(given)
            if output.kind == "error" or output.kind == "interrupted" then record.status = output.kind end
            record.outputs[#record.outputs + 1] = output
        end
    end
    return (#record.outputs > 0 or math.type(count) == "integer") and record or nil
end

return forms
