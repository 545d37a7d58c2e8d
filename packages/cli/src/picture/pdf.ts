import { deflateSync } from "node:zlib";

type Attributes = Readonly<Record<string, string>>;

/**
 * A PDF of one page from an SVG as Graphviz writes it: groups, polygons, paths, ellipses and lines of Times, a font that
 * every reader of PDF has and that Graphviz measures with.
 */
export function svgToPdf(svg: string): Uint8Array {
  const [, width = "0", height = "0"] = /<svg width="([\d.]+)pt" height="([\d.]+)pt"/.exec(svg) ?? [];
  const content = [`1 0 0 -1 0 ${height} cm`];
  const depths: number[] = [];
  for (const [, close, name = "", attributes, empty, text] of svg.matchAll(
    /<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>([^<]*)/g,
  )) {
    if (name === "g") {
      if (close) for (let n = depths.pop() ?? 0; n > 0; n--) content.push("Q");
      else depths.push(openGroup(content, read(attributes)));
    } else if (!close) content.push(...(elements[name]?.(read(attributes), empty ? "" : decodeEntities(text)) ?? []));
  }
  return assemble(content.join("\n"), width, height);
}

function read(text = ""): Attributes {
  return Object.fromEntries([...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

function openGroup(content: string[], { transform = "" }: Attributes): number {
  content.push("q");
  const scale = /scale\(([-\d.]+)[ ,]+([-\d.]+)\)/.exec(transform);
  if (scale !== null) content.push(`${scale[1]} 0 0 ${scale[2]} 0 0 cm`);
  const move = /translate\(([-\d.]+)[ ,]+([-\d.]+)\)/.exec(transform);
  if (move !== null) content.push(`1 0 0 1 ${move[1]} ${move[2]} cm`);
  return 1;
}

const elements: Readonly<Record<string, (attributes: Attributes, text: string) => string[]>> = {
  polygon: (attributes) => paint(attributes, `${lines(attributes.points)} h`),
  polyline: (attributes) => paint({ ...attributes, fill: "none" }, lines(attributes.points)),
  path: (attributes) => paint(attributes, curves(attributes.d ?? "")),
  ellipse: (attributes) => paint(attributes, ellipse(attributes)),
  text: (attributes, text) => {
    const size = Number(attributes["font-size"] ?? 14);
    const anchor = { start: 0, middle: 0.5, end: 1 }[attributes["text-anchor"] ?? "start"] ?? 0;
    const x = Number(attributes.x) - anchor * textWidth(text) * size;
    const colour = rgb(attributes.fill ?? "black") ?? "0 0 0";
    const matrix = `1 0 0 -1 ${fixed(x)} ${attributes.y} Tm`;
    return [`BT ${colour} rg /F ${size} Tf ${matrix} ${pdfString(text)} Tj ET`];
  },
};

/** The path filled and outlined as the attributes say. */
function paint(attributes: Attributes, path: string): string[] {
  const fill = rgb(attributes.fill ?? "black");
  const stroke = rgb(attributes.stroke ?? "none");
  if (fill === undefined && stroke === undefined) return [];
  const dash = attributes["stroke-dasharray"]?.replaceAll(",", " ") ?? "";
  return [
    `q ${fill ?? "0 0 0"} rg ${stroke ?? "0 0 0"} RG ${attributes["stroke-width"] ?? 1} w [${dash}] 0 d`,
    `${path} ${fill === undefined ? "S" : stroke === undefined ? "f" : "B"} Q`,
  ];
}

function lines(points = ""): string {
  return [...points.matchAll(/([-\d.e]+)[ ,]+([-\d.e]+)/g)]
    .map(([, x, y], i) => `${x} ${y} ${i === 0 ? "m" : "l"}`)
    .join(" ");
}

/** Graphviz draws with absolute M, C and L only. */
function curves(d: string): string {
  const parts: string[] = [];
  for (const [, command, numbers = ""] of d.matchAll(/([MCLZz])([^MCLZz]*)/g)) {
    const values = numbers.match(/-?[\d.]+(?:e-?\d+)?/g) ?? [];
    const [step, operator] = command === "C" ? [6, "c"] : [2, command === "M" ? "m" : "l"];
    for (let i = 0; i + step <= values.length; i += step)
      parts.push(`${values.slice(i, i + step).join(" ")} ${operator}`);
    if (command === "Z" || command === "z") parts.push("h");
  }
  return parts.join(" ");
}

/** Four Bézier curves; 0.5523 makes each the quarter of a circle to within 0.03 %. */
function ellipse(attributes: Attributes): string {
  const [x, y, rx, ry] = ["cx", "cy", "rx", "ry"].map((name) => Number(attributes[name])) as [
    number,
    number,
    number,
    number,
  ];
  const [kx, ky] = [rx * 0.5523, ry * 0.5523];
  const curve = (...numbers: number[]): string => `${numbers.map(fixed).join(" ")} c`;
  return [
    `${fixed(x + rx)} ${fixed(y)} m`,
    curve(x + rx, y + ky, x + kx, y + ry, x, y + ry),
    curve(x - kx, y + ry, x - rx, y + ky, x - rx, y),
    curve(x - rx, y - ky, x - kx, y - ry, x, y - ry),
    curve(x + kx, y - ry, x + rx, y - ky, x + rx, y),
    "h",
  ].join(" ");
}

const named: Readonly<Record<string, string>> = {
  black: "0 0 0",
  white: "1 1 1",
  gray: "0.75 0.75 0.75",
  red: "1 0 0",
};

function rgb(colour: string): string | undefined {
  if (colour === "none" || colour === "transparent") return undefined;
  const hex = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})/i.exec(colour);
  if (hex === null) return named[colour] ?? "0 0 0";
  return hex
    .slice(1)
    .map((part) => fixed(Number.parseInt(part, 16) / 255))
    .join(" ");
}

/** Widths of Times from the space to the tilde, in thousandths of its size. */
const WIDTHS =
  `250 333 408 500 500 833 778 180 333 333 500 564 250 333 250 278 500 500 500 500 500 500 500 500 500 500 278
278 564 564 564 444 921 722 667 667 722 611 556 722 722 333 389 722 611 889 722 722 556 722 667 556 611 722 722 944 722 722
611 333 278 333 469 500 333 444 500 444 500 444 333 500 500 278 278 500 278 778 500 500 500 500 333 389 278 500 500 722 500
500 444 480 200 480 541`
    .split(/\s/)
    .map(Number);

function textWidth(text: string): number {
  let width = 0;
  for (const letter of text) width += letter === "…" ? 1000 : (WIDTHS[letter.charCodeAt(0) - 32] ?? 500);
  return width / 1000;
}

/** A string in the encoding that the font is declared with; letters outside of it as a question mark. */
function pdfString(text: string): string {
  let literal = "";
  for (const letter of text) {
    const code = letter === "…" ? 0x85 : letter.charCodeAt(0);
    if (letter === "(" || letter === ")" || letter === "\\") literal += `\\${letter}`;
    else if (code >= 32 && code < 127) literal += letter;
    else if (code > 127 && code < 256) literal += `\\${code.toString(8)}`;
    else literal += "?";
  }
  return `(${literal})`;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeEntities(text = ""): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal));
  });
}

