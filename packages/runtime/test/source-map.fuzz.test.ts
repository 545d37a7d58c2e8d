import { SourceMap as NodeSourceMap } from "node:module";
import { expect, test } from "vitest";
import { SourceMap } from "../src/agent/source-map/source-map.ts";

/** Cases for each property; set FUZZ_RUNS to run more. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 200);

type Random = (below: number) => number;

/** A generator of whole numbers below a bound, the same for each seed. */
function random(seed: number): Random {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function vlq(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let text = "";
  do {
    text += DIGITS[(rest % 32) + (rest >= 32 ? 32 : 0)];
    rest = Math.floor(rest / 32);
  } while (rest > 0);
  return text;
}

const list = <Item>(length: number, item: (at: number) => Item): Item[] => Array.from({ length }, (_, at) => item(at));

/** A map as tools make them, and the lines that it has. */
function validMap(below: Random): { readonly map: object; readonly lines: number } {
  const sources = list(1 + below(4), (at) => `src/${at}.ts`);
  const names = list(1 + below(4), (at) => `name${at}`);
  let [source, line, column, name] = [0, 0, 0, 0];
  const lines = list(1 + below(20), () => {
    return list(below(6), (at) => {
      const step = (at === 0 ? 0 : 1) + below(1 << below(16));
      const fields = [step];
      if (below(8) > 0) {
        const next = [below(sources.length), below(1 << below(20)), below(200)] as const;
        fields.push(next[0] - source, next[1] - line, next[2] - column);
        [source, line, column] = next;
        if (below(2) > 0) {
          const named = below(names.length);
          fields.push(named - name);
          name = named;
        }
      }
      return fields.map(vlq).join("");
    }).join(",");
  });
  // Node's reader takes a last segment of one field for one of four, unless something follows.
  return { map: { version: 3, sources, names, mappings: `${lines.join(";")};` }, lines: lines.length };
}

test("valid maps, with sections or without, are read as by Node's own reader", () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const below = random(seed);
    let map: object;
    let lines = 0;
    if (below(2) === 0) ({ map, lines } = validMap(below));
    else {
      const sections = list(1 + below(4), () => {
        const part = validMap(below);
        const offset = { line: lines, column: below(40) };
        lines += part.lines + below(3);
        return { offset, map: part.map };
      });
      map = { version: 3, sections };
    }
    const read = new SourceMap(JSON.stringify(map));
    const reference = new NodeSourceMap(map as never);
    for (let line = 0; line < lines; line++) {
      for (const column of [0, 1, 7, 30, 1000, 40_000, 1 << 20]) {
        const entry = reference.findEntry(line, column) as { generatedLine?: number; generatedColumn?: number };
        // Where no segment of the line begins so early, Node takes one of a line before.
        if (entry.generatedLine !== line) continue;
        const { originalSource, originalLine, originalColumn, name } = entry as Record<string, never>;
        const shown =
          originalSource === undefined
            ? undefined
            : { source: originalSource, line: originalLine, column: originalColumn };
        expect(read.original(line, column), `seed ${seed}, ${line}:${column}`).toEqual(shown);
        if (entry.generatedColumn === column && name !== undefined)
          expect(read.identifierAt(line, column)?.name).toBe(name);
      }
    }
  }
});

/** Values that stand where others are meant. */
function odd(below: Random): unknown {
  const values = [null, true, -1, 0.5, 4e9, 1e308, "", "__proto__", "A,A;/", {}, [], [null], { length: 1e9 }, "\0", []];
  return values[below(values.length)];
}

test("maps that are wrong anywhere give an answer or an error, and no place that there cannot be", () => {
  for (let seed = 0; seed < RUNS * 5; seed++) {
    const below = random(seed);
    const map: Record<string, unknown> = { ...validMap(below).map, sourceRoot: "root" };
    for (let i = below(3); i >= 0; i--) map[Object.keys(map)[below(5)]!] = odd(below);
    if (below(3) === 0) map.sections = below(2) === 0 ? odd(below) : [{ offset: { line: odd(below), column: 0 }, map }];
    let text = Object.hasOwn(map, "sections") ? safeJson(map) : JSON.stringify(map);
    if (below(4) === 0)
      text = text.slice(0, below(text.length)) + String.fromCharCode(below(256)) + text.slice(below(9));
    check(text);
  }
});

/** A section that holds the map it stands in. */
function safeJson(map: Record<string, unknown>): string {
  const { sections, ...rest } = map;
  return JSON.stringify({
    ...rest,
    sections: Array.isArray(sections) ? sections.map((one) => ({ ...one, map: rest })) : 1,
  });
}

/** Shapes of maps by how much of something they have. */
const growing: Record<string, (size: number) => string> = {
  brackets: (size) => "[".repeat(size),
  objects: (size) => '{"a":'.repeat(size),
  "empty objects": (size) => `[${"{},".repeat(size)}0]`,
  "different members": (size) => `{${list(size, (at) => `"${at}":0`).join()}}`,
  lines: (size) => `{"mappings":"${";".repeat(size)}"}`,
  segments: (size) => `{"mappings":"${"A,".repeat(size)}"}`,
  "segments with all fields": (size) => `{"sources":["a"],"names":["b"],"mappings":"${"CAAAA,".repeat(size)}"}`,
  "a long number": (size) => `{"mappings":"${"g".repeat(size)}A"}`,
  "numbers that grow": (size) => `{"sources":["a"],"mappings":"${"+/////DA+/////D,".repeat(size)}"}`,
  sources: (size) => `{"sources":[${'"a",'.repeat(size)}""],"mappings":"AAAA"}`,
  "a long name": (size) => `{"sources":["${"a".repeat(size)}"],"sourceRoot":"${"b".repeat(size)}","mappings":"AAAA"}`,
  sections: (size) => `{"sections":[${list(size, (line) => JSON.stringify(section(line))).join()}]}`,
  "a late section": (size) => JSON.stringify({ sections: [section(size ** 3)] }),
  "sections in sections": (size) => `${'{"sections":[{"offset":{"line":0,"column":0},"map":'.repeat(size)}0`,
  quotes: (size) => `["${'\\"'.repeat(size)}"]`,
  backslashes: (size) => `["${"\\".repeat(size)}"]`,
};

function section(line: number): object {
  return { offset: { line, column: 0 }, map: { sources: ["a"], mappings: "AAAA" } };
}

test.for(Object.keys(growing))("%s: the more there is, the sooner it is refused", (name) => {
  const most = RUNS > 200 ? 2 ** 21 : 2 ** 15;
  for (let size = 1; size <= most; size *= 8) check(growing[name]!(size));
  // The least that each of them costs, so that none of them is a way to take memory.
  expect(process.memoryUsage().heapUsed).toBeLessThan(3 * 2 ** 30);
});

function check(text: string): void {
  let map: SourceMap;
  try {
    map = new SourceMap(text);
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return;
  }
  expect(map.size).toBeLessThan(2 ** 29);
  for (const place of [0, 1, 5, -1, 0.5, Number.NaN, 2 ** 31, 2 ** 53]) {
    const original = map.original(place, place);
    if (original === undefined) continue;
    expect(original.line).toBeGreaterThanOrEqual(0);
    expect(original.line).toBeLessThan(2 ** 31);
    expect(original.source.length).toBeLessThan(2 ** 14);
  }
}
