import type { Analysis } from "../analyze.ts";
import { padLeft } from "../go-format.ts";
import { escapeHtml } from "../html.ts";
import { profileLegend } from "../legend.ts";
import { type Format, formatIn } from "../measure.ts";
import { basePath } from "../paths.ts";
import { type ListedFunction, type SourceLine, sourceListing } from "../source-listing.ts";
import { percentage } from "../units.ts";
import type { World } from "../world.ts";

const STYLE = `body{font:14px/1.45 system-ui,sans-serif;margin:1.5em;color:#222;background:#fff}
h2{font-size:1.1em;margin:1.5em 0 .3em}.file{color:#666;font-weight:normal}
pre{font:13px/1.45 ui-monospace,monospace;margin:0;overflow-x:auto;tab-size:4}
summary{cursor:pointer;list-style:none}summary:hover{background:#eef}summary::-webkit-details-marker{display:none}
.cold{color:#888}.asm{color:#070;display:block}.call{color:#006;display:block}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#1b1b1b}summary:hover{background:#334}.asm{color:#8c8}.call{color:#99f}}`;

/** The sources of what matches as a page; lines with instructions open on a click. */
export function printWeblist(analysis: Analysis, world: World): string {
  const files = sourceListing(analysis, world);
  const format = formatIn(analysis, analysis.options.unit);
  const legend = profileLegend(analysis, format, world);
  const total = Number(analysis.total);
  const title = escapeHtml(legend.filter((line) => /^(File|Type): /.test(line)).join(", ") || "pprof");
  const sections = files.flatMap(({ file, functions }) =>
    functions.map((listed) => printFunction(file, listed, total, format)),
  );
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<p>${legend.map(escapeHtml).join("<br>\n")}<br>
Total: ${escapeHtml(format(total))}</p>
${sections.join("\n")}
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
  const share = percentage(cum, total).trim();
  return `<h2>${escapeHtml(name)} <span class="file">${escapeHtml(file)}</span></h2>
<pre>${padLeft(format(flat), 10)} ${padLeft(format(cum), 10)} (flat, cum) ${share}
${lines.map((line) => printLine(line, format)).join("")}</pre>`;
}

function printLine({ number, text, flat, cum, instructions }: SourceLine, format: Format): string {
  const values = (flat: number, cum: number): string =>
    [flat, cum].map((value) => padLeft(value === 0 ? "." : format(value), 10)).join(" ");
  // 32 columns, so that the tabs of the source still end where they should.
  const head = `${values(flat, cum)} ${String(number).padStart(6)}    ${escapeHtml(text)}`;
  if (instructions.every(({ text, calls }) => text === "" && calls.length === 0)) {
    return instructions.length === 0 ? `<span class="cold">${head}</span>\n` : `${head}\n`;
  }
  let shownCalls = "";
  const body = instructions.map((instruction) => {
    const { startsBlock, calls, address, file, line } = instruction;
    let lines = startsBlock && shownCalls !== "" ? '<span class="asm">           ⋮</span>' : "";
    const callKey = calls.map((call) => `${call.file}:${call.line}`).join();
    if (callKey !== shownCalls) {
      calls.forEach((call, depth) => {
        const indent = " ".repeat(34 + 4 * depth);
        lines += `<span class="call">${indent}${escapeHtml(call.text)}  ${escapeHtml(basePath(call.file))}:${call.line}</span>`;
      });
    }
    shownCalls = callKey || "-";
    const code = `${" ".repeat(4 * calls.length)}${escapeHtml(instruction.text)}`;
    const place = file === "" ? "" : `  ${escapeHtml(basePath(file))}:${line}`;
    const at = address.toString(16).padStart(10);
    return `${lines}<span class="asm">${values(instruction.flat, instruction.cum)} ${at}: ${code}${place}</span>`;
  });
  return `<details><summary>${head}</summary>${body.join("")}</details>`;
}
