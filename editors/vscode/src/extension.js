// Starts `realint lsp` and leaves the rest to the Language Server Protocol.
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const LANGUAGES = ["markdown", "quarto", "rmd", "latex", "tex", "toml", "yaml", "bibtex"];

let client;

async function start() {
  const command = vscode.workspace.getConfiguration("realint").get("path") || "realint";
  client = new LanguageClient(
    "realint",
    "realint",
    { command, args: ["lsp"] },
    { documentSelector: LANGUAGES.flatMap((language) => ["file", "untitled"].map((scheme) => ({ scheme, language }))) },
  );
  try {
    await client.start();
  } catch (error) {
    vscode.window.showErrorMessage(`realint could not be started (${error.message}); the setting realint.path says where it lies.`);
  }
}

exports.activate = async (context) => {
  context.subscriptions.push(
    vscode.commands.registerCommand("realint.restart", async () => {
      await client?.stop().catch(() => {});
      await start();
    }),
  );
  await start();
};

exports.deactivate = () => client?.stop();
