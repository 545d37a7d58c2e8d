import { shortName } from "@pprof-ts/report";

/** How text is shown on a terminal. */
export interface TerminalStyle {
  readonly columns: number;
  readonly color: boolean;
  /** Names whole, however long they are. */
  readonly full: boolean;
}

/** How wide a bar is, and from how many columns on: narrower terminals need the room for names. */
const BARS = [
  { columns: 100, width: 10 },
  { columns: 70, width: 5 },
];
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
const LEAST_NAME = 16;

const codes = { hot: "\x1b[31m", warm: "\x1b[33m", dim: "\x1b[2m", end: "\x1b[0m" };

/** The text of `top` with a bar for each row's own share, colours, and names that fit the terminal. */
export function topOnTerminal(text: string, style: TerminalStyle): string {
  const lines = text.split("\n");
  const rows = lines.map((line) => /^( *\S+ +(\S+)%) ( *\S+% +\S+ +\S+% {2})(.*)$/.exec(line));
  const largest = Math.max(0, ...rows.map((row) => Math.abs(Number(row?.[2] ?? 0))));
  const width = (largest > 0 && BARS.find(({ columns }) => style.columns >= columns)?.width) || 0;
  return lines
    .map((line, i) => {
      const row = rows[i];
      if (row === null || row === undefined) {
        const isHeader = /^ +flat +flat% +sum% +cum +cum%$/.test(line);
        if (isHeader) return width > 0 ? line.replace("flat%", `flat%${" ".repeat(width + 1)}`) : line;
        return paint(line, "dim", style);
      }
      const [, own = "", share = "", rest = "", name = ""] = row;
      const size = Math.abs(Number(share));
      const heat = size >= 10 ? "hot" : size >= 1 ? "warm" : undefined;
      const bar = width > 0 ? ` ${paint(drawBar(size / largest, width), heat, style)}` : "";
      const room = style.columns - own.length - (width > 0 ? width + 1 : 0) - rest.length - 1;
      return `${paint(own, heat, style)}${bar} ${rest}${dimInline(fit(name, room, style), style)}`;
    })
    .join("\n");
}

/** The text of `tree` and `peek` with names that fit the terminal. */
export function treeOnTerminal(text: string, style: TerminalStyle): string {
  return text
    .split("\n")
    .map((line) => {
      const before = /^.{57} \| +/.exec(line)?.[0];
      if (before === undefined) return line;
      return before + dimInline(fit(line.slice(before.length), style.columns - before.length, style), style);
    })
    .join("\n");
}

function drawBar(part: number, width: number): string {
  const eighths = Math.round(part * width * 8);
  return ("█".repeat(eighths >> 3) + EIGHTHS[eighths & 7]!).padEnd(width);
}

/** A name that is too long as pictures show it, and where that is too long, without its middle; then without `(inline)`. */
export function fit(text: string, room: number, { full }: Pick<TerminalStyle, "full">): string {
  if (full || text.length <= room) return text;
  const [, name = text, note = ""] = /^(.*?)( \((?:partial-)?inline\))?$/.exec(text) ?? [];
  const left = room - note.length;
  return left < LEAST_NAME ? cut(shortName(name), Math.max(room, LEAST_NAME)) : cut(shortName(name), left) + note;
}

/** Takes the middle out: the beginning says whose it is, the end what it is. */
export function cut(name: string, most: number): string {
  const letters = [...name];
  if (letters.length <= most) return name;
  const head = Math.floor((most - 1) / 3);
  return `${letters.slice(0, head).join("")}…${letters.slice(letters.length - (most - 1 - head)).join("")}`;
}

function dimInline(name: string, style: TerminalStyle): string {
  return name.replace(/ \((partial-)?inline\)$/, (note) => paint(note, "dim", style));
}

function paint(text: string, code: keyof typeof codes | undefined, { color }: TerminalStyle): string {
  return color && code !== undefined && text.trim() !== "" ? codes[code] + text + codes.end : text;
}
