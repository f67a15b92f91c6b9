// Filters the findings by severity and by item or code. The page is whole without it.
"use strict";
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const status = form.querySelector("[role=status]");
  const cards = [...document.querySelectorAll(".finding")];
  const listed = [...document.querySelectorAll(".findings li[data-code]")];
  const rows = [...document.querySelectorAll("tr[data-item]")];
  const sentences = [...document.querySelectorAll(".evidence[data-items]")];
  const marks = [...document.querySelectorAll(".ref[href]")];

  const apply = () => {
    const severities = new Set([...form.querySelectorAll("[name=severity]:checked")].map((box) => box.value));
    const code = form.elements.code.value;
    const wanted = (node) => severities.has(node.dataset.severity) && (!code || node.dataset.code === code);
    const hidden = new Set();
    for (const card of cards) {
      card.hidden = !wanted(card);
      if (card.hidden) hidden.add("#" + card.id);
    }
    for (const line of listed) line.hidden = !wanted(line);
    for (const mark of marks) {
      mark.hidden = hidden.has(mark.getAttribute("href"));
    }
    const item = code && rows.some((row) => row.dataset.item === code) ? code : "";
    for (const row of rows) row.hidden = Boolean(item) && row.dataset.item !== item;
    let chosen = 0;
    for (const sentence of sentences) {
      const speaks = Boolean(item) && sentence.dataset.items.split(" ").includes(item);
      sentence.classList.toggle("chosen", speaks);
      chosen += speaks;
    }
    const shown = cards.length - hidden.size;
    let said = shown === cards.length ? `All ${shown} findings are shown.` : `${shown} of ${cards.length} findings are shown.`;
    if (item) said += ` ${chosen} ${chosen === 1 ? "sentence" : "sentences"} of evidence for ${item} highlighted.`;
    status.textContent = said;
  };

  // What a link leads to is never hidden by the filter.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.closest("[hidden]")) return;
    form.reset();
    apply();
    target.scrollIntoView();
    target.focus();
  };

  // From card to card among those that are shown.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".finding a[rel=next], .finding a[rel=prev]");
    if (!link) return;
    const shown = cards.filter((card) => !card.hidden);
    const here = shown.indexOf(link.closest(".finding"));
    const to = shown[here + (link.rel === "next" ? 1 : -1)];
    event.preventDefault();
    if (!to) {
      status.textContent = link.rel === "next" ? "This is the last finding shown." : "This is the first finding shown.";
      return;
    }
    location.hash = to.id;
    to.focus();
  });

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  window.addEventListener("hashchange", reveal);
  form.hidden = false;
  apply();
  reveal();
})();
