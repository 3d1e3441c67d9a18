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

// The table of claims: each select has a value, or "" for all. A link may choose: ?topic=03_momentum.
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
  const asked = new URLSearchParams(location.search);
  selects.forEach((select) => {
    const value = asked.get(select.name);
    if ([...select.options].some((option) => option.value === value)) select.value = value;
  });
  form.addEventListener("input", filter);
  addEventListener("pageshow", filter);  // after Back a browser puts the old choice in by itself
  form.hidden = false;
  filter();
});
