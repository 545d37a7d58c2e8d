/** Sums stay below this before they are put aside, so that they are exact with what is added: of values, too, 53 bits are. */
const ROOM = 2 ** 52;

/** Exact sums of whole numbers, by row. */
export class ExactSums {
  readonly low: Float64Array;
  /** What did not fit. */
  #high: Map<number, bigint> | undefined;

  constructor(length: number) {
    this.low = new Float64Array(length);
  }

  add(row: number, value: number): void {
    const sum = this.low[row]! + value;
    if (sum <= ROOM && sum >= -ROOM) this.low[row] = sum;
    else this.#putAside(row, sum);
  }

  /** Adds another's sum. */
  addSum(row: number, from: ExactSums, at: number): void {
    this.add(row, from.low[at]!);
    const high = from.#high?.get(at);
    if (high === undefined) return;
    this.#high ??= new Map();
    this.#high.set(row, (this.#high.get(row) ?? 0n) + high);
  }

  /** Whether a row has something. What is put aside and cancels out is rare, and zero all the same. */
  hasSum(row: number): boolean {
    return this.low[row] !== 0 || this.#high?.has(row) === true;
  }

  get isExactInLow(): boolean {
    return this.#high === undefined;
  }

  /** As int64, which wraps. */
  get(row: number): bigint {
    return BigInt.asIntN(64, BigInt(this.low[row]!) + (this.#high?.get(row) ?? 0n));
  }

  number(row: number): number {
    const high = this.#high?.get(row);
    return high === undefined ? this.low[row]! : Number(high + BigInt(this.low[row]!));
  }

  #putAside(row: number, sum: number): void {
    this.#high ??= new Map();
    this.#high.set(row, (this.#high.get(row) ?? 0n) + BigInt(sum));
    this.low[row] = 0;
  }
}

/** What rows of a block's symbols have, in each column. */
export interface RowSums {
  readonly rows: Uint32Array;
  readonly columns: readonly ExactSums[];
}
