import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { encode, type Profile, StringTable } from "@pprof-ts/profile";
import { generator, treePaths, walks } from "./call-stacks.ts";
import type { Shape } from "./shapes.ts";

const cache = fileURLToPath(new URL("../.cache/", import.meta.url));

/** The file of a generated, gzipped profile; made when first asked for. */
export function profileFile(name: string, shape: Shape): string {
  const file = path.join(cache, `${name}.pb.gz`);
  if (!existsSync(file)) {
    mkdirSync(cache, { recursive: true });
    // Renamed when complete, so that a run that was broken off leaves no half of a profile.
    writeFileSync(`${file}.part`, gzipSync(encode(generate(shape))));
    renameSync(`${file}.part`, file);
  }
  return file;
}

/**
 * A CPU profile like those of a large service: 36 frames deep on average, few stacks that are hot and many that are not,
 * a quarter of the locations with inlined frames, labels on most samples, ids in the order of first use.
 */
export function generate(shape: Shape): Profile {
  const { bytes, functions, seed } = shape;
  const random = generator(seed);
  const drawStack = shape.walks ? walks(shape, random) : treePaths(shape, random);
  const most = shape.samples ?? Number.POSITIVE_INFINITY;
  const table = new LocationRows(functions, shape.inlined);
  const stacks = new Growing();
  const stackStart = new Growing();
  const values = [new Growing(), new Growing()];
  const labelStart = new Growing();
  const labels = new Growing();
  const strings = new Map<string, number>([["", 0]]);
  const text = (string: string): number => {
    const row = strings.get(string) ?? strings.size;
    strings.set(string, row);
    return row;
  };
  const label = (key: string, str: string, num = 0, unit = ""): void => {
    for (const word of [text(key), text(str), num, text(unit)]) labels.push(word);
  };

  stackStart.push(0);
  labelStart.push(0);
  let size = 0;
  let samples = 0;
  while (size + 60 * table.length < bytes && samples < most) {
    drawStack(samples, (location) => {
      const row = table.row(location);
      stacks.push(row);
      size += row < 127 ? 1 : row < 16383 ? 2 : 3;
    });
    stackStart.push(stacks.length);
    const count = 1 + Math.floor(0.3 / (random() + 0.01));
    values[0]!.push(count);
    values[1]!.push(count * 10_000_000);
    if (shape.labels !== undefined) manyLabels(shape.labels, random, label);
    else {
      if (random() < 0.6) label("endpoint", `/api/v2/${WORDS[Math.floor(WORDS.length * random() ** 2)]}/:id`);
      if (random() < 0.2) label("tenant", `tenant-${Math.floor(5000 * random() ** 2)}`);
      // In the order in which Go writes labels: text before numbers, each by key.
      if (random() < 0.1) label("request", "", 2 ** Math.floor(30 * random()), "bytes");
      if (random() < 0.4) label("thread", "", 1 + Math.floor(64 * random()));
    }
    const count4 = labels.length / 4;
    size += 16 + 10 * (count4 - labelStart.last());
    labelStart.push(count4);
    samples++;
  }

  const label4 = labels.finish();
  const column = (k: number): Uint32Array => {
    const picked = new Uint32Array(label4.length / 4);
    for (let i = 0; i < picked.length; i++) picked[i] = label4[4 * i + k]!;
    return picked;
  };
  return {
    sampleTypes: [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ],
    defaultSampleType: "",
    samples: {
      length: samples,
      locationStart: stackStart.finish(),
      locations: stacks.finish(),
      values: values.map((each) => wide(each.finish(), BigInt64Array)),
      labelStart: labelStart.finish(),
      labels: {
        length: label4.length / 4,
        key: column(0),
        str: column(1),
        num: wide(column(2), BigInt64Array),
        numUnit: column(3),
        unknownFields: new Map(),
      },
      unknownFields: new Map(),
    },
    ...table.finish(text),
    strings: StringTable.of([...strings.keys()]),
    dropFrames: "",
    keepFrames: "",
    timeNanos: 1_700_000_000_000_000_000n,
    durationNanos: 60_000_000_000n,
    periodType: { type: "cpu", unit: "nanoseconds" },
    period: 10_000_000n,
    comments: [],
    docUrl: "",
    unknownFields: new Uint8Array(0),
  };
}

const WORDS = (
  "account address audit basket billing cache cart catalog checkout client cluster config coupon cursor customer " +
  "device discount document event export feature filter gateway handler health history image import index inventory " +
  "invoice item ledger limit listing location login mailer market media merge message metric notify offer order page " +
  "parcel parser payment pipeline policy price product profile promo quota quote rating refund region render report " +
  "request retry review route schema search session shard shipment snapshot source stock store stream subscription " +
  "supplier sync table tariff tenant ticket token topic trace transfer upload user vendor voucher wallet warehouse"
).split(" ");
const VERBS = "Get Put List Find Apply Encode Decode Parse Read Write Merge Scan Check Load Store Run".split(" ");

