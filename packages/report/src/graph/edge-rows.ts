// Hot: looked into for every call of every stack. See bench/src/tool.ts.
import { grown } from "../stack/grown.ts";
import { PairTable } from "../stack/pair-table.ts";

/** Of so few nodes every pair has a place of its own. */
const FEW = 1024;

/** Calls while they are found: a row for each pair of nodes of which the first calls the second. */
export class EdgeRows {
  readonly table: PairTable = new PairTable();
  weight: Float64Array = new Float64Array(1024);
  /** 1 where the call goes by way of nodes that have been removed. */
  residual: Uint8Array = new Uint8Array(1024);
  /** 1 where some call has not been inlined. */
  called: Uint8Array = new Uint8Array(1024);
  /** The last stack that had the call, for it counts once a stack; or 1 while a walk is on a path that has it. */
  seen: Int32Array = new Int32Array(1024);
  /** The number of the stack that calls come from now. */
  stack = 0;
  /** The nodes that there are, counted from 0, and by pair of them the row plus 1; undefined where they are many. */
  readonly #numbers: Int32Array | undefined;
  readonly #count: number;
  readonly #rows: Int32Array | undefined;

  /** `nodeOf` has all nodes that there may be, -1 aside. */
  constructor(nodeOf: Int32Array, nodeCount: number) {
    const numbers = new Int32Array(nodeCount).fill(-1);
    let count = 0;
    for (let frame = 0; frame < nodeOf.length && count <= FEW; frame++) {
      const node = nodeOf[frame]!;
      if (node >= 0 && numbers[node]! < 0) numbers[node] = count++;
    }
    this.#count = count;
    if (count > FEW) return;
    this.#numbers = numbers;
    this.#rows = new Int32Array(count * count);
  }

  /** Sums begin again; what is known of the calls stays. */
  clearWeights(): void {
    this.weight.fill(0);
  }

  /** The row of this call, made where there is none. */
  row(src: number, dst: number): number {
    const rows = this.#rows;
    if (rows === undefined) return this.#made(src, dst);
    const at = this.#numbers![src]! * this.#count + this.#numbers![dst]!;
    if (rows[at] === 0) rows[at] = 1 + this.#made(src, dst);
    return rows[at]! - 1;
  }

  /** A call of the stack that is at hand; the first of several counts. */
  add(src: number, dst: number, value: number, isResidual: number, isCalled: number): void {
    const edge = this.row(src, dst);
    if (this.seen[edge] === this.stack) return;
    this.seen[edge] = this.stack;
    this.weight[edge]! += value;
    this.residual[edge]! |= isResidual;
    this.called[edge]! |= isCalled;
  }

  #made(src: number, dst: number): number {
    const row = this.table.row(src, dst);
    if (row >= this.seen.length) {
      this.weight = grown(this.weight, new Float64Array(row * 2));
      this.residual = grown(this.residual, new Uint8Array(row * 2));
      this.called = grown(this.called, new Uint8Array(row * 2));
      this.seen = grown(this.seen, new Int32Array(row * 2));
    }
    return row;
  }
}
