/** How many addresses are remembered; beyond, the table starts anew, and `symbol` forgets the older ones. */
const MAX_ROWS = 1 << 18;
const SCRIPT_START = 0x400000;
const NODE_START = 0x7f0000000000;
const STEP = 16;

interface Range {
  readonly start: bigint;
  readonly limit: bigint;
}

/** The ranges from which addresses are made. */
export const SCRIPT_RANGE: Range = { start: BigInt(SCRIPT_START), limit: BigInt(NODE_START) };
export const NODE_RANGE: Range = { start: BigInt(NODE_START), limit: BigInt(NODE_START) * 2n };

/**
 * JavaScript has no addresses that mean anything, but the text formats and `/debug/pprof/symbol` speak in them: so each
 * place in the code gets a number, the same in every profile of this process.
 */
export class Addresses {
  readonly #numbers = new Map<string, number>();
  readonly #names = new Map<number, string>();
  #next = 1;

  of(kind: "script" | "node", name: string, file: string, line: number): bigint {
    const key = `${kind} ${line} ${name} ${file}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      if (this.#numbers.size >= MAX_ROWS) {
        this.#numbers.clear();
        this.#names.clear();
      }
      number = (kind === "node" ? NODE_START : SCRIPT_START) + this.#next++ * STEP;
      this.#numbers.set(key, number);
      this.#names.set(number, name);
    }
    return BigInt(number);
  }

  /** The function at this address, or at the return address right behind it. */
  nameOf(address: bigint): string | undefined {
    return this.#names.get(Number(address & ~BigInt(STEP - 1)));
  }
}
