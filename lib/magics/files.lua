-- files.lua - cells from files and to files: %run %load %save %edit %reload, and %alias %page %set %doctor
--
-- Read next: lib/magics.lua. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"
local magics = require "lunette.magics"
local add, complain = magics.add, magics.complain

local function read(path)
    local file, why = io.open(path, "r")
    if not file then return nil, why end
    local text = file:read "a"
    file:close()
    return text, not text and "it is no file" or nil
end

add("run", "FILE [ARGS]", "run a Lua file in the session; its globals stay", function(text)
    local path, rest = text:match "^(%S+)%s*(.*)$"
    if not path then return complain("%run needs a file", "%run train.lua") end
    local code, why = read(path)
    if not code then return complain(why, "!ls shows what is here") end
    local f, problem = load(code:gsub("^#[^\n]*", ""), "@" .. path, "t")
    if not f then return complain(problem) end
    local arguments, kept = {[0] = path}, rawget(_G, "arg")
    for word in rest:gmatch "%S+" do arguments[#arguments + 1] = word end
    rawset(_G, "arg", arguments)
    local back <close> = setmetatable({}, {__close = function() rawset(_G, "arg", kept) end})
    f(table.unpack(arguments))
end)

add("load", "FILE", "put the text of a file at the prompt", function(path)
    local code, why = read(path)
    if path == "" or not code then return complain(why or "%load needs a file", "%load model.lua") end
    shell.type((code:gsub("%s+$", "")))
end)

--- A text as $VISUAL or $EDITOR gives it back; nil when the editor failed, which is told.
function magics.edited(text)
    local path = os.tmpname()
    local gone <close> = setmetatable({}, {__close = function() os.remove(path) end})
    local file, problem = io.open(path, "w")
    if not file then return complain(problem) end
    file:write(text, "\n")
    file:close()
    if not os.execute((os.getenv "VISUAL" or os.getenv "EDITOR" or "vi") .. " " .. path) then return nil end
    return (read(path):gsub("%s+$", ""))
end

-- Cells as a notebook in plain Lua; what is no Lua becomes a comment.
local function cell_text(n, text)
    if text:find "^%s*[%%?!$]" then text = "--" .. text:gsub("\n", "\n--") end
    return ("-- %%%% In[%d]\n%s\n"):format(n, text)
end

add("save", "FILE [N ...]", "write cells to a file (all that there are), in the form of a notebook", function(text)
    local path, rest = text:match "^(%S+)%s*(.*)$"
    if not path then return complain("%save needs a file", "%save work.lua, %save work.lua 3-9") end
    local last, inputs, parts = shell.number() - 1, shell.list "In", {}
    local list, why = magics.numbers(rest == "" and ("1-%d"):format(math.max(last, 1)) or rest, last)
    if not list then return complain(why, "%save work.lua 3-9") end
    for _, n in ipairs(list) do parts[#parts + 1] = cell_text(n, inputs[n]) end
    if read(path) and rest == "" and not text:find "%s!$" then
        return complain(path .. " is there already", "%save " .. path .. " 1-" .. last .. " writes over it")
    end
    local file, problem = io.open(path, "w")
    if not file then return complain(problem) end
    local good, full = file:write(table.concat(parts, "\n"))
    good = file:close() and good
    if not good then return complain("not all could be written: " .. tostring(full)) end
    print(("%d cells in %s"):format(#list, path))
end)

add("edit", "[N ...]", "take cells to $VISUAL or $EDITOR (the last one); what comes back stands at the prompt", function(text)
    local inputs, parts = shell.list "In", {}
    local list, why = magics.numbers(text == "" and tostring(math.max(shell.number() - 1, 1)) or text, shell.number() - 1)
    if not list then return complain(why, "%edit 3, %edit 3-5") end
    for _, n in ipairs(list) do parts[#parts + 1] = inputs[n] end
    local changed = magics.edited(table.concat(parts, "\n"))
    if changed then shell.type(changed) end
end)

-- What is no print option: name -> function that tells it, and sets it when a value is given.
local settings = {ghost = shell.ghost}

add("set", "[NAME VALUE]", "precision, threshold, edgeitems, linewidth, header, body, ascii of tensors; ghost: shapes while typing", function(text)
    local lun = require "lunette"
    local name, value = text:match "^(%S+)%s+(%S+)$"
    if text ~= "" and not name then return complain("%set needs a name and a value", "%set precision 6") end
    local options = lun.printoptions()
    for each, setting in pairs(settings) do options[each] = setting() end
    if name and options[name] == nil then return complain(("there is no option '%s'"):format(name), "%set lists them") end
    if name then
        local words = {["true"] = true, ["false"] = false, on = true, off = false}
        local new = words[value]
        if new == nil then new = math.tointeger(value) end
        if type(new) ~= type(options[name]) then
            return complain(("%s is %s, and '%s' is not"):format(name, type(options[name]) == "boolean" and "on or off" or "a whole number", value))
        end
        options[name] = new
        if settings[name] then settings[name](new) else lun.printoptions {[name] = new} end
    end
    local names = {}
    for each in pairs(options) do names[#names + 1] = each end
    table.sort(names)
    for _, each in ipairs(names) do print(("  %-12s %s"):format(each, tostring(options[each]))) end
end)

-- Puts the new functions into the old table, so that everybody who holds it sees them.
local function patch(old, new, told)
    for key, value in next, new do
        local before = old[key]
        if before == nil then told[#told + 1] = "new: " .. tostring(key)
        elseif type(value) == "function" and before ~= value then told[#told + 1] = "function: " .. tostring(key)
        elseif type(value) ~= "table" and before ~= value then told[#told + 1] = ("value: %s"):format(tostring(key)) end
        if type(value) == "table" and type(before) == "table" and before ~= value and getmetatable(value) == nil then
            patch(before, value, told)
        else
            rawset(old, key, value)
        end
    end
    for key in next, old do
        if new[key] == nil then told[#told + 1] = "gone from the file, kept: " .. tostring(key) end
    end
end

add("reload", "MODULE", "load a module's file again and put its new functions into the table that everybody has", function(name)
    local old = package.loaded[name]
    if name == "" or old == nil then
        return complain(name == "" and "%reload needs the name of a module" or ("no module '%s' was loaded"):format(name), "require it first")
    end
    package.loaded[name] = nil
    local good, new = pcall(require, name)
    package.loaded[name] = old
    if not good then return complain(tostring(new), "the old one is still there") end
    if type(old) ~= "table" or type(new) ~= "table" then
        package.loaded[name] = new
        return print "it is no table: only who requires it again gets the new one"
    end
    local told = {}
    patch(old, new, told)
    table.sort(told)
    print(#told == 0 and "nothing changed" or table.concat(told, "\n"))
end)

add("alias", "NAME TEXT", "%NAME ARGS runs TEXT ARGS from now on", function(text)
    local name, body = text:match "^([%a_][%w_]*)%s+(.+)$"
    if not name then return complain("%alias needs a name and a text", "%alias l !ls -l") end
    shell.magic(name, function(arguments) shell.cell(body .. (arguments ~= "" and " " .. arguments or "")) end, "the same as " .. body)
end)

add("page", "CODE", "show what CODE gives in a pager", function(text)
    local good, value = magics.value(text)
    if text == "" or not good then return complain(text == "" and "%page needs something to show" or value, "%page lun.help()") end
    local pager = os.getenv "PAGER" or "less -R"
    local pipe = io.popen(pager, "w")
    if not pipe then return complain("no pager can be started: " .. pager) end
    pipe:write(tostring(value), "\n")
    pipe:close()
end)

add("doctor", "", "what this program finds on this machine", function()
    package.loaded["lunette.doctor"] = nil
    require "lunette.doctor"
end)
