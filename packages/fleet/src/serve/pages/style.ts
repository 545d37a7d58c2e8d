/** How the pages look: the colours of the pages of a profile, light and dark as the system has it. */
export const STYLE: string = `:root {
  color-scheme: light dark;
  --page: #ffffff; --bar: #f6f7f8; --line: #dcdfe3; --text: #1b1c1e; --soft: #5d6470;
  --accent: #2458c5; --accent-soft: #e4ecfc; --warn: #8a4b00; --warn-soft: #fff1dc; --bad: #a8201a; --good: #1d6b35;
  --bar-fill: #cfdcf7;
  --c0: #2458c5; --c1: #b4520f; --c2: #1d7a46; --c3: #9c2f8f; --c4: #8a6d00; --c5: #00748a; --c6: #a8201a; --c7: #5d6470;
  font: 14px / 1.4 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16181c; --bar: #1e2126; --line: #343942; --text: #e8e9eb; --soft: #a2a9b4;
    --accent: #8fb3ff; --accent-soft: #25324d; --warn: #ffc67a; --warn-soft: #3b2c14; --bad: #ff8d85; --good: #7fd49a;
    --bar-fill: #2c4373;
    --c0: #8fb3ff; --c1: #ffb073; --c2: #7fd49a; --c3: #e59bdb; --c4: #e3c75a; --c5: #6fd0e0; --c6: #ff8d85; --c7: #a2a9b4;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); }
header { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; padding: 6px 12px; background: var(--bar); border-bottom: 1px solid var(--line); }
header strong { margin-right: 8px; }
nav { display: flex; gap: 4px; }
nav a { padding: 3px 9px; border-radius: 6px; color: var(--text); text-decoration: none; }
nav a[aria-current] { background: var(--accent-soft); }
form { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; margin: 0; }
header form { margin-left: auto; }
main { padding: 8px 12px 32px; }
h1 { font-size: 18px; margin: 8px 0; }
a { color: var(--accent); }
label { color: var(--soft); }
input, select, button, .button { font: inherit; color: var(--text); background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: 3px 9px; min-height: 28px; text-decoration: none; }
input[name="from"], input[name="to"] { width: 190px; }
input[type="radio"] { min-height: 0; }
button, .button { cursor: pointer; }
.button { display: inline-block; }
.primary { background: var(--accent); border-color: var(--accent); color: var(--page); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 4px 10px 4px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; }
.number { text-align: right; }
.reason { white-space: normal; min-width: 200px; overflow-wrap: anywhere; }
meter { width: 90px; }
.up, .bad { color: var(--bad); }
.down { color: var(--good); }
.hint { color: var(--soft); }
.warning { color: var(--warn); background: var(--warn-soft); border-radius: 6px; padding: 3px 9px; margin: 4px 0; }
.problem { color: var(--bad); overflow-wrap: anywhere; }
.plot { display: grid; grid-template-columns: auto 1fr; gap: 0 8px; margin: 8px 0; }
.scale { display: flex; flex-direction: column; justify-content: space-between; text-align: right; color: var(--soft); font-size: 12px; }
.chart { position: relative; border: 1px solid var(--line); height: 240px; touch-action: pan-y; cursor: crosshair; }
.chart svg { display: block; width: 100%; height: 100%; }
.chart path { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; }
.failed { fill: var(--bad); opacity: 0.25; }
.brush { position: absolute; top: 0; bottom: 0; background: var(--accent); opacity: 0.25; pointer-events: none; }
.times { grid-column: 2; display: flex; justify-content: space-between; color: var(--soft); font-size: 12px; }
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; vertical-align: -1px; }
${Array.from({ length: 8 }, (_, i) => `.chart .c${i} { stroke: var(--c${i}); } .swatch.c${i} { background: var(--c${i}); }`).join("\n")}
@media (max-width: 640px) { header form { margin-left: 0; } }
`;
