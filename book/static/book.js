// Paper is white: what is printed from the dark theme is printed in the light one.
let before = null;
const paper = (printing) => {
  const page = document.documentElement.dataset;
  if (printing && before === null) { before = page.theme; page.theme = "light"; }
  if (!printing && before !== null) { page.theme = before; before = null; }
};
addEventListener("beforeprint", () => paper(true));
addEventListener("afterprint", () => paper(false));
matchMedia("print").addEventListener("change", (event) => paper(event.matches));

// The table of claims: each select has a value, or "" for all.
document.querySelectorAll(".claim-filter").forEach((form) => {
  const rows = [...document.querySelectorAll(".claims tbody tr")];
  const selects = [...form.querySelectorAll("select")];
  const count = form.querySelector("output");
  const filter = () => {
    rows.forEach((row) => {
      row.hidden = !selects.every(({ name, value }) => !value || row.dataset[name] === value);
    });
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = `${shown} of ${rows.length} claims`;
  };
  form.addEventListener("input", filter);
  form.hidden = false;
  filter();
});
