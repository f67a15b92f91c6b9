// Hands files in and keeps the list current.
"use strict";
(() => {
  const input = document.getElementById("files");
  const drop = document.getElementById("drop");
  const told = document.getElementById("told");
  const refused = document.getElementById("refused");
  const list = document.getElementById("list");
  const most = Number(drop.dataset.most);
  let shown = list.innerHTML;
  let watching = false;
  let again = false;
  let handing = 0;

  const refuse = (name, why) => {
    const line = document.createElement("li");
    line.textContent = `${name}: ${why}`;
    refused.append(line);
  };

  // The list comes as the page would show it; what has the focus keeps it.
  const refresh = async () => {
    const answer = await fetch("list");
    if (!answer.ok) throw new Error(answer.statusText);
    const text = await answer.text();
    if (text === shown) return;
    const chosen = [...list.querySelectorAll("select")].map((select) => [select.id, select.value, select.options.length]);
    const focused = document.activeElement && document.activeElement.id;
    const within = list.contains(document.activeElement);
    list.innerHTML = text;
    shown = text;
    for (const [id, value, length] of chosen) {
      const select = document.getElementById(id);
      if (select && select.options.length === length) select.value = value;
    }
    if (within && focused) document.getElementById(focused)?.focus();
  };

  const say = (words) => {
    if (told.textContent !== words) told.textContent = words;
  };

  const watch = async () => {
    if (watching) {
      // A file may have come after the list was asked for.
      again = true;
      return;
    }
    watching = true;
    try {
      for (;;) {
        again = false;
        await refresh();
        const all = list.querySelectorAll(".files > li").length;
        const waiting = list.querySelectorAll(".waiting, .checking").length;
        const failed = list.querySelectorAll(".failed").length;
        if (waiting > 0) {
          if (!handing) say(`Checking: ${all - waiting} of ${all} done.`);
        } else if (!handing && !again) {
          say(`${all - failed} checked` + (failed ? `, ${failed} could not be read.` : "."));
          break;
        }
        await new Promise((done) => setTimeout(done, 300));
      }
    } catch {
      say("realint doesn't answer: it may have ended. Start it again to go on.");
    }
    watching = false;
  };

  const handIn = async (files) => {
    if (files.length === 0) return;
    refused.replaceChildren();
    handing += 1;
    for (const [index, file] of files.entries()) {
      say(`Handing in ${file.name} (${index + 1} of ${files.length}).`);
      if (file.size > most) {
        refuse(file.name, `it is too large; realint reads files up to ${Math.floor(most / 1048576)} MB`);
        continue;
      }
      try {
        const answer = await fetch(`files?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
        if (!answer.ok) refuse(file.name, (await answer.json()).error);
      } catch {
        refuse(file.name, "it could not be handed in: is it a folder, or has realint ended?");
      }
      watch();
    }
    handing -= 1;
    await watch();
  };

  input.addEventListener("change", async () => {
    const files = [...input.files];
    input.value = "";
    await handIn(files);
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    handIn([...event.dataTransfer.files]);
  });
  if (list.querySelector("[data-busy=true]")) watch();
})();
