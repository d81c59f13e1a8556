-- pick.lua - writes t/oracle/sample.safetensors: a few calls of every op and dtype, for the test that needs no PyTorch (t/oracle.lua)
--
-- lunette pick.lua FOLDER OUT. The files of make.py are read; of each, calls that are right are taken: small ones, spread over the file.
-- Holds: the same files give the same bytes; a tensor that stands in several calls is kept once.
-- Read next: values.lua (values.read_sample), README.md. SPDX-License-Identifier: MIT
local lun = require "lunette"
local values = require "oracle.values"
local check = require "oracle.check"

local folder, out = arg[1], arg[2]
local wanted = { float32 = 3, float64 = 1, int64 = 1, bool = 1, bfloat16 = 1, complex64 = 2, errors = 2 }
local order = { "float32", "float64", "int64", "bool", "bfloat16", "complex64", "errors" }
local most_elements = 150

local kept, count, known = {}, 0, {}
local function keep(x)
    local key = tostring(x.dtype) .. table.concat(x.shape, ",", 1, x.ndim) .. ":"
    if x:numel() > 0 then
        local list = x:flatten():totable()
        for i, v in ipairs(list) do list[i] = type(v) == "number" and ("%a"):format(v) or tostring(v) end
        key = key .. table.concat(list, " ")
    end
    if not known[key] then
        count = count + 1
        known[key] = count
        kept[tostring(count)] = x
    end
    return known[key]
end

-- The lines of a file: what stands before its calls, and each call.
local function lines_of(path)
    local _, texts = lun.load(path)
    local head, list = nil, {}
    for line in texts.calls:gmatch "[^\n]+" do
        if line:find "^{ args" then list[#list + 1] = line:gsub(",$", "") else head = head or line end
    end
    return head, list
end

local function elements_of(line, file)
    local elements = #line > 1500 and math.maxinteger or 0
    for id in line:gmatch "[TC]%((%d+)" do
        if not file.tensors[id] then return math.maxinteger end
        elements = elements + file.tensors[id]:numel()
    end
    return elements
end

local function right(op, call, file)
    if check.unsayable(call, file) then return false end
    if file.dtype == "errors" then return check.refusal(op, call, file) == nil end
    local problem, _, wrong = check.call(op, call, file)
    return not problem and not wrong
end

local function right_ones(op, file, lines, elements, most)
    local good = {}
    for k, line in ipairs(lines) do
        if #good < most and elements_of(line, file) <= elements then
            local ran, well = pcall(right, op, file.calls[k], file)
            if ran and well then good[#good + 1] = line end
        end
    end
    return good
end

local function taken(title, dtype)
    local path = ("%s/%s.%s.safetensors"):format(folder, title, dtype)
    local there = io.open(path)
    if not there then return end
    there:close()
    local file, op = values.read(path)
    op = check.resolve(file.name, file.variant)
    local head, lines = lines_of(path)
    local good = right_ones(op, file, lines, most_elements, 12 * wanted[dtype])
    if #good == 0 and dtype == "float32" then good = right_ones(op, file, lines, 3000, 1) end
    local n = math.min(wanted[dtype], #good)
    if n == 0 then return end
    local chosen = {}
    for i = 1, n do
        local line = good[n == 1 and (#good + 1) // 2 or 1 + (i - 1) * (#good - 1) // (n - 1)]
        chosen[i] = line:gsub("([TC])%((%d+)", function(kind, id) return kind .. "(" .. keep(file.tensors[id]) end)
    end
    return head:gsub(",$", "") .. ", skipped = {}, calls = {\n" .. table.concat(chosen, ",\n") .. "\n} }"
end

local titles, found = {}, {}
local pipe = io.popen("ls '" .. folder .. "'")
for line in pipe:lines() do
    local title = line:match "^(.*)%.float32%.safetensors$"
    if title and not found[title] then
        found[title] = true
        titles[#titles + 1] = title
    end
end
pipe:close()

local parts, ops, calls = {}, 0, 0
for _, title in ipairs(titles) do
    local name, variant = title:match "^([^-]*)%-?(.*)$"
    if check.resolve(name, variant) and not check.left_out(name) then
        local before = #parts
        for _, dtype in ipairs(order) do parts[#parts + 1] = taken(title, dtype) end
        if #parts > before then ops = ops + 1 else print("no small call of " .. title .. " is right") end
    end
    collectgarbage()
end
local text = "return {\n" .. table.concat(parts, ",\n"):gsub("return {", "{") .. "\n}\n"
for _ in text:gmatch "{ args" do calls = calls + 1 end
lun.save(out, kept, { calls = text })
print(("%d calls of %d ops, %d tensors"):format(calls, ops, count))