/** A function's name and file, as a Go program would have them. */
function nameOf(fn: number): { name: string; filename: string } {
  const pick = (words: readonly string[], by: number): string => words[Math.floor(fn / by) % words.length]!;
  const pack = `github.com/acme/shop/internal/${pick(WORDS, 16)}/${pick(WORDS, 1700)}`;
  const word = pick(WORDS, 3);
  const receiver = `${word[0]!.toUpperCase()}${word.slice(1)}`;
  return {
    name: `${pack}.(*${receiver}Service).${pick(VERBS, 1)}${fn % 7 === 0 ? `.func${1 + (fn % 3)}` : `${receiver}${fn}`}`,
    filename: `/src/${pack}/${word}_${pick(WORDS, 40)}.go`,
  };
}

/** As many labels: text, and a number in each fourth place. */
function manyLabels(
  count: number,
  random: () => number,
  label: (key: string, str: string, num?: number, unit?: string) => void,
): void {
  for (let i = 0; i < count; i++) {
    const value = Math.floor(2000 * random() ** 2);
    if (i % 4 < 3) label(`key-${i}`, `${WORDS[i % WORDS.length]}-${value}`);
    else label(i === 3 ? "bytes" : `number-${i}`, "", 16 * value, i === 3 ? "bytes" : "items");
  }
}

/** Locations, with their lines and functions, numbered in the order of first use. */
class LocationRows {
  readonly #functions: number;
  readonly #inlined: number | undefined;
  readonly #rowOf: Int32Array;
  readonly #used = new Growing();

  constructor(functions: number, inlined: number | undefined) {
    this.#functions = functions;
    this.#inlined = inlined;
    this.#rowOf = new Int32Array(8 * functions).fill(-1);
  }

  get length(): number {
    return this.#used.length;
  }

  row(location: number): number {
    if (this.#rowOf[location] === -1) {
      this.#rowOf[location] = this.#used.length;
      this.#used.push(location);
    }
    return this.#rowOf[location]!;
  }

  finish(text: (string: string) => number): Pick<Profile, "mappings" | "locations" | "functions"> {
    const used = this.#used.finish();
    const functionRow = new Int32Array(this.#functions).fill(-1);
    const functions = new Growing();
    const lineStart = new Uint32Array(used.length + 1);
    const lineFunction = new Growing();
    const line = new Growing();
    used.forEach((location, row) => {
      const fn = location >> 3;
      const inlined = this.#inlined ?? (location % 4 === 0 ? 1 + (location % 3) : 0);
      for (let k = inlined; k >= 0; k--) {
        const inner = (fn + 17 * k) % this.#functions;
        if (functionRow[inner] === -1) {
          functionRow[inner] = functions.length;
          functions.push(inner);
        }
        lineFunction.push(functionRow[inner]!);
        line.push(20 + ((inner * 31 + (location & 7) * 9) % 1500));
      }
      lineStart[row + 1] = line.length;
    });
    const rows = functions.finish();
    const names = Array.from(rows, nameOf);
    const name = Uint32Array.from(names, (each) => text(each.name));
    const count = used.length;
    return {
      mappings: {
        length: 1,
        id: BigUint64Array.of(1n),
        start: BigUint64Array.of(0x400000n),
        limit: BigUint64Array.of(0x8000000n),
        offset: BigUint64Array.of(0n),
        filename: Uint32Array.of(text("/usr/local/bin/shop")),
        buildId: Uint32Array.of(text("d4b8c0ffee0123456789abcdef0123456789abcd")),
        hasFunctions: Uint8Array.of(1),
        hasFilenames: Uint8Array.of(1),
        hasLineNumbers: Uint8Array.of(1),
        hasInlineFrames: Uint8Array.of(1),
        unknownFields: new Map(),
      },
      locations: {
        length: count,
        id: wide(
          Uint32Array.from({ length: count }, (_, row) => row + 1),
          BigUint64Array,
        ),
        mapping: new Int32Array(count),
        address: wide(
          used.map((location) => 0x400000 + 160 * location),
          BigUint64Array,
        ),
        isFolded: new Uint8Array(count),
        lineStart,
        lines: {
          length: line.length,
          function: Int32Array.from(lineFunction.finish()),
          line: wide(line.finish(), BigInt64Array),
          column: new BigInt64Array(line.length),
          unknownFields: new Map(),
        },
        unknownFields: new Map(),
      },
      functions: {
        length: rows.length,
        id: wide(
          Uint32Array.from(rows, (_, row) => row + 1),
          BigUint64Array,
        ),
        name,
        systemName: name,
        filename: Uint32Array.from(names, (each) => text(each.filename)),
        startLine: wide(
          rows.map((fn) => 10 + (fn % 900)),
          BigInt64Array,
        ),
        unknownFields: new Map(),
      },
    };
  }
}

class Growing {
  length = 0;
  #column = new Uint32Array(1024);

  push(value: number): void {
    if (this.length === this.#column.length) {
      const larger = new Uint32Array(2 * this.length);
      larger.set(this.#column);
      this.#column = larger;
    }
    this.#column[this.length++] = value;
  }

  last(): number {
    return this.#column[this.length - 1]!;
  }

  finish(): Uint32Array {
    return this.#column.slice(0, this.length);
  }
}

function wide<T extends BigInt64Array | BigUint64Array>(from: Uint32Array, Column: new (length: number) => T): T {
  const column = new Column(from.length);
  const halves = new Uint32Array(column.buffer);
  for (let i = 0; i < from.length; i++) halves[2 * i] = from[i]!;
  return column;
}
