import { ProfileError } from "../../error.ts";
import type { Profile, ValueType } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import { array, integer, isObject, nameOf, number, object, text } from "../build/json.ts";
import { SymbolSamples } from "../build/symbol-samples.ts";

/** What a sample stands for beside itself, by mode: so many of this unit as the interval says. */
const MODES = new Map<unknown, ValueType & { readonly scale: number }>([
  ["cpu", { type: "cpu", unit: "nanoseconds", scale: 1000 }],
  ["wall", { type: "wall", unit: "nanoseconds", scale: 1000 }],
  ["object", { type: "alloc_objects", unit: "count", scale: 1 }],
]);

export function isStackprof(input: Input): boolean {
  if (!/^\s*\{/.test(input.head) || !/"(?:mode|interval|gc_samples|missed_samples|frames)"\s*:/.test(input.head)) {
    return false;
  }
  const json = input.json();
  return isObject(json) && isObject(json.frames) && "gc_samples" in json && "interval" in json;
}

/**
 * Reads the JSON of Ruby's stackprof. Stacks are there where it was told to keep them (`raw`); without them, each frame has
 * the samples of its own and no callers.
 */
export function readStackprof(input: Input): Profile {
  const json = object(input.json(), "the profile");
  const mode = MODES.get(json.mode);
  const types: ValueType[] = [
    { type: "samples", unit: "count" },
    ...(mode === undefined ? [] : [{ type: mode.type, unit: mode.unit }]),
  ];
  const scale = mode === undefined ? 0 : mode.scale * number(json.interval, "interval");
  const out = new SymbolSamples(
    { sampleTypes: types, ...(types[1] === undefined ? {} : { periodType: types[1] }), period: scale },
    input.stackBytes,
  );
  const frames = object(json.frames, "frames");
  const locations = new Map<unknown, number>();
  const locationOf = (id: unknown): number => {
    let row = locations.get(id);
    if (row === undefined) {
      const frame = object(frames[nameOf(id, "a frame of a stack")], "a frame");
      row = out.location({
        name: text(frame.name, "name of a frame"),
        filename: text(frame.file ?? "", "file of a frame"),
        startLine: integer(frame.line ?? 0, "line of a frame"),
      });
      locations.set(id, row);
    }
    return row;
  };
  const add = (stack: readonly number[], count: number): void =>
    out.add(stack, mode === undefined ? [count] : [count, count * scale]);
  if (json.raw === undefined) {
    for (const [id, value] of Object.entries(frames)) {
      const samples = integer(object(value, "a frame").samples ?? 0, "samples of a frame");
      if (samples !== 0) add([locationOf(id)], samples);
    }
    return out.build();
  }
  const raw = array(json.raw, "raw");
  for (let at = 0; at < raw.length; ) {
    const depth = integer(raw[at], "the depth of a stack");
    if (depth < 0 || at + depth + 1 >= raw.length) {
      throw new ProfileError(
        `malformed profile: a stack of ${depth} frames, but ${raw.length - at - 1} numbers are left`,
      );
    }
    // The root stands first.
    const stack = raw.slice(at + 1, at + 1 + depth).map(locationOf);
    add(stack.reverse(), integer(raw[at + depth + 1], "the count of a stack"));
    at += depth + 2;
  }
  return out.build();
}
