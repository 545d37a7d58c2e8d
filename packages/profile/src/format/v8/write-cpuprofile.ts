import { ProfileError } from "../../error.ts";
import type { Profile } from "../../profile.ts";
import { NamedFrames } from "../build/named-frames.ts";
import { PathTree } from "../build/path-tree.ts";
import { sampleTypeColumn, type WriteOptions } from "../build/sample-type.ts";
import { TextWriter } from "../build/text-writer.ts";

/** How many microseconds a unit of time is; a unit that is none is shown as one. */
const MICROSECONDS = new Map([
  ["nanoseconds", 1e-3],
  ["microseconds", 1],
  ["milliseconds", 1e3],
  ["seconds", 1e6],
]);
/** Up to so many samples are written one by one; above that, one stands for a row of the profile. */
const MOST_SAMPLES = 2 ** 22;
const ROOT = 1;

/** How often a node was on top, in all and at each line. */
interface Hits {
  count: number;
  readonly lines: Map<number, number>;
}

/** Writes one sample type as V8's `.cpuprofile`: its rows one after the other, the lines of leaves as position ticks. */
export function writeCpuProfile(profile: Profile, { sampleType }: WriteOptions = {}): Uint8Array {
  const column = sampleTypeColumn(profile, sampleType);
  const values = profile.samples.values[column]!;
  const scale = MICROSECONDS.get(profile.sampleTypes[column]!.unit) ?? 1;
  const counts = hitCounts(profile, column);
  const frames = new NamedFrames(profile);
  const functionOf = functions(frames);
  const tree = new PathTree();
  const hits: Hits[] = [];
  const samples: number[] = [];
  const deltas: number[] = [];
  let total = 0;
  for (let row = 0; row < values.length; row++) {
    if (values[row]! < 0n)
      throw new ProfileError(`a .cpuprofile holds no negative value: ${values[row]} in row ${row}`);
    const stack = frames.stack(row);
    let node = -1;
    for (let i = stack.length - 1; i >= 0; i--) node = tree.child(node, functionOf(stack[i]!));
    const count = counts(row);
    // Whole units, so that a reader's sums are exact.
    let left = Number(values[row]);
    total += left;
    for (let rest = count; rest > 0; rest--) {
      const share = Math.floor(left / rest);
      left -= share;
      samples.push(node + ROOT + 1);
      deltas.push(share * scale);
    }
    if (node < 0) continue;
    const hit = hits[node] ?? { count: 0, lines: new Map() };
    hits[node] = hit;
    hit.count += count;
    const { line } = frames.frames[stack[0]!]!;
    if (line > 0) hit.lines.set(line, (hit.lines.get(line) ?? 0) + count);
  }

  const children = new Map<number, number[]>();
  for (let node = 0; node < tree.length; node++) {
    const siblings = children.get(tree.parent(node));
    if (siblings === undefined) children.set(tree.parent(node), [node + ROOT + 1]);
    else siblings.push(node + ROOT + 1);
  }
  const out = new TextWriter();
  const root = { functionName: "(root)", scriptId: "0", url: "", lineNumber: -1, columnNumber: -1 };
  out.write(
    `{"nodes":[${JSON.stringify({ id: ROOT, callFrame: root, hitCount: 0, children: children.get(-1) ?? [] })}`,
  );
  for (let node = 0; node < tree.length; node++) {
    const { name, filename, startLine } = frames.frames[tree.location(node)]!;
    const callFrame = {
      functionName: name,
      scriptId: "0",
      url: filename,
      lineNumber: startLine - 1,
      columnNumber: -1,
    };
    const { count = 0, lines = new Map<number, number>() } = hits[node] ?? {};
    const json = {
      id: node + ROOT + 1,
      callFrame,
      hitCount: count,
      ...(children.has(node) ? { children: children.get(node) } : {}),
      ...(lines.size === 0 ? {} : { positionTicks: Array.from(lines, ([line, ticks]) => ({ line, ticks })) }),
    };
    out.write(`,${JSON.stringify(json)}`);
  }
  out.write(`],"startTime":0,"endTime":${total * scale},"samples":[`);
  writeList(out, samples);
  out.write('],"timeDeltas":[');
  writeList(out, deltas);
  out.write("]}\n");
  return out.finish();
}

function writeList(out: TextWriter, numbers: readonly number[]): void {
  for (let i = 0; i < numbers.length; i++) out.write(i === 0 ? `${numbers[i]}` : `,${numbers[i]}`);
}

/** How many samples a row stands for. */
function hitCounts({ sampleTypes, samples }: Profile, column: number): (row: number) => number {
  const counts =
    samples.values[
      sampleTypes.findIndex(({ type, unit }, i) => i !== column && type === "samples" && unit === "count")
    ];
  const total = counts?.reduce((sum, count) => (count > 0n ? sum + count : sum), 0n) ?? 0n;
  if (counts === undefined || total > MOST_SAMPLES) return () => 1;
  return (row) => Math.max(Number(counts[row]), 1);
}

/** The first frame of each function stands for all its lines. */
function functions({ frames }: NamedFrames): (frame: number) => number {
  const rows = new Map<string, number>();
  const known: number[] = [];
  return (frame) => {
    const found = known[frame];
    if (found !== undefined) return found;
    const { name, filename, startLine } = frames[frame]!;
    const key = `${startLine},${filename}\n${name}`;
    const row = rows.get(key) ?? frame;
    rows.set(key, row);
    known[frame] = row;
    return row;
  };
}
