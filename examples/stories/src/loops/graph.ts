/** Instructions that run one after the other, and the blocks that may run before and after them. */
export class Block {
  readonly id: number;
  readonly before: Block[] = [];
  readonly after: Block[] = [];

  constructor(id: number) {
    this.id = id;
  }
}

/** A function as a compiler sees it: blocks and the jumps between them. It begins at the first block. */
export class Graph {
  readonly blocks: Block[] = [];

  add(): Block {
    const block = new Block(this.blocks.length);
    this.blocks.push(block);
    return block;
  }

  connect(from: Block, to: Block): void {
    from.after.push(to);
    to.before.push(from);
  }

  /** So many new blocks, one after the other. */
  straight(from: Block, count: number): Block {
    let last = from;
    for (let i = 0; i < count; i++) {
      const next = this.add();
      this.connect(last, next);
      last = next;
    }
    return last;
  }

  /** A loop with two more in it, the inner one around a branch. */
  loops(from: Block): Block {
    const outer = this.straight(from, 1);
    const inner = this.straight(outer, 1);
    const join = this.straight(inner, 2);
    this.connect(this.straight(inner, 1), join);
    const tail = this.straight(join, 1);
    this.connect(tail, inner);
    const end = this.straight(tail, 1);
    this.connect(end, outer);
    return this.straight(end, 1);
  }
}

/** A function with loops in loops: so many next to each other, each around 100 rows of them. */
export function looping(count: number): Graph {
  const graph = new Graph();
  const entry = graph.add();
  const exit = graph.add();
  for (let i = 0; i < count; i++) {
    let last = graph.straight(entry, 1);
    for (let row = 0; row < 100; row++) {
      const top = graph.straight(last, 1);
      last = top;
      for (let at = 0; at < 5; at++) last = graph.loops(last);
      last = graph.straight(last, 1);
      graph.connect(last, top);
    }
    graph.connect(last, exit);
  }
  return graph;
}

/** A loop: the block at which it is entered, what is in it and in no loop inside of it, and the loop around it. */
export class Loop {
  readonly header: Block;
  readonly blocks: Block[] = [];
  around: Loop | undefined;

  constructor(header: Block) {
    this.header = header;
  }

  /** In how many loops it is, itself included. */
  get depth(): number {
    let depth = 1;
    for (let loop = this.around; loop !== undefined; loop = loop.around) depth++;
    return depth;
  }
}
