/** A command of a story, and what the story says that it prints. */
export interface Step {
  /** Where it stands, from 1. */
  readonly line: number;
  readonly command: string;
  readonly prints: readonly string[];
}

/** A line of this alone stands for any number of lines, and within a line for any text. */
const ANY = "…";

/** The commands of a document: in its blocks of `console`, what follows `$ ` (and goes on after a `\`), each with what is below it. */
export function stepsOf(markdown: string): Step[] {
  const steps: { line: number; command: string; prints: string[] }[] = [];
  const lines = markdown.split("\n");
  let inside = false;
  for (const [at, line] of lines.entries()) {
    if (line.startsWith("```")) inside = !inside && line.trim() === "```console";
    else if (inside && line.startsWith("$ ")) steps.push({ line: at + 1, command: line.slice(2), prints: [] });
    else if (inside && steps.at(-1)!.command.endsWith("\\")) {
      steps.at(-1)!.command = `${steps.at(-1)!.command.slice(0, -1)}${line.trim()}`;
    } else if (inside) steps.at(-1)!.prints.push(line);
  }
  return steps;
}

/** What numbers are of, by their unit, and how far one may be from what a story says: this many times, or so much. */
const KINDS: readonly {
  readonly units: Readonly<Record<string, number>>;
  readonly times: number;
  readonly plus: number;
}[] = [
  // What a busy machine takes for it is no part of a story.
  { units: { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, mins: 60, hrs: 3600 }, times: 50, plus: 0.05 },
  { units: { B: 1, kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 }, times: 2, plus: 2 ** 19 },
  { units: { "%": 1 }, times: 1, plus: 25 },
  { units: { "": 1 }, times: 4, plus: 2 },
];

/** A number that stands alone, with its unit; a line of a file, a port and a version are none. */
const NUMBER = /(?<![\w.:/#@=-])([-+]?\d[\d,]*(?:\.\d+)?)(ns|us|µs|ms|s|mins|hrs|kB|MB|GB|B|%)?(?![\w:/-]|\.\w)/g;

/**
 * What is wrong with what was printed, in a sentence; undefined where it is what the story says. Lines that stand below each
 * other have to do so; what is between two lines of `…` may come anywhere, for equals in rank change places.
 */
export function mismatch(prints: readonly string[], printed: string): string | undefined {
  const lines = printed
    .split("\n")
    .map(tidy)
    .filter((line) => line !== "");
  const groups = groupsOf(prints);
  const ends: number[] = [];
  for (const [at, group] of groups.entries()) {
    if (group === ANY) continue;
    const isFirst = at === 0;
    const isLast = at === groups.length - 1;
    const starts = isFirst ? [0] : isLast ? [lines.length - group.length] : [...lines.keys()];
    const start = starts.find((start) => fits(group, lines, start));
    if (start === undefined) return `this is not there, or not in its place:\n${group.join("\n")}`;
    ends.push(start + group.length);
  }
  const isWhole = groups.includes(ANY) || (ends.at(-1) ?? 0) === lines.length;
  return isWhole ? undefined : `more is printed than the story says:\n${lines.slice(ends.at(-1) ?? 0).join("\n")}`;
}

/** Lines that stand below each other, and what stands for any lines between them. */
function groupsOf(prints: readonly string[]): (readonly string[] | typeof ANY)[] {
  const groups: (string[] | typeof ANY)[] = [];
  for (const line of prints.map(tidy).filter((line) => line !== "")) {
    const last = groups.at(-1);
    if (line === ANY) groups.push(ANY);
    else if (last === undefined || last === ANY) groups.push([line]);
    else (last as string[]).push(line);
  }
  return groups;
}

function fits(group: readonly string[], lines: readonly string[], start: number): boolean {
  return group.every((line, row) => lines[start + row] !== undefined && alike(line, lines[start + row]!));
}

function alike(said: string, line: string): boolean {
  const numbers: { value: number; unit: string }[] = [];
  const pattern = said.split(ANY).map((part) => {
    let text = "";
    let end = 0;
    for (const found of part.matchAll(NUMBER)) {
      const [all, digits = "", unit = ""] = found;
      numbers.push({ value: numberOf(digits), unit });
      text += `${literal(part.slice(end, found.index))}([-+]?\\d[\\d,]*(?:\\.\\d+)?)([a-zA-Zµ%]*)`;
      end = found.index + all.length;
    }
    return text + literal(part.slice(end));
  });
  const found = new RegExp(`^${pattern.join(".*?")}$`).exec(line);
  if (found === null) return false;
  // In a table, what has been counted so far depends on the rows above.
  const units = numbers.map(({ unit }) => (unit === "%" ? "%" : "x")).join("");
  return numbers.every(
    ({ value, unit }, row) =>
      (units === "x%%x%" && row === 2) || near(value, unit, numberOf(found[2 * row + 1]!), found[2 * row + 2]!),
  );
}

function near(said: number, saidUnit: string, value: number, unit: string): boolean {
  // Nothing has no unit.
  const [ofSaid, ofValue] = [said === 0 ? unit : saidUnit, value === 0 ? saidUnit : unit];
  const kind = KINDS.find(({ units }) => Object.hasOwn(units, ofSaid));
  const factor = kind?.units[ofValue];
  if (kind === undefined || factor === undefined) return false;
  const [one, other] = [said * kind.units[ofSaid]!, value * factor];
  if (Math.abs(one - other) <= kind.plus) return true;
  return one * other > 0 && Math.max(one / other, other / one) <= kind.times;
}

const numberOf = (digits: string): number => Number(digits.replaceAll(",", ""));
const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
const tidy = (line: string): string => line.replace(/\s+/g, " ").trim();
