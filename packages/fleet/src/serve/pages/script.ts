/**
 * What the pages do beyond showing: a part of a line that is drawn over is what links are of, and a page whose end is now is
 * brought up to date while it is open. In plain JavaScript, as browsers get it.
 */
export const SCRIPT: string = `"use strict";
const seconds = (millis) => new Date(millis).toISOString().replace(/\\.\\d+Z$/, "Z");

function point(from, to) {
  for (const link of document.querySelectorAll("a[data-query]")) {
    const address = (begin, end) => encodeURIComponent(link.dataset.query + "&from=" + seconds(begin) + "&to=" + seconds(end));
    const before = link.dataset.before === undefined ? "" : "&base=" + address(2 * from - to, from);
    link.href = link.dataset.page + "?src=" + address(from, to) + before;
  }
  for (const [name, value] of [["from", from], ["to", to]]) {
    const input = document.querySelector("header input[name=" + name + "]");
    if (input !== null) input.value = seconds(value);
  }
  const said = document.querySelector("[data-selected]");
  if (said !== null) said.textContent = seconds(from) + " to " + seconds(to);
}

let begun;
let drawn = false;
document.addEventListener("pointerdown", (event) => {
  const chart = event.target.closest?.("[data-chart]");
  if (chart === null || chart === undefined || event.button !== 0) return;
  event.preventDefault();
  chart.setPointerCapture(event.pointerId);
  begun = { chart, x: event.clientX };
});
document.addEventListener("pointermove", (event) => {
  if (begun === undefined) return;
  const { left, width } = begun.chart.getBoundingClientRect();
  const inside = (x) => Math.min(Math.max(x - left, 0), width);
  const [a, b] = [inside(begun.x), inside(event.clientX)].sort((x, y) => x - y);
  if (b - a < 3) return;
  drawn = true;
  const brush = begun.chart.querySelector(".brush");
  brush.hidden = false;
  brush.style.left = a + "px";
  brush.style.width = b - a + "px";
  const { from, to } = begun.chart.dataset;
  const at = (x) => Number(from) + (x / width) * (Number(to) - Number(from));
  point(Math.floor(at(a) / 1000) * 1000, Math.ceil(at(b) / 1000) * 1000);
});
for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => { begun = undefined; });

setInterval(async () => {
  const { activeElement } = document;
  const isBusy = drawn || begun !== undefined || activeElement?.closest("form, main") != null;
  if (document.body.dataset.live === undefined || isBusy || document.hidden) return;
  try {
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (fresh !== null) document.querySelector("main").replaceWith(fresh);
  } catch {
    // The collector is away: what was last seen stays.
  }
}, 10_000);
`;
