import { printTime } from "../../ask/time.ts";
import type { Timeline, TimelineSeries, TimeRange } from "../../store/store.ts";
import { type Html, html } from "./html.ts";

/** Of a picture that is stretched to the width there is. */
const WIDTH = 1000;
const HEIGHT = 240;
/** So many colours tell lines apart; what has less than the first of them shares the last. */
export const COLOURS = 8;

/** Lines over time, each a step as wide as what it is of; failed scrapes are marked, and gaps are gaps. `textOf` prints a value. */
export function chart({ series, stepMillis }: Timeline, range: TimeRange, textOf: (value: number) => string): Html {
  const most = series.reduce(
    (top, { values }) => values.reduce((of, value) => (Number.isNaN(value) ? of : Math.max(of, value)), top),
    0,
  );
  const width = (WIDTH * stepMillis) / (range.toMillis - range.fromMillis);
  const lines = series.map(
    (line, at) =>
      html`<path class="c${Math.min(at, COLOURS - 1)}" d="${steps(line, width, most)}"><title>${nameOf(line)}</title></path>`,
  );
  return html`<div class="plot">
<div class="scale"><span>${most > 0 ? textOf(most) : ""}</span><span>0</span></div>
<div class="chart" data-chart data-from="${range.fromMillis}" data-to="${range.toMillis}">
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${series.length} lines over time">
${failures(series, width)}${lines.reverse()}
</svg>
<div class="brush" hidden></div>
</div>
<div class="times">${[0, 1, 2, 3, 4].map((quarter) => html`<span>${clock(range.fromMillis + (quarter / 4) * (range.toMillis - range.fromMillis))}</span>`)}</div>
</div>`;
}

/** The values of a line's labels. */
export function nameOf({ labels }: TimelineSeries): string {
  return [...labels.values()].join(", ") || "all";
}

function steps({ values }: TimelineSeries, width: number, most: number): string {
  let path = "";
  let isOpen = false;
  values.forEach((value, at) => {
    if (Number.isNaN(value)) {
      isOpen = false;
      return;
    }
    const y = (HEIGHT - 4 - ((HEIGHT - 8) * value) / (most || 1)).toFixed(1);
    const [from, to] = [at, at + 1].map((step) => Math.min(step * width, WIDTH).toFixed(1));
    path += isOpen ? `V${y}H${to}` : `M${from} ${y}H${to}`;
    isOpen = true;
  });
  return path;
}

function failures(series: readonly TimelineSeries[], width: number): Html[] {
  const failed = new Map<number, number>();
  for (const line of series) {
    for (const [at, count] of line.failures.entries()) if (count > 0) failed.set(at, (failed.get(at) ?? 0) + count);
  }
  return Array.from(
    failed,
    ([at, count]) =>
      html`<rect class="failed" x="${(at * width).toFixed(1)}" y="0" width="${width.toFixed(1)}" height="${HEIGHT}"><title>${count} failed</title></rect>`,
  );
}

function clock(millis: number): string {
  return printTime(millis).slice(0, 16).replace("T", " ");
}
