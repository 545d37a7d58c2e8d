/** How text is shown on a terminal. */
export interface TerminalStyle {
  readonly columns: number;
  readonly color: boolean;
  /** Names whole, however long they are. */
  readonly full: boolean;
}

const BAR = 10;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
/** Narrower than this there is no room for bars. */
const LEAST_COLUMNS_FOR_BARS = 70;
const LEAST_NAME = 16;

const codes = { hot: "\x1b[31m", warm: "\x1b[33m", dim: "\x1b[2m", end: "\x1b[0m" };

/** The text of `top` with a bar for each row's own share, colours, and names that fit the terminal. */
export function topOnTerminal(text: string, style: TerminalStyle): string {
  const lines = text.split("\n");
  const rows = lines.map((line) => /^( *\S+ +(\S+)%) ( *\S+% +\S+ +\S+% {2})(.*)$/.exec(line));
  const largest = Math.max(0, ...rows.map((row) => Math.abs(Number(row?.[2] ?? 0))));
  const bars = style.columns >= LEAST_COLUMNS_FOR_BARS && largest > 0;
  return lines
    .map((line, i) => {
      const row = rows[i];
      if (row === null || row === undefined) {
        const isHeader = /^ +flat +flat% +sum% +cum +cum%$/.test(line);
        if (isHeader) return bars ? line.replace("flat%", `flat%${" ".repeat(BAR + 1)}`) : line;
        return paint(line, "dim", style);
      }
      const [, own = "", share = "", rest = "", name = ""] = row;
      const size = Math.abs(Number(share));
      const heat = size >= 10 ? "hot" : size >= 1 ? "warm" : undefined;
      const bar = bars ? ` ${paint(drawBar(size / largest), heat, style)}` : "";
      const room = style.columns - own.length - (bars ? BAR + 1 : 0) - rest.length - 1;
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

function drawBar(part: number): string {
  const eighths = Math.round(part * BAR * 8);
  return ("█".repeat(eighths >> 3) + EIGHTHS[eighths & 7]!).padEnd(BAR);
}

/** Takes the middle out of a name that is too long: its beginning says whose it is, its end what it is. */
export function fit(name: string, room: number, { full }: Pick<TerminalStyle, "full">): string {
  const letters = [...name];
  const most = Math.max(room, LEAST_NAME);
  if (full || letters.length <= most) return name;
  const head = Math.floor((most - 1) / 3);
  return `${letters.slice(0, head).join("")}…${letters.slice(letters.length - (most - 1 - head)).join("")}`;
}

function dimInline(name: string, style: TerminalStyle): string {
  return name.replace(/ \((partial-)?inline\)$/, (note) => paint(note, "dim", style));
}

function paint(text: string, code: keyof typeof codes | undefined, { color }: TerminalStyle): string {
  return color && code !== undefined && text.trim() !== "" ? codes[code] + text + codes.end : text;
}
