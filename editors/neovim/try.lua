-- Tries `realint lsp` in Neovim without a screen: opens a manuscript, waits for its findings, asks for
-- everything that an editor asks for, and prints what came.
--
--   REALINT=target/debug/realint nvim --headless --clean -n -c "luafile editors/neovim/try.lua" examples/02-gappy-review/review.qmd
local program = vim.env.REALINT or "realint"

local function say(words) io.stdout:write(words .. "\n") end

local function wait(what, ready)
  if not vim.wait(20000, ready, 20) then
    io.stderr:write("nothing came: " .. what .. "\n")
    vim.cmd("cquit 1")
  end
end

local buffer = vim.api.nvim_get_current_buf()
-- As of 0.8 `vim.lsp.start` does both.
local id = vim.lsp.start_client({ name = "realint", cmd = { program, "lsp" }, root_dir = vim.fn.getcwd() })
vim.lsp.buf_attach_client(buffer, id)
wait("a server", function()
  local client = vim.lsp.get_client_by_id(id)
  return client and client.initialized
end)
local client = vim.lsp.get_client_by_id(id)
wait("findings", function() return #vim.diagnostic.get(buffer) > 0 end)

local function ask(method, line, column, more)
  local params = {
    textDocument = vim.lsp.util.make_text_document_params(buffer),
    position = { line = line, character = column },
    context = { includeDeclaration = true, diagnostics = {} },
    range = { start = { line = line, character = column }, ["end"] = { line = line, character = column } },
  }
  local answer
  client.request("textDocument/" .. method, vim.tbl_extend("force", params, more or {}), function(_, result)
    answer = { result = result }
  end, buffer)
  wait(method, function() return answer ~= nil end)
  return answer.result
end

-- The byte of some words; the manuscript's lines up to them hold no other letters than ASCII.
local function find(words)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    local at = line:find(words, 1, true)
    if at then return number - 1, at end
  end
end

local version = vim.version()
say(("Neovim %d.%d.%d, columns in %s"):format(version.major, version.minor, version.patch, client.offset_encoding))
say(("findings: %d, the first: %s"):format(#vim.diagnostic.get(buffer), vim.diagnostic.get(buffer)[1].code))
local line, column = find("CMOC 1.")
say("hover: " .. ask("hover", line, column).contents.value:match("[^\n]+"))
line, column = find("CMOCs 1 to 3")
say("definitions of a range: " .. #ask("definition", line, column))
line, column = find("@mbeki2021")
say("references of a key: " .. #ask("references", line, column + 2))
say("outermost symbols: " .. #ask("documentSymbol", 0, 0))
say("lenses: " .. #ask("codeLens", 0, 0))
line, column = find("## Methods")
local actions = ask("codeAction", line, column + 3)
say("actions on Methods: " .. #actions .. ", the first: " .. actions[1].title)

-- Typing: the first action is applied and undone, then a sentence is written into the buffer.
local before = #vim.diagnostic.get(buffer)
vim.lsp.util.apply_workspace_edit(actions[1].edit, client.offset_encoding)
say("lines after it: " .. vim.api.nvim_buf_line_count(buffer))
vim.cmd("undo")
vim.api.nvim_buf_set_lines(buffer, line + 1, line + 1, false, {
  "",
  "Passages on contexts, mechanisms and outcomes were copied from each document into a bespoke extraction form, since the theory is built from these.",
})
wait("findings of the new text", function() return #vim.diagnostic.get(buffer) < before end)
say(("findings after a sentence on extraction: %d instead of %d"):format(#vim.diagnostic.get(buffer), before))
vim.api.nvim_buf_set_lines(buffer, -1, -1, false, { "As told [@" })
local last = vim.api.nvim_buf_line_count(buffer) - 1
-- Neovim 0.7 holds changes back for a moment.
vim.wait(500)
say("keys offered: " .. #ask("completion", last, 10, { context = { triggerKind = 1 } }))
client.stop()
wait("the end", function() return client.is_stopped() end)
vim.cmd("qall!")
