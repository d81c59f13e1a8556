-- variables.lua - values as the client's tree: one line each, opened page by page, and assigned
--
-- A tensor is one line until it is opened; its rows come as pages, its statistics when asked for where it is large. Gradient rules of an
-- assignment are those of lib/dbg/change.lua: in1 and out are replaced (differentiated as typed), elements are changed in memory.
-- Read next: lib/dap/stops.lua, lib/dap/evaluate.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.dbg_core"
local change = require "lunette.dbg.change"
local frames = require "lunette.dbg.frames"
local look = require "lunette.dbg.look"
local channel = require "lunette.dap.channel"
local json = require "lunette.dap.json"
local memory = require "lunette.dap.memory"
local requests = require "lunette.dap.requests"
local stops = require "lunette.dap.stops"

local variables = {}
local LARGE = 2 ^ 20             -- elements of a tensor whose statistics wait to be asked for
local PAGE = 1000                -- children at once, of a client that does not page
local TEXT = 200                 -- bytes of a string that is shown

-- ---- one line ----

local function header(x) return ("%s[%s] %s"):format(x.dtype, table.concat(x.shape, ","), x.device) end

local function brief_function(f)
    local info = debug.getinfo(f, "S")
    return info.what == "C" and "function (C)" or ("function %s:%d"):format(info.short_src, info.linedefined)
end

local function brief_table(t)
    local mt = getmetatable(t)
    if stops.is_module(t) or type(mt) == "table" and rawget(mt, "__tostring") then return (look.first_line(t):gsub("%s%s+", "  ")) end
    local n, more = rawlen(t), 0
    for key in next, t do
        if not (math.type(key) == "integer" and key >= 1 and key <= n) then more = more + 1 end
    end
    return n > 0 and ("{%d values%s}"):format(n, more > 0 and (", %d names"):format(more) or "") or ("{%d names}"):format(more)
end

--- A value in one line.
function variables.brief(value)
    if lun.is_tensor(value) then
        if value:numel() > LARGE then return header(value) .. "  (statistics when opened)" end
        return look.first_line(value)
    end
    local kind = type(value)
    if kind == "string" then return #value > TEXT and ("%q... (%d bytes)"):format(value:sub(1, TEXT), #value) or ("%q"):format(value) end
    if kind == "function" then return brief_function(value) end
    if kind == "table" then return brief_table(value) end
    return look.first_line(value)
end
local brief = variables.brief

local function type_of(value)
    if lun.is_tensor(value) then return "tensor" end
    return stops.is_module(value) and value.__name or math.type(value) or type(value)
end

-- ---- what can be opened ----

local open                       -- value, path -> container or nil

--- The variable `name`; path: the Lua expression for it, or nil.
function variables.shown(name, value, path)
    local shown = {name = name, value = brief(value), type = type_of(value), evaluateName = path, variablesReference = 0,
                   memoryReference = memory.reference(value)}
    local container = open(value, path)
    if container then
        shown.variablesReference = stops.refer(container)
        shown.indexedVariables, shown.namedVariables = container.indexed, container.named
    end
    return shown
end
local shown = variables.shown

local function page(from, to, start, count)
    if not count or count <= 0 then count = PAGE end
    from = from + (start or 0)
    return from, math.min(to, from + count - 1), from + count - 1 < to
end

