-- schema.lua - does a message fit the protocol's own JSON schema? The part of JSON Schema (draft 4) that debugProtocol.json uses
--
-- The schema is not ours and not in the tree: LUNETTE_DAP_SCHEMA names it, or Python's debugpy has it. Read next: t/dap/protocol.lua.
-- SPDX-License-Identifier: MIT
local json = require "lunette.dap.json"
local schema = {}

local inside = "/_vendored/pydevd/_pydevd_bundle/_debug_adapter/debugProtocol.json"

--- Reads the schema; nil and why where there is none.
function schema.load()
    local path = os.getenv "LUNETTE_DAP_SCHEMA"
    if not path then
        local python = os.getenv "LUNETTE_PEER_PYTHON" or "python3"
        local pipe = io.popen(python .. " -c 'import importlib.util as u; print(u.find_spec(\"debugpy\").submodule_search_locations[0])' 2>/dev/null")
        local folder = pipe:read "l"
        pipe:close()
        path = folder and folder .. inside
    end
    local file = path and io.open(path)
    if not file then return nil, "no debugProtocol.json: LUNETTE_DAP_SCHEMA=FILE (it is in PyPI's debugpy)" end
    local text = file:read "a"
    file:close()
    return json.decode(text).definitions
end

local kinds = {
    string = function(x) return type(x) == "string" end, boolean = function(x) return type(x) == "boolean" end,
    integer = function(x) return math.type(x) == "integer" end, number = function(x) return type(x) == "number" end,
    array = function(x) return type(x) == "table" and (next(x) == nil or x[1] ~= nil) end,
    object = function(x) return type(x) == "table" and x[1] == nil end, null = function(x) return x == nil end,
}

local function has_kind(x, kind)
    if type(kind) == "string" then return kinds[kind](x) end
    for _, one in ipairs(kind) do
        if kinds[one](x) then return true end
    end
    return false
end

local function contains(list, x)
    for _, one in ipairs(list) do
        if one == x then return true end
    end
    return false
end

local check

local function check_fields(definitions, x, rule, path, problems)
    for _, name in ipairs(rule.required or {}) do
        local may_be_null = rule.properties and rule.properties[name] and type(rule.properties[name].type) == "table"
        if x[name] == nil and not may_be_null then problems[#problems + 1] = path .. ": no " .. name end
    end
    for name, value in pairs(x) do
        local field = rule.properties and rule.properties[name]
        if field then check(definitions, value, field, path .. "." .. tostring(name), problems)
        elseif type(rule.additionalProperties) == "table" then
            check(definitions, value, rule.additionalProperties, path .. "." .. tostring(name), problems)
        end
    end
end

function check(definitions, x, rule, path, problems)
    if rule["$ref"] then return check(definitions, x, definitions[rule["$ref"]:match "[^/]*$"], path, problems) end
    for _, part in ipairs(rule.allOf or {}) do check(definitions, x, part, path, problems) end
    if rule.oneOf or rule.anyOf then
        local fits = false
        for _, part in ipairs(rule.oneOf or rule.anyOf) do
            local found = {}
            check(definitions, x, part, path, found)
            fits = fits or #found == 0
        end
        if not fits then problems[#problems + 1] = path .. ": fits nothing of a choice" end
    end
    if rule.type and not has_kind(x, rule.type) then
        problems[#problems + 1] = ("%s: a %s is no %s"):format(path, type(x), type(rule.type) == "string" and rule.type or "value of these kinds")
        return
    end
    if rule.enum and not contains(rule.enum, x) then problems[#problems + 1] = ("%s: '%s' is not allowed"):format(path, tostring(x)) end
    if rule.items and type(x) == "table" then
        for i, item in ipairs(x) do check(definitions, item, rule.items, ("%s[%d]"):format(path, i), problems) end
    end
    if type(x) == "table" and (rule.properties or rule.required) then check_fields(definitions, x, rule, path, problems) end
end

local endings = {request = "Request", response = "Response", event = "Event"}

--- What is wrong with a message: a list of texts. `unknown`: it has no definition.
function schema.problems(definitions, message)
    local name = message.event or message.command or "?"
    name = name:sub(1, 1):upper() .. name:sub(2) .. endings[message.type]
    if message.type == "response" and message.success == false then name = "ErrorResponse" end
    if not definitions[name] then return {name .. ": not in the schema"} end
    local problems = {}
    check(definitions, message, definitions[name], name, problems)
    return problems
end

return schema
