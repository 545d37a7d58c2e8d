import { deflateSync } from "node:zlib";
import type { Drawing, Shape, Step } from "./drawing.ts";
import type { Typeface } from "./font.ts";
import { PdfFile } from "./pdf-file.ts";
import { PdfText } from "./pdf-text.ts";

/** Points around the graph, as Graphviz leaves them around its own pictures. */
const MARGIN = 4;
/** The longest side of a page that readers must be able to show, in points. */
const LONGEST = 14_400;

/** A PDF of one page, the size of the drawing; `fonts` are for letters that those of the tool have not. */
export function writePdf(drawing: Drawing, fonts: readonly Typeface[] = []): Uint8Array {
  const [width, height] = [drawing.width + 2 * MARGIN, drawing.height + 2 * MARGIN];
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const file = new PdfFile();
  const text = new PdfText(file, fonts);
  const content = [matrix(scale, MARGIN * scale)];
  for (const steps of drawing.things) content.push("q 0 G 0 g 1 w", ...paint(steps, text), "Q");
  const contents = file.add("", deflateSync(Buffer.from(content.join("\n"), "latin1")));
  const pages = file.reserve();
  const box = `[0 0 ${fixed(width * scale)} ${fixed(height * scale)}]`;
  const page = file.add(
    `/Type /Page /Parent ${pages} /MediaBox ${box} /Contents ${contents} /Resources << /Font << ${text.fonts()} >> >>`,
  );
  file.set(pages, `/Type /Pages /Kids [${page}] /Count 1`);
  const root = file.add(`/Type /Catalog /Pages ${pages} /ViewerPreferences << /DisplayDocTitle true >>`);
  return file.end(root, file.add(`/Title ${unicode(drawing.title)} /Producer (pprof)`));
}

/** Steps of drawing in the page's language. */
function paint(steps: readonly Step[], text: PdfText): string[] {
  const out: string[] = [];
  let size = 14;
  let [pen, brush] = ["0 0 0", "0 0 0"];
  let isPenDown = true;
  for (const step of steps) {
    if (step.op === "c") {
      pen = rgb(step.color);
      isPenDown = !/^#.{6}00$/.test(step.color);
      out.push(`${pen} RG`);
    } else if (step.op === "C") {
      brush = rgb(step.color);
      out.push(`${brush} rg`);
    } else if (step.op === "F") size = step.size;
    else if (step.op === "S") out.push(style(step.style));
    else if (step.op === "T") {
      const width = text.width(step.text, size) ?? step.width;
      const left = step.pt[0] - { l: 0, c: 0.5, r: 1 }[step.align] * width;
      out.push(`BT ${pen} rg 1 0 0 1 ${fixed(left)} ${fixed(step.pt[1])} Tm`, text.show(step.text, size), "ET");
      out.push(`${brush} rg`);
    } else out.push(...shape(step, isPenDown));
  }
  return out;
}

function shape(step: Shape, isPenDown: boolean): string[] {
  const finish = isPenDown ? FINISH[step.op] : "f";
  if ("rect" in step) return [ellipse(step.rect), finish];
  const points = step.points.map(([x, y]) => `${fixed(x)} ${fixed(y)}`);
  const path = [`${points[0]} m`];
  if (step.op === "b" || step.op === "B") {
    for (let i = 1; i + 2 < points.length; i += 3) path.push(`${points.slice(i, i + 3).join(" ")} c`);
  } else path.push(...points.slice(1).map((point) => `${point} l`));
  return [...path, finish];
}

/** Closed outlines, filled and not, and open ones. */
const FINISH: Readonly<Record<Shape["op"], string>> = { p: "s", e: "s", P: "b", E: "b", B: "b", L: "S", b: "S" };

/** A quarter of an ellipse as a Bézier curve has its handles at this part of the radius. */
const KAPPA = 0.5523;

function ellipse([x, y, a, b]: readonly [number, number, number, number]): string {
  const curve = (...values: number[]): string => `${values.map(fixed).join(" ")} c`;
  const [ka, kb] = [KAPPA * a, KAPPA * b];
  return [
    `${fixed(x + a)} ${fixed(y)} m`,
    curve(x + a, y + kb, x + ka, y + b, x, y + b),
    curve(x - ka, y + b, x - a, y + kb, x - a, y),
    curve(x - a, y - kb, x - ka, y - b, x, y - b),
    curve(x + ka, y - b, x + a, y - kb, x + a, y),
  ].join(" ");
}

const DASHES: Readonly<Record<string, string>> = { solid: "[] 0 d", dashed: "[5 2] 0 d", dotted: "[1 5] 0 d" };

function style(name: string): string {
  const width = /^setlinewidth\((.*)\)$/.exec(name)?.[1];
  return width === undefined ? (DASHES[name] ?? "") : `${width} w`;
}

function rgb(color: string): string {
  return [1, 3, 5].map((at) => fixed(Number.parseInt(color.slice(at, at + 2), 16) / 255)).join(" ");
}

function matrix(scale: number, shift: number): string {
  return `${fixed(scale)} 0 0 ${fixed(scale)} ${fixed(shift)} ${fixed(shift)} cm`;
}

/** Text of the file's own properties: UTF-16 in hexadecimal digits. */
function unicode(text: string): string {
  return `<${Buffer.from(`\ufeff${text}`, "utf16le").swap16().toString("hex")}>`;
}

function fixed(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