local function rest_of(list, to, from) list[#list + 1] = {name = "...", value = ("%d more"):format(to - from), variablesReference = 0} end

-- Rows by number, where the client asks for them.
local function add_indexed(list, n, arguments, child)
    if arguments.filter == "named" then return end
    local from, to, more = page(1, n, arguments.start, arguments.count)
    for i = from, to do list[#list + 1] = child(i) end
    if more and not arguments.count then rest_of(list, n, to) end
end

local function statistics_of(x)
    return {get = function() return nil end, list = function()
        return json.array {{name = "statistics", value = look.first_line(x), variablesReference = 0}}
    end}
end

local function tensor_names(x, path)
    local list = {{name = "shape", value = "[" .. table.concat(x.shape, ",") .. "]", variablesReference = 0},
                  {name = "dtype", value = x.dtype, variablesReference = 0}, {name = "device", value = tostring(x.device), variablesReference = 0},
                  {name = "requires_grad", value = tostring(x.requires_grad), variablesReference = 0}}
    list[#list + 1] = {name = "statistics", value = "", variablesReference = stops.refer(statistics_of(x)), presentationHint = {lazy = true}}
    if x.requires_grad and x.is_leaf and x.grad then list[#list + 1] = shown("grad", x.grad, path and path .. ".grad") end
    return list
end

local function index_of(name) return math.tointeger(name:match "^%[(%d+)%]$") end

local function open_tensor(x, path)
    local rows = x.ndim > 0 and x.shape[1] or 0
    local function row(i)
        local part = lun.no_grad(function() return x[i] end)
        if lun.is_tensor(part) and part.ndim == 0 then return part:item() end
        return part
    end
    local container = {value = x, indexed = rows, named = x.requires_grad and x.is_leaf and x.grad and 6 or 5}
    function container.get(name) return index_of(name) and x or name == "grad" and x.grad or nil end
    function container.list(arguments)
        local list = json.array()
        if arguments.filter ~= "indexed" then
            for _, variable in ipairs(tensor_names(x, path)) do list[#list + 1] = variable end
        end
        add_indexed(list, rows, arguments, function(i) return shown(("[%d]"):format(i), row(i), path and ("%s[%d]"):format(path, i)) end)
        return list
    end
    function container.set(name, value)
        local i = index_of(name)
        if not i then error(("%s of a tensor is not assigned here; its elements are"):format(name), 0) end
        change.poke(x, {i, n = 1}, value)
        return row(i)
    end
    return container
end

local function is_identifier(key) return type(key) == "string" and key:match "^[%a_][%w_]*$" ~= nil end

local function name_of(key) return type(key) == "string" and key or ("[%s]"):format(look.first_line(key)) end

local function path_to(path, key)
    if not path then return nil end
    if is_identifier(key) then return path .. "." .. key end
    if type(key) == "string" or math.type(key) then return ("%s[%q]"):format(path, key) end
end

local function open_table(t, path)
    local n, names, by_name = rawlen(t), {}, {}
    local hides = stops.is_module(t)
    for key in next, t do
        local is_row = math.type(key) == "integer" and key >= 1 and key <= n
        if not is_row and not (hides and name_of(key):sub(1, 1) == "_") then
            names[#names + 1] = name_of(key)
            by_name[name_of(key)] = key
        end
    end
    if n == 0 and #names == 0 then return nil end
    table.sort(names)
    local container = {value = t, indexed = n > 0 and n or nil, named = #names}
    local function key_of(name) return by_name[name] ~= nil and by_name[name] or index_of(name) end
    function container.get(name) return rawget(t, key_of(name)) end
    function container.list(arguments)
        local list = json.array()
        if arguments.filter ~= "indexed" then
            for i = 1, math.min(#names, PAGE) do
                local key = by_name[names[i]]
                list[#list + 1] = shown(names[i], rawget(t, key), path_to(path, key))
            end
            if #names > PAGE then rest_of(list, #names, PAGE) end
        end
        add_indexed(list, n, arguments, function(i) return shown(("[%d]"):format(i), rawget(t, i), path_to(path, i)) end)
        return list
    end
    function container.set(name, value)
        local key = key_of(name)
        if key == nil then error("there is no " .. name, 0) end
        t[key] = value
        return t[key]
    end
    return container
end

function open(value, path)
    if lun.is_tensor(value) then return open_tensor(value, path) end
    if type(value) == "table" then return open_table(value, path) end
end

-- ---- scopes ----

-- A container over pairs {name, value}, in order.
local function pairs_container(list, set)
    local container = {set = set, named = #list}
    function container.get(name)
        for _, pair in ipairs(list) do
            if pair[1] == name then return pair[2] end
        end
    end
    function container.list()
        local shown_list = json.array()
        for i, pair in ipairs(list) do shown_list[i] = shown(pair[1], pair[2], pair[3]) end
        return shown_list
    end
    return container
end

local function sorted(values)
    local list = {}
    for name, value in pairs(values) do list[#list + 1] = {name, value, name} end
    table.sort(list, function(a, b) return a[1] < b[1] end)
    return list
end

local function locals_scope(record)
    local function set(name, value)
        if not frames.set_local(record.thread, record.frame, name, value) then error("it cannot be assigned in this frame", 0) end
        local ev = stops.now.ev
        if record.thread == ev.thread and ev.selected == record.index then
            rawset(ev.env, name, value)
            ev.taken[name] = value
        end
        return value
    end
    return pairs_container(sorted(frames.locals(record.thread, record.frame)), set)
end

local function set_slot(name, _, text)
    local ev = stops.now.ev
    require("lunette.dbg.commands").run_line(ev, ("set %s = %s"):format(name, text))
    return rawget(ev.env, name)
end

local function inputs_scope(ev)
    local list = {}
    for i = 1, ev.inputs.n or #ev.inputs do list[i] = {"in" .. i, ev.inputs[i], "in" .. i} end
    return pairs_container(list, set_slot)
end

local function results_scope(ev)
    local list = {}
    for k, out in ipairs(ev.outputs) do list[k] = {k == 1 and "out" or "out" .. k, out, k == 1 and "out" or "out" .. k} end
    return pairs_container(list, set_slot)
end

-- Opened by who wants them: of a large tensor they take a while.
local function statistics_scope(ev)
    local list = {}
    for i = 1, ev.inputs.n or #ev.inputs do
        if lun.is_tensor(ev.inputs[i]) then list[#list + 1] = {"in" .. i, ev.inputs[i]} end
    end
    for k, out in ipairs(ev.outputs) do
        if lun.is_tensor(out) then list[#list + 1] = {k == 1 and "out" or "out" .. k, out} end
    end
    return {named = #list, get = function() return nil end, list = function()
        local lines = json.array()
        for i, pair in ipairs(list) do lines[i] = {name = pair[1], value = look.first_line(pair[2]), variablesReference = 0} end
        return lines
    end}
end

local function saved_scope()
    local node, list = core.node(), {}
    for _, saved in ipairs(node and node.saved or {}) do
        if saved.value then list[#list + 1] = {saved.name, saved.value} end
    end
    return pairs_container(list)
end

local function scope_rows(record)
    local ev, rows = stops.now.ev, {}
    local function add(name, container, hint, expensive)
        if container.named == 0 then return end
        rows[#rows + 1] = {name = name, presentationHint = hint, variablesReference = stops.refer(container), expensive = expensive or false,
                           namedVariables = container.named}
    end
    local here = record.thread == ev.thread
    local is_place = here and (record.kind == "op" or record.kind == "mod" and ev.frame == record.module)
    if is_place then
        add("Inputs", inputs_scope(ev), "arguments")
        add("Result", results_scope(ev), "returnValue")
        add("Options", pairs_container(sorted(ev.attributes or {})))
        add("Statistics", statistics_scope(ev), nil, true)
    end
    if record.kind == "bwd" then add("Saved for backward", saved_scope()) end
    if record.kind == "mod" then
        local parameters, gradients = {}, {}
        for _, pair in ipairs(record.module.module:named_parameters()) do
            parameters[#parameters + 1] = pair
            if pair[2].grad then gradients[#gradients + 1] = {pair[1], pair[2].grad} end
        end
        add("Parameters", pairs_container(parameters))
        add("Gradients", pairs_container(gradients))
        add("Module", open_table(record.module.module, "self") or {named = 0})
    end
    local frame = here and ev.frames[record.index] or record.frame
    if frame then add("Locals", locals_scope {thread = record.thread, frame = frame, index = record.index}, "locals") end
    add("Globals", open_table(lun.session or _G) or {named = 0}, "globals", true)
    return rows
end

local function scopes(arguments)
    local _, record = stops.event(arguments.frameId)
    return {scopes = json.array(scope_rows(record))}
end

-- ---- requests ----

local function list_variables(arguments)
    return {variables = stops.container(arguments.variablesReference).list(arguments)}
end

--- After an edit: what is shown is old.
function variables.edited()
    if channel.client.supportsInvalidatedEvent then channel.event("invalidated", {areas = {"variables"}}) end
    memory.edited()
end

local function assigned(variable)
    return {value = variable.value, type = variable.type, variablesReference = variable.variablesReference,
            indexedVariables = variable.indexedVariables, namedVariables = variable.namedVariables, memoryReference = variable.memoryReference}
end

local function set_variable(arguments)
    local container, name = stops.container(arguments.variablesReference), arguments.name
    if not container.set then error(name .. " is not assigned here", 0) end
    local ev = stops.now.ev
    local now = shown(name, container.set(name, look.evaluate(ev, arguments.value), arguments.value))
    return assigned(now), variables.edited
end

-- x[2,3] or h.w[1]: elements of a tensor change in memory; in1 and out are the op's; the rest is Lua's assignment.
local function set_expression(arguments)
    local ev = stops.event(arguments.frameId)
    local target, text = arguments.expression, arguments.value
    local slot = target:match "^in%d+$" or target:match "^out%d*$"
    local now
    if slot and (ev.op or ev.frame) then
        now = set_slot(target, nil, text)
    else
        local base, indices = target:match "^(.-)%[([^%]]+)%]$"
        local ok, x = pcall(look.evaluate, ev, base or "nil")
        if ok and lun.is_tensor(x) then
            change.poke(x, table.pack(look.evaluate(ev, indices)), look.evaluate(ev, text))
            target = ("%s[%s]"):format(base, (indices:gsub("%s*,%s*", "][")))
        else
            local chunk, why = load(("%s = %s"):format(target, text), "=(set)", "t", ev.env)
            if not chunk then error((why:gsub("^%(set%):%d+: ", "")), 0) end
            chunk()
            look.write_back(ev)
        end
        now = look.evaluate(ev, target)
    end
    return assigned(shown(target, now, target)), variables.edited
end

requests.add({scopes = scopes, variables = list_variables, setVariable = set_variable, setExpression = set_expression}, true)

return variables
