import type { Analysis } from "../../analyze.ts";
import { padLeft } from "../../go/format.ts";
import { basePath } from "../../go/paths.ts";
import { percentage } from "../../go/units.ts";
import {
  type LineInstruction,
  type ListedFunction,
  type SourceLine,
  sourceListing,
} from "../../source/source-listing.ts";
import type { World } from "../../world/world.ts";
import { profileLegend } from "../legend.ts";
import { type Format, formatIn } from "../measure.ts";

const STYLE = `body{font:14px/1.45 system-ui,sans-serif;margin:1.5em;color:#222;background:#fff}
h2{font-size:1.1em;margin:1.5em 0 0}.filename{color:#666;margin:0 0 .3em}
pre{font:13px/1.45 ui-monospace,monospace;margin:0;overflow-x:auto;tab-size:8}
.line,.nop,.unimportant{color:#888}.inlinesrc{color:#006}.asm{color:#070;display:none}
.livesrc{cursor:pointer}.livesrc:hover{background:#eef}.livesrc:focus-visible{outline:2px solid #36c}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}.livesrc:hover{background:#334}
.asm{color:#8c8}.inlinesrc{color:#99f}.filename{color:#aaa}}`;

/** Shows and hides the instructions of a line, by a click or by Enter. */
const SCRIPT = `function pprof_toggle_asm(event) {
  const asm = event.target.nextSibling;
  if (asm?.className !== "asm") return;
  asm.style.display = asm.style.display === "block" ? "" : "block";
}
addEventListener("DOMContentLoaded", () => {
  for (const line of document.querySelectorAll(".livesrc")) line.tabIndex = 0;
});
addEventListener("keydown", (event) => event.key === "Enter" && pprof_toggle_asm(event));`;

/** The sources of what matches as a page with the reference tool's body; lines with instructions open on a click. */
export function printWeblist(analysis: Analysis, world: World): string {
  const files = sourceListing(analysis, world);
  const format = formatIn(analysis, analysis.options.unit);
  const legend = profileLegend(analysis, format, world);
  const total = Number(analysis.total);
  const told = (key: string): string => legend.find((line) => line.startsWith(key))?.slice(key.length) ?? "unknown";
  const sections = files.flatMap(({ file, functions }) =>
    functions.map((listed) => printFunction(file, listed, total, format)),
  );
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${asHtml(`${told("File: ")} ${told("Type: ")}`)}</title>
<style>${STYLE}</style>
<script>${SCRIPT}</script>
</head>
<body>

<div class="legend">${legend.map(asHtml).join("<br>\n")}<br>Total: ${asHtml(format(total))}</div>${sections.join("")}
</body>
</html>
`;
}

function printFunction(
  file: string,
  { name, flat, cum, lines }: ListedFunction,
  total: number,
  format: Format,
): string {
  const values = `${padLeft(format(flat), 10)} ${padLeft(format(cum), 10)}`;
  const share = percentage(cum, total);
  return `<h2>${asHtml(name)}</h2><p class="filename">${asHtml(file)}</p>
<pre onClick="pprof_toggle_asm(event)">
${asHtml(`  Total:  ${values} (flat, cum) ${share}`)}${lines.map((line) => printLine(line, format)).join("")}
</pre>
`;
}

function printLine({ number, text, flat, cum, instructions }: SourceLine, format: Format): string {
  const isOpen = instructions.some(({ text, calls }) => text !== "" || calls.length > 0);
  const kind = isOpen ? "livesrc" : instructions.length === 0 ? "nop" : "deadsrc";
  const head = `  ${orDot(flat, format)} ${orDot(cum, format)} ${" ".repeat(8)}  ${text} `;
  const asm = isOpen ? `<span class=asm>${printInstructions(indentation(text), instructions, format)}</span>` : "";
  return `\n<span class=line> ${String(number).padStart(6)}</span> <span class=${kind}>${asHtml(head)}</span>${asm}`;
}

function printInstructions(indent: number, instructions: readonly LineInstruction[], format: Format): string {
  let text = "";
  let shown: LineInstruction["calls"] = [];
  instructions.forEach((instruction, i) => {
    const { calls, address, file, line } = instruction;
    if (instruction.startsBlock && i > 0) text += ` ${" ".repeat(8)} ${padLeft("⋮", 28)}\n`;
    calls.forEach((call, depth) => {
      const before = shown[depth];
      if (before !== undefined && before.file === call.file && before.line === call.line) return;
      shown = [];
      const source = padded(" ".repeat(indent + 4 + 4 * depth) + call.text);
      text += ` ${" ".repeat(8 + 1 + 10 + 1 + 10 + 1 + 8)}  <span class=inlinesrc>${asHtml(source)}</span>`;
      text += ` <span class=unimportant>${asHtml(basePath(call.file))}:${call.line}</span>\n`;
    });
    shown = calls;
    if (instruction.text === "") return;
    const code = padded(" ".repeat(indent + 4 + 4 * calls.length) + instruction.text);
    const values = `${orDot(instruction.flat, format)} ${orDot(instruction.cum, format)}`;
    text += asHtml(` ${" ".repeat(8)} ${values} ${address.toString(16).padStart(8)}: ${code} `);
    // The reference tool escapes the name of the file twice.
    const place = file === "" ? "" : `${asHtml(basePath(file)).replaceAll("&#43;", "+")}:${line}`;
    text += `<span class=unimportant>${asHtml(place)}</span>\n`;
  });
  return text;
}

function orDot(value: number, format: Format): string {
  return padLeft(value === 0 ? "." : format(value), 10);
}

const ESCAPED: Readonly<Record<string, string>> = {
  "\0": "\uFFFD",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
  "+": "&#43;",
};

/** As Go's html/template escapes text. */
function asHtml(text: string): string {
  return text.replace(/[\0&<>"'+]/g, (sign) => ESCAPED[sign]!);
}

/** How far a line of a source is indented, tabs reaching up to the next multiple of 8. */
function indentation(line: string): number {
  let column = 0;
  for (const char of line) {
    if (char === " ") column++;
    else if (char === "\t") column += 8 - (column % 8);
    else break;
  }
  return column;
}

/** A text filled up to 80 columns, without tabs: where the reference tool ends one it is a column short of the stop. */
function padded(text: string): string {
  let shown = "";
  let column = 0;
  for (const char of text) {
    column++;
    shown += char === "\t" ? " " : char;
    for (; char === "\t" && column % 8 !== 0; column++) shown += " ";
  }
  return shown + " ".repeat(Math.max(0, 80 - column));
}
