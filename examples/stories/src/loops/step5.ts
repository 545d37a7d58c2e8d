import { type Block, type Graph, Loop } from "./graph.ts";

/** A block on the way: it points to the one that stands for all that are known to be in its loop. */
class Node {
  readonly order: number;
  block: Block | undefined;
  parent: Node = this;
  loop: Loop | undefined;
  /** The last header for which it was found to be in the loop. */
  header = -1;
  readonly back: number[] = [];
  readonly other: number[] = [];

  constructor(order: number) {
    this.order = order;
  }

  /** As new, for another block. */
  begin(block: Block): void {
    this.block = block;
    this.parent = this;
    this.loop = undefined;
    this.header = -1;
    this.back.length = 0;
    this.other.length = 0;
  }

  /** The node that stands for this one; the next time the way there is shorter. */
  find(): Node {
    let node: Node = this;
    while (node !== node.parent) {
      node.parent = node.parent.parent;
      node = node.parent;
    }
    return node;
  }
}

/** What is used again for the next graph: nodes, and the numbers of the visit. */
const nodes: Node[] = [];
const order: number[] = [];
const last: number[] = [];

/** Loops by Havlak's algorithm, those inside before those around them. */
export function findLoops(graph: Graph): Loop[] {
  const count = visit(graph);

  /** Whether a block stands above another one in the tree of the visit. */
  const isAbove = (one: number, other: number): boolean => one <= other && other <= last[one]!;
  for (let at = 0; at < count; at++) {
    const { block, back, other } = nodes[at]!;
    for (const from of block!.before) {
      const number = order[from.id]!;
      if (number >= 0) addOnce(isAbove(at, number) ? back : other, number);
    }
  }

  const loops: Loop[] = [];
  const body: Node[] = [];
  for (let at = count - 1; at >= 0; at--) {
    body.length = 0;
    for (const from of nodes[at]!.back) if (from !== at) add(nodes[from]!.find(), at, body);
    // What is added meanwhile is gone through as well.
    for (const node of body) {
      for (const from of node.other) {
        const found = nodes[from]!.find();
        if (!isAbove(at, found.order)) addOnce(nodes[at]!.other, found.order);
        else if (found.order !== at) add(found, at, body);
      }
    }
    if (nodes[at]!.back.length > 0) loops.push(collapse(body, nodes[at]!));
  }
  return loops;
}

/** Of few numbers a list knows sooner than a set whether it has one. */
function addOnce(list: number[], number: number): void {
  if (!list.includes(number)) list.push(number);
}

/** Adds a node to the body of this header's loop, if it is not there. */
function add(node: Node, header: number, body: Node[]): void {
  if (node.header === header) return;
  node.header = header;
  body.push(node);
}

/** Numbers the blocks as they are come to, depth first; `last` is the last number below each. How many there are. */
function visit({ blocks }: Graph): number {
  order.length = 0;
  for (let id = 0; id < blocks.length; id++) order.push(-1);
  const path: { readonly block: Block; next: number }[] = [];
  let count = 0;
  const enter = (block: Block): void => {
    order[block.id] = count;
    if (count === nodes.length) nodes.push(new Node(count));
    nodes[count++]!.begin(block);
    path.push({ block, next: 0 });
  };
  enter(blocks[0]!);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const next = top.block.after[top.next++];
    if (next === undefined) {
      last[order[top.block.id]!] = count - 1;
      path.pop();
    } else if (order[next.id] === -1) enter(next);
  }
  return count;
}

/** From here on the header stands for the whole loop. */
function collapse(body: readonly Node[], header: Node): Loop {
  const loop = new Loop(header.block!);
  for (const node of body) {
    node.parent = header;
    if (node.loop === undefined) loop.blocks.push(node.block!);
    else node.loop.around = loop;
  }
  header.loop = loop;
  return loop;
}
