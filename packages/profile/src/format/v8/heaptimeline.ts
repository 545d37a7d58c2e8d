import { ProfileError } from "../../error.ts";
import type { Profile } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import { array, index, integer, type JsonObject, number, object, text } from "../build/json.ts";
import { depthsOf } from "../build/sampled-tree.ts";
import { fileOf, scriptLocation } from "../build/script-frames.ts";
import { SymbolSamples } from "../build/symbol-samples.ts";

const HEAD = /^\s*\{\s*"snapshot"\s*:/;

export function isHeapTimeline(input: Input): boolean {
  return HEAD.test(input.head);
}

/**
 * Reads the allocation stacks of V8's `.heaptimeline`, and of a `.heapsnapshot` that was taken while allocations were
 * tracked: what was allocated, and what of it was alive at the end.
 */
export function readHeapTimeline(input: Input): Profile {
  const json = object(input.json(), "the heap snapshot");
  const meta = object(object(json.snapshot, "snapshot").meta, "snapshot.meta");
  const tree = readTraceTree(json, meta);
  if (tree.ids.length <= 1) {
    throw new ProfileError("the heap snapshot holds no allocation stacks: it was taken without tracking allocations");
  }
  const alive = countAlive(json, meta, tree.ids);
  const out = new SymbolSamples(
    {
      sampleTypes: ["alloc", "inuse"].flatMap((prefix) => [
        { type: `${prefix}_objects`, unit: "count" },
        { type: `${prefix}_space`, unit: "bytes" },
      ]),
      defaultSampleType: "inuse_space",
      periodType: { type: "space", unit: "bytes" },
      period: 1,
    },
    input.stackBytes,
  );
  const locations = readFunctions(json, meta, out);
  const valuesOf = (node: number): number[] | undefined => {
    const values = [tree.count[node]!, tree.size[node]!, alive.count[node]!, alive.size[node]!];
    return values.every((value) => value === 0) ? undefined : values;
  };
  const depths = depthsOf(tree.parent);
  let [samples, frames] = [0, 0];
  tree.ids.forEach((_, node) => {
    if (valuesOf(node) === undefined) return;
    samples++;
    frames += depths[node]!;
  });
  out.foresee({ samples, frames, values: 4, labels: 0 });
  tree.ids.forEach((_, node) => {
    const values = valuesOf(node);
    if (values === undefined) return;
    const stack: number[] = [];
    for (let up = node; up >= 0; up = tree.parent[up]!) {
      if (up !== 0 || node === 0)
        stack.push(locations[index(tree.function[up]!, locations.length, "a function of the trace tree")]!);
    }
    out.add(stack, values);
  });
  return out.build();
}

/** The nodes of the trace tree as columns; row 0 is the root. */
interface TraceTree {
  readonly ids: number[];
  readonly parent: number[];
  readonly function: number[];
  readonly count: number[];
  readonly size: number[];
}

function readTraceTree(json: JsonObject, meta: JsonObject): TraceTree {
  const fields = array(meta.trace_node_fields, "trace_node_fields");
  const at = (name: string): number => index(fields.indexOf(name), fields.length, `${name} in trace_node_fields`);
  const [id, fn, count, size, children] = ["id", "function_info_index", "count", "size", "children"].map(at);
  const tree: TraceTree = { ids: [], parent: [], function: [], count: [], size: [] };
  const open = [{ values: array(json.trace_tree ?? [], "trace_tree"), parent: -1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { values, parent } = next;
    for (let i = 0; i + fields.length <= values.length; i += fields.length) {
      const row = tree.ids.push(integer(values[i + id!], "id of a trace node")) - 1;
      tree.parent.push(parent);
      tree.function.push(integer(values[i + fn!], "function of a trace node"));
      tree.count.push(number(values[i + count!], "count of a trace node"));
      tree.size.push(number(values[i + size!], "size of a trace node"));
      open.push({ values: array(values[i + children!], "children of a trace node"), parent: row });
    }
  }
  return tree;
}

/** The objects that are alive, by the trace node that allocated them. */
function countAlive(
  json: JsonObject,
  meta: JsonObject,
  ids: readonly number[],
): { readonly count: Float64Array; readonly size: Float64Array } {
  const fields = array(meta.node_fields, "node_fields");
  const nodes = array(json.nodes, "nodes");
  const selfSize = fields.indexOf("self_size");
  const traceNode = fields.indexOf("trace_node_id");
  const count = new Float64Array(ids.length);
  const size = new Float64Array(ids.length);
  const rowOf = new Map(ids.map((id, row) => [id, row]));
  for (let i = 0; traceNode >= 0 && i + fields.length <= nodes.length; i += fields.length) {
    const row = rowOf.get(nodes[i + traceNode] as number);
    if (row === undefined) continue;
    count[row]!++;
    size[row]! += number(nodes[i + selfSize], "self_size of a node");
  }
  return { count, size };
}

/** The location of each function that allocated. */
function readFunctions(json: JsonObject, meta: JsonObject, out: SymbolSamples): number[] {
  const fields = array(meta.trace_function_info_fields, "trace_function_info_fields");
  const infos = array(json.trace_function_infos, "trace_function_infos");
  const strings = array(json.strings, "strings");
  const at = (name: string): number =>
    index(fields.indexOf(name), fields.length, `${name} in trace_function_info_fields`);
  const [name, script, line, column] = ["name", "script_name", "line", "column"].map(at);
  const string = (value: unknown): string => text(strings[index(value, strings.length, "a name")], "a string");
  // A script has many functions, and its name may be long.
  const files = new Map<unknown, string>();
  const file = (value: unknown): string => {
    const known = files.get(value) ?? out.text(fileOf(string(value)));
    files.set(value, known);
    return known;
  };
  const locations: number[] = [];
  for (let i = 0; i + fields.length <= infos.length; i += fields.length) {
    locations.push(
      scriptLocation(out, {
        functionName: string(infos[i + name!]),
        url: file(infos[i + script!]),
        // 0 where unknown; what counts here from 1 counts in other profiles of V8 from 0.
        lineNumber: integer(infos[i + line!], "line of a function") - 1,
        columnNumber: integer(infos[i + column!], "column of a function") - 1,
      }),
    );
  }
  return locations;
}
