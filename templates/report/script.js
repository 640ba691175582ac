"use strict";

(() => {
  const form = document.getElementById("filter");
  const search = document.getElementById("search");
  const role = document.getElementById("role");
  const reach = document.getElementById("reach");
  const shown = document.getElementById("shown");
  const rows = Array.from(document.querySelectorAll("tr.row"), (element) => {
    const group = element.parentElement.querySelector("tr.group");
    const text = `${group ? group.textContent : ""} ${element.textContent}`;
    return { element, text: text.toLowerCase() };
  });

  // A row is shown when it holds every word, and is of the role and the kind where it has one.
  const isWanted = ({ element, text }, words) =>
    words.every((word) => text.includes(word)) &&
    (!role.value || !element.dataset.role || element.dataset.role === role.value) &&
    (!reach.value || !element.dataset.reach || element.dataset.reach === reach.value);

  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const wanted = isWanted(row, words);
      row.element.classList.toggle("out", !wanted);
      count += wanted ? 1 : 0;
    }
    for (const group of document.querySelectorAll("tr.group")) {
      const body = group.parentElement;
      group.classList.toggle("out", !body.querySelector("tr.row:not(.out)"));
    }
    shown.textContent = `${count} of ${rows.length} rows`;
  };

  form.addEventListener("input", apply);
  form.addEventListener("change", apply);
  form.addEventListener("reset", () => setTimeout(apply, 0));
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    const inField = event.target.matches("input, select, textarea");
    if (event.key === "/" && !inField) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      apply();
    }
  });
  form.hidden = false;
  apply();
})();
