import { type Block, type Graph, Loop } from "./graph.ts";

/** Columns, a row a block in the order of the visit, which are used again for each graph that fits. */
let room = 0;
let blocks: Block[] = [];
let order = new Int32Array();
let last = new Int32Array();
let parent = new Int32Array();
let header = new Int32Array();
let next = new Int32Array();
let path = new Int32Array();
let loopOf: (Loop | undefined)[] = [];
/** For irreducible loops alone: more blocks from which a header is come to. */
const more = new Map<number, number[]>();

/** Loops by Havlak's algorithm, those inside before those around them. */
export function findLoops(graph: Graph): Loop[] {
  prepare(graph);
  const count = visit(graph.blocks[0]!);
  const loops: Loop[] = [];
  const body: number[] = [];
  for (let at = count - 1; at >= 0; at--) {
    body.length = 0;
    let isHeader = false;
    for (const { id } of blocks[at]!.before) {
      const from = order[id]!;
      if (from < 0 || !isAbove(at, from)) continue;
      isHeader = true;
      if (from !== at) add(find(from), at, body);
    }
    // What is added meanwhile is gone through as well.
    for (let i = 0; i < body.length; i++) grow(body[i]!, at, body);
    if (isHeader) loops.push(collapse(body, at));
  }
  return loops;
}

/** Adds to the body of a loop from where a block of it is come to. */
function grow(node: number, at: number, body: number[]): void {
  for (const { id } of blocks[node]!.before) {
    const from = order[id]!;
    if (from >= 0 && !isAbove(node, from)) meet(find(from), at, body);
  }
  for (const from of more.get(node) ?? []) meet(find(from), at, body);
}

function meet(found: number, at: number, body: number[]): void {
  if (isAbove(at, found)) {
    if (found !== at) add(found, at, body);
    return;
  }
  const known = more.get(at);
  if (known === undefined) more.set(at, [found]);
  else if (!known.includes(found)) known.push(found);
}

/** Adds a block to the body of this header's loop, if it is not there. */
function add(node: number, at: number, body: number[]): void {
  if (header[node] === at) return;
  header[node] = at;
  body.push(node);
}

/** The header that stands for a block; the next time the way there is shorter. */
function find(node: number): number {
  let found = node;
  while (found !== parent[found]) {
    parent[found] = parent[parent[found]!]!;
    found = parent[found]!;
  }
  return found;
}

/** Whether a block stands above another one in the tree of the visit. */
function isAbove(one: number, other: number): boolean {
  return one <= other && other <= last[one]!;
}

/** From here on the header stands for the whole loop. */
function collapse(body: readonly number[], at: number): Loop {
  const loop = new Loop(blocks[at]!);
  for (const node of body) {
    parent[node] = at;
    const inner = loopOf[node];
    if (inner === undefined) loop.blocks.push(blocks[node]!);
    else inner.around = loop;
  }
  loopOf[at] = loop;
  return loop;
}

/** Numbers the blocks as they are come to, depth first; `last` is the last number below each. How many there are. */
function visit(entry: Block): number {
  let count = 0;
  let depth = 0;
  const enter = (block: Block): void => {
    order[block.id] = count;
    blocks[count] = block;
    next[count] = 0;
    path[depth++] = count++;
  };
  enter(entry);
  while (depth > 0) {
    const top = path[depth - 1]!;
    const to = blocks[top]!.after[next[top]!];
    next[top] = next[top]! + 1;
    if (to === undefined) {
      last[top] = count - 1;
      depth--;
    } else if (order[to.id] === -1) enter(to);
  }
  return count;
}

/** Makes the columns as new, and longer where they have to be. */
function prepare({ blocks: { length } }: Graph): void {
  if (length > room) {
    room = length;
    order = new Int32Array(length);
    last = new Int32Array(length);
    parent = new Int32Array(length);
    header = new Int32Array(length);
    next = new Int32Array(length);
    path = new Int32Array(length);
  }
  order.fill(-1);
  header.fill(-1);
  for (let at = 0; at < length; at++) parent[at] = at;
  blocks = [];
  loopOf = [];
  more.clear();
}
