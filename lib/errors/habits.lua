-- habits.lua - hints for what one writes out of habit from another language, and for texts of Lua that say little
--
-- A row is a pattern of the message, one of the line, and the hint; %1, %2 in it are what the line's pattern found. Only rows whose hint is
-- right whenever they match belong here. Read next: lib/errors.lua, repl/hint.c. SPDX-License-Identifier: MIT
local habits = {}

local name = "([%a_][%w_%.]*)"

habits.rows = {
    {"near '!'", "!=", "not equal is written ~="},
    {"near '[%+%-%*/]'", "^%s*" .. name .. "%s*([%+%-%*/])=%s*(.+)$", "%1 = %1 %2 %3"},
    {"near '[%+%-]'", "^%s*" .. name .. "%s*([%+%-])%2", "%1 = %1 %2 1"},
    {"'then' expected near '='", "if%s+" .. name .. "%s*=%s*([^=]+)%s+then", "== compares: if %1 == %2 then"},
    {"'then' expected near", "if%s+(.-):", "if %1 then ... end"},
    {"'do' expected near ':'", "for%s+" .. name .. "%s+in%s+(%d+):(%d+)", "for %1 = %2, %3 do ... end"},
    {"'do' expected near", "for%s+" .. name .. "%s+in%s+range%((%d+)%)", "for %1 = 1, %2 do ... end"},
    {"'do' expected near", "for%s+" .. name .. "%s+in%s+(.-):", "for i, %1 in ipairs(%2) do ... end"},
    {"'do' expected near", "while%s+(.-):", "while %1 do ... end"},
    {"near '", "^%s*def%s+" .. name .. "%((.-)%)%s*:", "function %1(%2) ... end"},
    {"near '", "^%s*class%s+" .. name, "a network is nn.define \"%1\"; ?nn.define shows how"},
    {"near '", "^%s*import%s+torch", "nothing to import: lun, nn, optim, data and plot are there"},
    {"near '", "^%s*import%s+" .. name, "local %1 = require \"%1\""},
    {"near '", "^%s*from%s+" .. name .. "%s+import%s+" .. name, "local %2 = require(\"%1\").%2"},
    {"near '@'", name .. "%s*@%s*" .. name, "the matrix product is %1:matmul(%2)"},
    {"near '%['", "=%s*%[", "lists are written with braces: {1, 2, 3}"},
    {"unexpected symbol near '%['", "", "lists are written with braces: {1, 2, 3}"},
    {"'%]' expected near ':'", name .. "%[(%-?%d*):(%-?%d*)%]", "a range is written as a table: %1[{ {first, last} }]; ?index shows how"},
    {"near '", "lambda%s+(.-):%s*(.+)$", "function(%1) return %2 end"},
    {"near '&'", "&&", "both is written `and`"},
    {"near '|'", "||", "one of both is written `or`"},
    {"near '%?'", "%?.-:", "a choice is written: condition and first or second"},
    {"'end' expected", "else%s+if", "elseif is one word, or each `if` has its own `end`"},
    {"'=' expected near 'if'", "", "conditions begin the line: if ... then ... end"},
    {"near 'if'", "^%s*el%s*if", "elseif is one word"},
    {"undefined name 'None'", "", "nothing is nil"},
    {"undefined name 'null'", "", "nothing is nil"},
    {"undefined name 'True'", "", "true, in small letters"},
    {"undefined name 'False'", "", "false, in small letters"},
    {"undefined name 'torch'", "torch%." .. name, "it is lun here: lun.%1"},
    {"undefined name 'torch'", "", "it is lun here"},
    {"undefined name 'np'", "", "arrays are tensors here: lun"},
    {"undefined name 'plt'", "", "charts are plot here: ?plot"},
    {"undefined name 'len'", "len%((.-)%)", "the length is #%1"},
    {"undefined name 'str'", "str%((.-)%)", "tostring(%1)"},
    {"undefined name 'int'", "int%((.-)%)", "math.floor(%1)"},
    {"undefined name 'float'", "float%((.-)%)", "tonumber(%1)"},
    {"undefined name 'range'", "range%((%d+)%)", "for i = 1, %1 do ... end"},
    {"undefined name 'this'", "", "inside a method it is self"},
    {"undefined name 'exit'", "", "%q or Ctrl-D leaves"},
    {"undefined name 'quit'", "", "%q or Ctrl-D leaves"},
    {"undefined name 'help'", "", "? alone, or ?name"},
    {"attempt to call a Tensor value %(for iterator", "in%s+" .. name .. "%s+do", "for i, row in %1:rows() do ... end"},
    {"attempt to call a table value %(for iterator", "in%s+" .. name .. "%s+do", "for i, value in ipairs(%1) do ... end"},
    {"attempt to call a nil value %(for iterator", "in%s+" .. name .. "%s+do", "for key, value in pairs(%1) do ... end"},
    {"attempt to perform arithmetic on a string value", "", "strings are joined with .."},
    {"number expected, got Tensor", "math%." .. name .. "%(" .. name .. "%)", "of tensors: %2:%1(), or lun.%1(%2)"},
}

--- A hint for a message about a line, or nil.
function habits.hint(message, line)
    for _, row in ipairs(habits.rows) do
        if message:find(row[1]) then
            local found = {line:find(row[2])}
            if found[1] then
                return (row[3]:gsub("%%(%d)", function(n) return found[2 + tonumber(n)] or "" end))
            end
        end
    end
end

return habits
