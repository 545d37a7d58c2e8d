import type { LabelFields } from "../../builder.ts";
import { ProfileError } from "../../error.ts";
import type { Profile, ValueType } from "../../profile.ts";
import { VALUE } from "../build/frame-budget.ts";
import type { Input } from "../build/input.ts";
import { array, index, integer, isObject, type JsonObject, number, object, shown, text } from "../build/json.ts";
import { PathTree } from "../build/path-tree.ts";
import { SymbolSamples } from "../build/symbol-samples.ts";

const SCHEMA = "speedscope.app/file-format-schema";

/** What values in each unit are here, and what one of them is. */
const UNITS = new Map<string, ValueType & { readonly scale: number }>([
  ["none", { type: "samples", unit: "count", scale: 1 }],
  ["nanoseconds", { type: "time", unit: "nanoseconds", scale: 1 }],
  ["microseconds", { type: "time", unit: "nanoseconds", scale: 1e3 }],
  ["milliseconds", { type: "time", unit: "nanoseconds", scale: 1e6 }],
  ["seconds", { type: "time", unit: "nanoseconds", scale: 1e9 }],
  ["bytes", { type: "space", unit: "bytes", scale: 1 }],
]);

export function isSpeedscope(input: Input): boolean {
  if (!/^\s*\{/.test(input.head)) return false;
  if (input.head.includes(SCHEMA)) return true;
  if (!/"(?:shared|profiles|exporter|activeProfileIndex)"/.test(input.head)) return false;
  const json = input.json();
  return isObject(json) && isObject(json.shared) && "frames" in json.shared && Array.isArray(json.profiles);
}

/** Reads speedscope's JSON, sampled and evented; where there are more profiles than types, the label `profile` names them. */
export function readSpeedscope(input: Input): Profile {
  const json = object(input.json(), "the speedscope file");
  const profiles = array(json.profiles, "profiles").map((value, i) => object(value, `profile ${i}`));
  if (profiles.length === 0) throw new ProfileError("the speedscope file holds no profiles");
  // What this package wrote names its types.
  const isOurs = typeof json.exporter === "string" && json.exporter.startsWith("pprof-ts");
  const types: ValueType[] = [];
  const columnOf = new Map<string, number>();
  const columns = profiles.map((profile) => {
    const given = text(profile.unit ?? "none", "unit of a profile");
    // Whatever else is counted.
    const unit = UNITS.get(given) ?? { type: given, unit: "count", scale: 1 };
    const { scale, ...type } = isOurs
      ? {
          type: text(profile.name, "name of a profile"),
          unit: profile.unit === "none" ? "count" : text(profile.unit, "unit"),
          scale: 1,
        }
      : unit;
    const key = `${type.unit}\n${type.type}`;
    let column = columnOf.get(key);
    if (column === undefined) {
      column = types.push(type) - 1;
      columnOf.set(key, column);
    }
    return { column, scale };
  });
  const out = new SymbolSamples(
    { sampleTypes: types, ...(types[0] === undefined ? {} : { periodType: types[0] }) },
    input.stackBytes,
  );
  const frames = array(object(json.shared, "shared").frames, "frames").map((value, i) => {
    const frame = object(value, `frame ${i}`);
    return out.location({
      name: text(frame.name, `name of frame ${i}`),
      filename: text(frame.file ?? "", `file of frame ${i}`),
      line: integer(frame.line ?? 0, `line of frame ${i}`),
      column: integer(frame.col ?? 0, `col of frame ${i}`),
    });
  });
  const tree = new PathTree();
  /** The values of each node of the tree; where they have labels, those of one profile. */
  let rows = new Map<number, number[]>();
  const finish = (labels: readonly LabelFields[]): void => {
    let frames = 0;
    for (const node of rows.keys()) frames += tree.depth(node);
    out.foresee({ samples: rows.size, frames, values: types.length, labels: labels.length });
    for (const [node, values] of rows) out.add(tree.stack(node), values, labels);
    rows = new Map();
  };
  const isMany = profiles.length > types.length;
  profiles.forEach((profile, i) => {
    const { column, scale } = columns[i]!;
    const add = (node: number, value: number): void => {
      let values = rows.get(node);
      if (values === undefined) {
        out.spend(VALUE * types.length);
        values = types.map(() => 0);
        rows.set(node, values);
      }
      values[column]! += value * scale;
    };
    if (profile.type === "sampled") addSampled(profile, frames, tree, add);
    else if (profile.type === "evented") addEvented(profile, frames, tree, add);
    else throw new ProfileError(`malformed profile: unknown profile type ${shown(profile.type)}`);
    if (isMany) finish([{ key: "profile", value: out.text(text(profile.name ?? "", "name of a profile")) }]);
  });
  finish([]);
  return out.build();
}

type Add = (node: number, value: number) => void;

function addSampled(profile: JsonObject, frames: readonly number[], tree: PathTree, add: Add): void {
  const samples = array(profile.samples, "samples");
  const weights = array(profile.weights, "weights");
  if (samples.length !== weights.length) {
    throw new ProfileError(`malformed profile: ${samples.length} samples with ${weights.length} weights`);
  }
  samples.forEach((sample, i) => {
    let node = -1;
    for (const frame of array(sample, "a sample")) {
      node = tree.child(node, frames[index(frame, frames.length, "a frame of a sample")]!);
    }
    add(node, number(weights[i], "a weight"));
  });
}

function addEvented(profile: JsonObject, frames: readonly number[], tree: PathTree, add: Add): void {
  /** By node, in the order of their coming. */
  const times = new Map<number, number>();
  let top = -1;
  let last = number(profile.startValue ?? 0, "startValue");
  for (const value of array(profile.events, "events")) {
    const { type, frame, at } = object(value, "an event");
    const location = frames[index(frame, frames.length, "the frame of an event")]!;
    const now = number(at, "at of an event");
    if (now < last) throw new ProfileError(`malformed profile: an event at ${now} comes after one at ${last}`);
    if (top >= 0) times.set(top, times.get(top)! + now - last);
    last = now;
    if (type === "O") {
      top = tree.child(top, location);
      if (!times.has(top)) times.set(top, 0);
    } else if (type === "C" && top >= 0 && tree.location(top) === location) top = tree.parent(top);
    else throw new ProfileError(`malformed profile: event ${shown(type)} at ${now} closes a frame that is not on top`);
  }
  for (const [node, time] of times) if (time !== 0) add(node, time);
}
