import type { Shape } from "./shapes.ts";

/** Writes the locations of a sample's stack, leaf first, each as `8 * function + call site`. */
export type DrawStack = (sample: number, write: (location: number) => void) => void;

/** Paths of a call tree: what programs do that do the same again and again. */
export function treePaths(shape: Shape, random: () => number): DrawStack {
  const { parent, location } = callTree(shape, random);
  return (sample, write) => {
    const at =
      shape.stacks === undefined ? random() ** 4 : (stackOf(sample, shape.stacks, random) + 0.5) / shape.stacks;
    for (let node = Math.floor(parent.length * at); node >= 0; node = parent[node]!) write(location[node]!);
  };
}

/** One call site in so many calls another function each time, as a callback or a method may. */
const VIRTUAL = 16;
/** So many stacks begin alike, for so much of their depth: what leads to the handler of a request is the same each time. */
const ALIKE = 50;
const SHARED = 0.6;

/**
 * Walks through the calls of a program: stacks go apart where each goes on from what it shares with a few others, as in a
 * server with a thousand routes and plugins. A walk is drawn again from its number where it comes again.
 */
export function walks({ functions, depth = 120, stacks = 1e6 }: Shape, random: () => number): DrawStack {
  const walk: number[] = [];
  return (sample, write) => {
    const stack = stackOf(sample, stacks, random);
    const own = warm(stack);
    const shared = warm(-1 - Math.floor(stack / ALIKE));
    walk.length = Math.max(1, Math.round(depth * (0.5 + own())));
    let fn = 0;
    for (let i = 0; i < walk.length; i++) {
      const next = i < SHARED * depth ? shared : own;
      const location = 8 * fn + Math.floor(8 * next() ** 2);
      walk[i] = location;
      const chance = next();
      // Some functions are called by many.
      const callee = chance < 1 / VIRTUAL ? chance * VIRTUAL : scattered(location);
      fn = Math.floor(functions * callee ** 2);
    }
    for (let i = walk.length - 1; i >= 0; i--) write(walk[i]!);
  };
}

/** A generator; the first numbers of neighbouring seeds are alike. */
function warm(seed: number): () => number {
  const next = generator(seed);
  for (let i = 0; i < 4; i++) next();
  return next;
}

/** Each stack comes once before any comes again. */
function stackOf(sample: number, stacks: number, random: () => number): number {
  return sample < stacks ? sample : Math.floor(stacks * random());
}

/** The call tree of a program: nodes with their parents and the locations, `8 * function + call site`, that they are at. */
function callTree(
  { bytes, functions, depth: deepest = 120, recursion = 0, ...shape }: Shape,
  run: () => number,
): {
  readonly parent: Int32Array;
  readonly location: Uint32Array;
} {
  const program = generator(7);
  const nodes = shape.nodes ?? Math.max(500, Math.round(0.0356 * bytes ** 0.75));
  const parent = new Int32Array(nodes).fill(-1);
  const location = new Uint32Array(nodes);
  const depth = new Uint16Array(nodes);
  let at = 0;
  for (let node = 1; node < nodes; node++) {
    // The first nodes are the same in every run of the program: they are what most samples hit.
    const random = node < nodes / 2 ? program : run;
    // Two functions that call each other, once, from the middle of the tree on.
    if (node >= nodes / 2 && node < nodes / 2 + recursion) {
      parent[node] = at;
      depth[node] = depth[at]! + 1;
      location[node] = 8 * (1 + (node & 1)) + 1;
      at = node;
      continue;
    }
    if (random() < 0.04 || depth[at]! > deepest) {
      at = Math.floor(node * random() ** 1.5);
      for (let up = Math.floor(random() * 0.5 * depth[at]!); up > 0; up--) at = parent[at]!;
    }
    parent[node] = at;
    depth[node] = depth[at]! + 1;
    location[node] = 8 * Math.floor(functions * random() ** 3) + Math.floor(8 * random() ** 2);
    at = node;
  }
  return { parent, location };
}

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A number in [0, 1) for each whole number, far from that for the next. */
function scattered(number: number): number {
  let t = Math.imul(number + 1, 0x9e3779b1);
  t = Math.imul(t ^ (t >>> 15), 0x85ebca6b);
  return ((t ^ (t >>> 13)) >>> 0) / 4294967296;
}
