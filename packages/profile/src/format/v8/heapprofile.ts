import type { Profile } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import { isObject, type JsonObject, list, number, object } from "../build/json.ts";
import { parseCallFrame, scriptLocation } from "../build/script-frames.ts";
import { SymbolSamples } from "../build/symbol-samples.ts";

const HEAD = /^\s*\{\s*"(?:head|samples)"\s*:/;

export function isHeapProfile(input: Input): boolean {
  if (!HEAD.test(input.head)) return false;
  const json = input.json();
  return isObject(json) && isObject(json.head) && "selfSize" in json.head;
}

/** Reads V8's `.heapprofile`: the bytes that sampled allocations stand for, by stack. How many objects they were it does not tell. */
export function readHeapProfile(input: Input): Profile {
  const out = new SymbolSamples(
    {
      sampleTypes: [{ type: "inuse_space", unit: "bytes" }],
      periodType: { type: "space", unit: "bytes" },
    },
    input.stackBytes,
  );
  // The stack of the node at work: its callers are cut back to the node's depth when it comes up.
  const stack: number[] = [];
  // One for all samples: in a deep tree, each would be garbage as large as the tree is deep.
  const leafFirst: number[] = [];
  const { head } = object(input.json(), "the heap profile");
  let [samples, frames] = [0, 0];
  for (const { size, depth } of nodes(head)) {
    if (size === 0) continue;
    samples++;
    frames += depth;
  }
  out.foresee({ samples, frames, values: 1, labels: 0 });
  for (const { node, size, depth } of nodes(head)) {
    stack.length = depth;
    stack.push(scriptLocation(out, parseCallFrame(node.callFrame, "callFrame of a node")));
    // The root is a frame only where it is the leaf.
    if (size !== 0) {
      leafFirst.length = Math.max(depth, 1);
      for (let i = 0; i < leafFirst.length; i++) leafFirst[i] = stack[depth - i]!;
      out.add(leafFirst, [size]);
    }
  }
  return out.build();
}

/** The nodes of the tree, callers first. */
function* nodes(
  head: unknown,
): Generator<{ readonly node: JsonObject; readonly size: number; readonly depth: number }> {
  const open = [{ value: head, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = object(next.value, "a node");
    const depth = next.depth;
    yield { node, size: number(node.selfSize, "selfSize of a node"), depth };
    for (const child of list(node.children, "children of a node")) open.push({ value: child, depth: depth + 1 });
  }
}
