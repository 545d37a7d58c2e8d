import { type Block, type Graph, Loop } from "./graph.ts";

/** A block on the way: it points to the one that stands for all that are known to be in its loop. */
class Node {
  readonly order: number;
  readonly block: Block;
  parent: Node = this;
  loop: Loop | undefined;
  /** The last header for which it was found to be in the loop. */
  header = -1;

  constructor(order: number, block: Block) {
    this.order = order;
    this.block = block;
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

/** Loops by Havlak's algorithm, those inside before those around them. */
export function findLoops(graph: Graph): Loop[] {
  const order: number[] = [];
  const nodes: Node[] = [];
  const last: number[] = [];
  visit(graph.blocks[0]!, order, nodes, last);

  /** Whether a block stands above another one in the tree of the visit. */
  const isAbove = (one: number, other: number): boolean => one <= other && other <= last[one]!;
  const back: number[][] = nodes.map(() => []);
  const other: number[][] = nodes.map(() => []);
  for (const { order: at, block } of nodes) {
    for (const from of block.before) {
      const number = order[from.id];
      if (number !== undefined) addOnce((isAbove(at, number) ? back : other)[at]!, number);
    }
  }

  const loops: Loop[] = [];
  for (let at = nodes.length - 1; at >= 0; at--) {
    const body: Node[] = [];
    for (const from of back[at]!) if (from !== at) add(nodes[from]!.find(), at, body);
    // What is added meanwhile is gone through as well.
    for (const node of body) {
      for (const from of other[node.order]!) {
        const found = nodes[from]!.find();
        if (!isAbove(at, found.order)) addOnce(other[at]!, found.order);
        else if (found.order !== at) add(found, at, body);
      }
    }
    if (back[at]!.length > 0) loops.push(collapse(body, nodes[at]!));
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

/** Numbers the blocks as they are come to, depth first; `last` is the last number below each. */
function visit(entry: Block, order: number[], nodes: Node[], last: number[]): void {
  const path: { readonly block: Block; next: number }[] = [];
  const enter = (block: Block): void => {
    order[block.id] = nodes.length;
    nodes.push(new Node(nodes.length, block));
    path.push({ block, next: 0 });
  };
  enter(entry);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const next = top.block.after[top.next++];
    if (next === undefined) {
      last[order[top.block.id]!] = nodes.length - 1;
      path.pop();
    } else if (order[next.id] === undefined) enter(next);
  }
}

/** From here on the header stands for the whole loop. */
function collapse(body: readonly Node[], header: Node): Loop {
  const loop = new Loop(header.block);
  for (const node of body) {
    node.parent = header;
    if (node.loop === undefined) loop.blocks.push(node.block);
    else node.loop.around = loop;
  }
  header.loop = loop;
  return loop;
}
