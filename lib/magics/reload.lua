-- reload.lua - changed modules into a running session: %reload %autoreload
--
-- The file runs again; its new functions go into the old tables, and wherever an old function is held (a field, a local that a function
-- captured) the new one takes its place, so objects and callbacks made before have the new code. Values of the session stay.
-- Holds: a file that does not load changes nothing; what changed is said. Read next: lib/magics.lua. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"
local magics = require "lunette.magics"
local add, complain = magics.add, magics.complain

-- Numbers, texts and truths that a function captured, as text; they are constants of the file in all but name.
local function captured(f)
    local list = {}
    for i = 1, 255 do
        local name, value = debug.getupvalue(f, i)
        if not name then break end
        local kind = type(value)
        if kind ~= "table" and kind ~= "function" and kind ~= "userdata" then list[#list + 1] = name .. "=" .. tostring(value) end
    end
    return table.concat(list, " ")
end

local function same_code(old, new)
    local good, a, b = pcall(function() return string.dump(old, true), string.dump(new, true) end)
    return good and a == b and captured(old) == captured(new)
end

-- Compares two versions of a module's table: notes which function replaces which, and takes over what is new.
local function patch(old, new, change, path, seen)
    if seen[old] then return end
    seen[old] = true
    for key, value in next, new do
        local before, name = old[key], path .. tostring(key)
        if type(value) == "function" and type(before) == "function" then
            if value ~= before then
                change.functions[before] = value
                if not same_code(before, value) then change.told[#change.told + 1] = "changed: " .. name end
            end
        elseif type(value) == "table" and type(before) == "table" and value ~= before then
            patch(before, value, change, name .. ".", seen)
            local a, b = getmetatable(before), getmetatable(value)
            if type(a) == "table" and type(b) == "table" and a ~= b then patch(a, b, change, name .. ".", seen) end
        else
            if before == nil then change.told[#change.told + 1] = "new: " .. name
            elseif before ~= value then change.told[#change.told + 1] = ("value: %s is %s"):format(name, tostring(value)) end
            rawset(old, key, value)
        end
    end
    for key, value in next, old do
        if type(value) == "function" and new[key] == nil then
            change.told[#change.told + 1] = "gone from the file, kept: " .. path .. tostring(key)
        end
    end
end

-- Puts new functions in the place of old ones in everything that can be reached.
local function replace(functions)
    local seen, list = {[functions] = true}, {debug.getregistry(), _G}
    local function visit(value)
        local kind = type(value)
        if (kind == "table" or kind == "function" or kind == "userdata") and not seen[value] then
            seen[value] = true
            list[#list + 1] = value
        end
    end
    while #list > 0 do
        local value = table.remove(list)
        local meta = debug.getmetatable(value)
        if meta then visit(meta) end
        if type(value) == "table" then
            for key, item in next, value do
                if functions[item] then rawset(value, key, functions[item]) else visit(item) end
                visit(key)
            end
        elseif type(value) == "function" then
            for i = 1, 255 do
                local name, item = debug.getupvalue(value, i)
                if not name then break end
                if functions[item] then debug.setupvalue(value, i, functions[item]) else visit(item) end
            end
        else
            visit((debug.getuservalue(value, 1)))
        end
    end
end

-- Loads a module's file again; true, or false and why not. The lines say what changed.
local function reload(name)
    local old = package.loaded[name]
    package.loaded[name] = nil
    local good, new = pcall(require, name)
    package.loaded[name] = old
    if not good then return false, tostring(new) end
    if type(old) ~= "table" or type(new) ~= "table" then
        package.loaded[name] = new
        return true, {"it is no table: only who requires it again gets the new one"}
    end
    local change = {functions = {}, told = {}}
    patch(old, new, change, "", {})
    replace(change.functions)
    table.sort(change.told)
    return true, change.told
end

add("reload", "MODULE", "load a module's file again; its new functions take the place of the old ones everywhere", function(name)
    if name == "" or package.loaded[name] == nil then
        return complain(name == "" and "%reload needs the name of a module" or ("no module '%s' was loaded"):format(name), "require it first")
    end
    local good, told = reload(name)
    if not good then return complain(told, "the old one is still there") end
    print(#told == 0 and "nothing changed" or table.concat(told, "\n"))
end)

-- What the files of the user's modules held when they were last looked at, by name of the module.
local known, watches = {}, false

local function text_of(name)
    local path = package.searchpath(name, package.path)
    local file = path and io.open(path, "r")
    if not file then return nil end
    local text = file:read "a"
    file:close()
    return text
end

local function each_module(f)
    local names = {}
    for name in pairs(package.loaded) do
        if type(name) == "string" and not name:find "^lunette" and not shell.standard(name) then names[#names + 1] = name end
    end
    table.sort(names)
    for _, name in ipairs(names) do
        local text = text_of(name)
        if text then f(name, text) end
    end
end

local function look()
    if not watches then return end
    each_module(function(name, text)
        local before = known[name]
        known[name] = text
        if not before or before == text then return end
        local good, told = reload(name)
        if not good then return complain(("%s changed and does not load: %s"):format(name, told), "the old one is still there") end
        print(("reloaded %s%s"):format(name, #told > 0 and "\n  " .. table.concat(told, "\n  ") or ": nothing in it changed"))
    end)
end

add("autoreload", "[on or off]", "before each cell load modules again whose files changed, and say what changed", function(text)
    if text ~= "" and text ~= "on" and text ~= "off" then return complain("%autoreload is on or off", "%autoreload on") end
    if text ~= "off" and not watches then
        watches = true
        each_module(function(name, content) known[name] = content end)
        shell.before_cell(look)
    end
    watches = text ~= "off"
    print("autoreload is " .. (watches and "on" or "off"))
end)
