-- notebook_format.lua - notebooks as text: percent Lua, ipynb, the file of outputs, Markdown, comparing
--
-- Holds: nothing of what is read runs; any bytes go in. Read next: t/repl/notebook.lua (notebooks that run). SPDX-License-Identifier: MIT
local tap = require "tap"
local compare = require "lunette.notebook.compare"
local clean = require "lunette.notebook.clean"
local html = require "lunette.notebook.html"
local ipynb = require "lunette.notebook.ipynb"
local json = require "lunette.notebook.json"
local markdown = require "lunette.notebook.markdown"
local marker = require "lunette.notebook.marker"
local outputs = require "lunette.notebook.outputs"
local percent = require "lunette.notebook.percent"
local pictures = require "lunette.notebook.pictures"

-- ---- reading ----

local nb = percent.read [==[
-- ---
-- title: other people's
-- lunette: {format: 1, seed: 7, tol: 0.02, check: "--a: 1, b: 2", needs: ["gnuplot", "/x"]}
-- ---

-- %% [markdown] id="intro"
-- # Digits
--
-- text

-- %% A title id="train" tags=["a", "b"] tol=1e-3
local x = 1
-- -- %% no marker
x

--%% [md]
--tight
-- %% title with [brackets] and a=b
y = [[
-- -- %% in a text
]]
]==]
tap.is(#nb.cells, 4, "four cells")
tap.is({nb.cells[1].kind, nb.cells[1].text, nb.cells[1].id}, {"markdown", "# Digits\n\ntext", "intro"}, "a cell of text")
tap.is({nb.cells[2].kind, nb.cells[2].text, nb.cells[2].title, nb.cells[2].id}, {"code", "local x = 1\n-- %% no marker\nx", "A title", "train"},
    "a cell of code, its title and id")
tap.is({nb.cells[2].attributes.tol, nb.cells[2].attributes.tags[2]}, {1e-3, "b"}, "attributes")
tap.is(nb.cells[2].line, 12, "where its text begins")
tap.is({nb.cells[3].kind, nb.cells[3].text, nb.cells[3].name}, {"markdown", "tight", "cell-3"}, "other ways to write it; names by place")
tap.is({nb.cells[4].title, next(nb.cells[4].attributes)}, {"title with [brackets] and a=b"}, "what is no attribute is the title")
tap.is({nb.settings.seed, nb.settings.tol, nb.settings.check, nb.settings.needs[2]}, {7, 0.02, "--a: 1, b: 2", "/x"}, "settings of the header")
tap.is(#nb.problems, 0, "nothing is wrong with it")

local odd = percent.read "-- ---\n-- lunette: {seed: \"x\", color: 1}\n-- ---\n-- %% id=\"a b\"\n-- %% id=\"c\"\n-- %% id=\"c\"\n"
tap.is(#odd.problems, 4, "wrong settings and ids are told, not raised")
tap.ok(odd.cells[2].name ~= odd.cells[3].name, "names differ in any case")
tap.is(percent.read("-- ---\n-- lunette: {seed: \n-- ---\n").problems[1]:match "lunette:", "lunette:", "a broken header, too")

-- ---- bytes stay ----

local function stays(text) return percent.write(percent.read(text)) == text end
local function through_ipynb(text)
    return percent.write(ipynb.read(ipynb.write(percent.read(text), {}))) == text
end
local pieces = {"-- %%", "--%%", "-- %% [markdown]", "-- %% t id=\"a\"", "-- %% id=\"b\" tol=1e-4 k=[1, {\"a\": null}]", "-- %% k=broken\"", "x = 1",
                "-- a comment", "--", "-- -- %% x", "-- %time x", "--%time x", "%time x", "", "", "\t", "  y", "-- ---", "-- lunette: {seed: 1}",
                "-- jupyter: {\"a\": 1}", "[[", "]]", "--[[", "-- [raw]", "#!/usr/bin/env lunette", "\r", "é", "-- %%%", "-- %% [raw]", "\"", "-- !ls", "!ls"}
local seed = 12345
local function random(n)
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % n + 1
end
local lost, lost_through, cases = nil, nil, 0
for _ = 1, 600 do
    local lines = {}
    for i = 1, random(9) - 1 do lines[i] = pieces[random(#pieces)] end
    local text = table.concat(lines, "\n") .. (random(4) > 1 and "\n" or "")
    if random(6) == 1 then text = text:gsub("\n", "\r\n") end
    if not stays(text) then lost = lost or text end
    cases = cases + 1
    if not text:find "\r[^\n]" and not text:find "\r$" then -- JSON has it, our own text rule does not
        local good, same = pcall(through_ipynb, text)
        if not (good and same) then lost_through = lost_through or text .. (good and "" or tostring(same)) end
    end
end
tap.ok(not lost, cases .. " texts come out as they went in" .. (lost and (": %q"):format(lost) or ""))
tap.ok(not lost_through, "and through ipynb" .. (lost_through and (": %q"):format(lost_through) or ""))
local bytes = {}
for i = 1, 20000 do bytes[i] = string.char(random(256) - 1) end
tap.ok(stays(table.concat(bytes)), "bytes of every kind, too")

-- ---- ipynb ----

local records = {train = {hash = "0", status = "error", outputs = {
    {kind = "text", text = "printed\ntwice", dropped = 7}, {kind = "warning", text = "w"}, {kind = "value", text = "f32[3]"},
    {kind = "chart", summary = "curve: 3 points", text = "<?xml?>\n<svg>x</svg>"}, {kind = "error", text = "error[E101] add: no\n  hint: yes"}}}}
local root = json.read(ipynb.write(nb, records))
tap.is({root.nbformat, root.nbformat_minor, root.metadata.kernelspec.language}, {4, 5, "lua"}, "a notebook of nbformat 4.5")
tap.is({root.cells[1].cell_type, root.cells[2].id, root.cells[3].metadata.title}, {"raw", "intro", "A title"}, "its cells")
local kinds = {}
for i, output in ipairs(root.cells[3].outputs) do kinds[i] = output.output_type end
tap.is(kinds, {"stream", "stream", "execute_result", "display_data", "error"}, "its outputs")
local again = ipynb.read(ipynb.write(nb, records))
local names = {}
for i, output in ipairs(again.records.train.outputs) do names[i] = output.kind .. " " .. (output.summary or output.text) end
tap.is(names, {"text printed\ntwice\n... 7 bytes more were not kept", "warning w", "value f32[3]", "chart curve: 3 points",
               "error error[E101] add: no\n  hint: yes"}, "outputs come back")
local foreign = ipynb.read [[{"nbformat":4,"nbformat_minor":2,"metadata":{"kernelspec":{"name":"python3","language":"python"},"x":[]},
  "cells":[{"cell_type":"code","metadata":{"odd key":1,"collapsed":false},"source":["a = 1\n","!ls\n","-- %% x"],"execution_count":3,
  "outputs":[{"output_type":"display_data","data":{"text/html":"<b>x</b>","text/plain":["x"],"image/png":"iVBORw0K\n"},"metadata":{}},
  {"output_type":"strange"}, 5]},
  {"cell_type":"markdown","metadata":{},"source":"text","attachments":{"a":{}}}]}]]
tap.is({foreign.language, foreign.cells[1].text, foreign.records["cell-1"].outputs[1].kind}, {"python", "a = 1\n-- !ls\n-- %% x", "image"}, "another language's notebook")
local back = percent.read(percent.write(foreign))
tap.is({#back.cells, back.cells[1].text, back.cells[1].attributes.collapsed}, {2, "a = 1\n-- !ls\n-- %% x", false}, "is two cells in Lua, too")
local kept = json.read(ipynb.write(back, {}))
tap.is({kept.cells[1].metadata["odd key"], kept.metadata.kernelspec.name, getmetatable(kept.metadata.x) ~= nil and #kept.metadata.x}, {1, "python3", 0},
    "and keeps all its metadata")
for _, bad in ipairs {"", "{", "[]", "null", "{}", '{"nbformat":4}', '{"nbformat":4,"cells":null}', '{"nbformat":4,"cells":[null]}', '{"nbformat":4,"cells":{"a":1}}',
                      '{"nbformat":4,"cells":[{"cell_type":"code"}]}', '{"nbformat":4,"cells":[{"cell_type":"x","source":""}]}',
                      '{"nbformat":4,"cells":[{"cell_type":"code","source":[1]}]}', '{"nbformat":3,"worksheets":[]}', ("["):rep(5000),
                      '{"nbformat":4,"cells":[{"cell_type":"code","source":"\\u0000"}]}', "\xff\xfe"} do
    local good, found = pcall(ipynb.read, bad)
    if not good then tap.ok(type(found) == "string" and #found < 300, "refused with a text: " .. bad:sub(1, 40))
    else tap.is(#found.cells, 0, "read as empty: " .. bad:sub(1, 40)) end
end
for _, strange in ipairs {'"id":"../../x"', '"metadata":null', '"metadata":[1]', '"outputs":5', '"outputs":[{"output_type":"stream","text":{"a":1}}]',
                          '"outputs":[{"output_type":"error","traceback":[{}]}]', '"outputs":[{"output_type":"execute_result","data":[1]}]',
                          '"metadata":{"lunette":{"written":5},"id":7,"title":[],"lines_to_next_cell":-3}'} do
    local good, found = pcall(ipynb.read, '{"nbformat":4,"cells":[{"cell_type":"code","source":"x",' .. strange .. "}]}")
    tap.ok(good and #percent.read(percent.write(found)).cells == 1 and found.cells[1].name:find "^[%w_-]+$", "taken with care: " .. strange:sub(1, 50))
end

-- ---- outputs beside the file ----

local text = outputs.write({"a", "train"}, records)
local read, strange = outputs.read(text)
tap.is({strange, outputs.write({"a", "train"}, read) == text}, {0, true}, "the file of outputs comes out as it went in")
tap.is({read.train.outputs[1].text, read.train.outputs[1].dropped, read.train.status}, {"printed\ntwice", 7, "error"}, "with all that is in it")
local none, wrong = outputs.read "something else\nentirely"
tap.is({next(none), wrong}, {nil, 1}, "another file is none")
local half = select(2, outputs.read(text .. "rubbish here\n"))
tap.is(half, 1, "a damaged line is counted")
tap.is(outputs.path "a.b/digits.lua", "a.b/digits.out", "its name")

-- ---- text of programs ----

tap.is(clean "\27[31mred\27[0m\27]0;title\7 \27(Bx", "red x", "colours and titles go")
tap.is(clean "1%\r50%\r100%\ndone\r\n", "100%\ndone", "what was drawn over goes")
tap.is(clean "a\0b\xff\xc3\xa9\x1b", "a\\x00b\\xFFé", "what is no text is told")

-- ---- comparing ----

local function same(a, b, tolerance) return #compare.texts(a, b, tolerance or {}) == 0 end
tap.ok(same("loss 0.25131", "loss  0.25132"), "numbers agree within the tolerance, spaces do not count")
tap.ok(not same("loss 0.2513", "loss 0.2523"), "and differ beyond it")
tap.ok(same("loss 0.2513", "loss 0.2523", {tol = 0.01}), "which may be wider")
tap.ok(not same("f32[3,4]", "f32[3,5]", {tol = 0.5}) and not same("epoch 3", "epoch 4", {tol = 0.5}), "whole numbers are exact")
tap.ok(same("took 1.3 s (2.5e-05 s, 12 ms, 3.1/s, 10 GB/s)", "took 9 s (1.1e-03 s, 1 ms, 99/s, 1.0 GB/s)"), "how long it took does not count")
tap.ok(not same("3 seeds", "4 seeds"), "what only looks so does")
tap.ok(same("table: 0x5581aabb", "table: 0x99999999"), "addresses do not count")
tap.ok(same("▁▃█", "▁▄█") and not same("▁▁█", "▁▄█"), "bars may be one step apart")
tap.ok(same("0.0000", "-0.0000") and same("1e-17", "-3e-19"), "zero is zero")
tap.ok(not same("nan", "1.0") and not same("inf", "-inf"), "NaN and infinity are words")
tap.ok(same("seed abc1", "seed xyz9", {ignore = {"seed %w+"}}) and not same("a", "b", {ignore = {"("}}), "patterns of one's own, also broken ones")
local found = compare.texts("a\nb\nc 1.0\nd", "a\nc 2.0\nd\ne", {})
tap.is(#found, 3, "lines that came and went are told apart")
tap.is(compare.texts("x 1.0", "x 2.0", {})[1].why, "1.0 is now 2.0: 1 apart, 0.1 allowed", "and why")

-- ---- Markdown and HTML ----

local plain = {code = function(code) return "[" .. code .. "]" end}
local function to_html(source) return markdown.html(source, plain) end
tap.is(to_html "# A *b* `c<d`", "<h1>A <em>b</em> <code>c&lt;d</code></h1>", "a heading")
tap.is(to_html "- a\n- b\n  - c\n\ntext", "<ul><li>a</li>\n<li>b\n<ul><li>c</li></ul></li></ul>\n<p>text</p>", "lists in lists")
tap.is(to_html "```lua\nx < y\n```", "[x < y]", "code")
tap.ok(to_html("| a | b |\n|---|--:|\n| 1 | 2 |"):find('<td class="right">2</td>', 1, true), "a table")
tap.is(to_html "[a](http://b.c/?x=\"1\") ![p](q.png) [n](m.lua)", '<p><a href="http://b.c/?x=&quot;1&quot;">a</a> <a href="q.png">p</a> <a href="m.lua">n</a></p>', "links")
for _, evil in ipairs {"<script>x</script>", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert)", "![x](data:text/html,x)", "[x](//evil.example)",
                       "<img onerror=x>", "`\1 1\2`", "[x](vbscript:a)", "**<b onclick=x>**"} do
    local result = to_html(evil):lower()
    tap.ok(not result:find "<script" and not result:find 'href="%a+script' and not result:find "<img" and not result:find "<b " and
        not result:find "data:" and not result:find 'href="//', "harmless: " .. evil:gsub("%c", "."))
end
to_html((">"):rep(3000) .. "x")
to_html(("* "):rep(3000) .. "x")
to_html(("["):rep(20000) .. ("*"):rep(20000) .. ("`"):rep(20000))
tap.ok(true, "texts of signs end")
nb.path = "digits.lua"
local page = html.write(nb, records)
tap.ok(page:find("<title>Digits</title>", 1, true) and page:find('<span class="k">local</span>', 1, true) and page:find("data:image/svg+xml;base64,", 1, true),
    "a page: title, coloured code, charts")
tap.ok(not page:find "https?://" and not page:find "<script", "that needs nothing from elsewhere")
tap.is(pictures.base64 "light w", "bGlnaHQgdw==", "base64")
tap.ok(marker.is_id "a-b_9" and not marker.is_id "../x" and not marker.is_id(("a"):rep(65)), "what an id is")
tap.done()