function fixed(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

function assemble(content: string, width: string, height: string): Uint8Array {
  const stream = deflateSync(Buffer.from(content, "latin1"));
  const page = `/MediaBox [0 0 ${width} ${height}] /Resources << /Font << /F 5 0 R >> >>`;
  const objects: (string | Buffer)[][] = [
    ["<< /Type /Catalog /Pages 2 0 R >>"],
    ["<< /Type /Pages /Kids [3 0 R] /Count 1 >>"],
    [`<< /Type /Page /Parent 2 0 R ${page} /Contents 4 0 R >>`],
    [`<< /Length ${stream.length} /Filter /FlateDecode >>\nstream\n`, stream, "\nendstream"],
    ["<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>"],
  ];
  const parts: Buffer[] = [];
  let size = 0;
  const add = (part: string | Buffer): void => {
    const bytes = typeof part === "string" ? Buffer.from(part, "latin1") : part;
    parts.push(bytes);
    size += bytes.length;
  };
  add("%PDF-1.4\n");
  const offsets = objects.map((object, i) => {
    const offset = size;
    for (const part of [`${i + 1} 0 obj\n`, ...object, "\nendobj\n"]) add(part);
    return offset;
  });
  const start = size;
  const entries = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`);
  add(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries.join("")}`);
  add(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`);
  return Buffer.concat(parts);
}
