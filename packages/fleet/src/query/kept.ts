import { FleetError } from "../error.ts";
import type { Block, ProfileRows } from "../segment/block.ts";
import { checkRange, isWithin } from "../store/query.ts";
import { compileSelector, type Selector } from "../store/selector.ts";
import type { Failure, Missing, TimeRange } from "../store/store.ts";

/** What of a block a query is about. */
export interface Kept {
  readonly block: Block;
  readonly rows: ProfileRows;
  /** Rows of `rows`. */
  readonly profiles: readonly number[];
  readonly failures: readonly Failure[];
}

/** What a query asks for, beside its blocks. */
export interface Asked {
  readonly selector: Selector;
  readonly range: TimeRange;
  /** Of profiles; all where nothing is said. */
  readonly name?: string;
}

/**
 * Calls `visit` with what of each block is asked for, where there is something, and gives back what could not be read. Blocks that
 * turn out to be damaged are left out of an answer whole: `visit` reads all that it wants of one before it takes any of it.
 */
export function visitKept(blocks: readonly Block[], asked: Asked, visit: (kept: Kept) => void): Missing {
  checkRange(asked.range);
  const matches = compileSelector(asked.selector);
  const missing: string[] = [];
  for (const block of blocks) {
    const { fromMillis, toMillis } = asked.range;
    if (block.tenant !== asked.selector.tenant || block.lastMillis < fromMillis || block.firstMillis >= toMillis)
      continue;
    const isWanted = Uint8Array.from(block.series, (labels) => (matches(labels) ? 1 : 0));
    if (!isWanted.includes(1)) continue;
    try {
      if (asked.name !== undefined && !hasName(block, asked.name)) continue;
      const kept = keptOf(block, asked, isWanted, matches);
      if (kept.profiles.length > 0 || kept.failures.length > 0) visit(kept);
    } catch (error) {
      if (!isDamage(error)) throw error;
      missing.push(`${block.service}: ${error.message}`);
    }
  }
  return missing;
}

/** Whether an error says that a file is damaged or gone, and not that the program is wrong. */
export function isDamage(error: unknown): error is Error {
  return error instanceof FleetError || (error instanceof Error && "syscall" in error);
}

function hasName(block: Block, name: string): boolean {
  return block.shapes.some((shape) => shape.name === name) || block.failures().some((failure) => failure.name === name);
}

function keptOf(
  block: Block,
  { range, name }: Asked,
  isWanted: Uint8Array,
  matches: (labels: Failure["labels"]) => boolean,
): Kept {
  const rows = block.profiles();
  const isNamed = Uint8Array.from(block.shapes, (shape) => (name === undefined || shape.name === name ? 1 : 0));
  const profiles: number[] = [];
  for (let row = 0; row < rows.length; row++) {
    const millis = rows.millis[row]!;
    if (millis < range.fromMillis || millis >= range.toMillis) continue;
    if (isWanted[rows.series[row]!] === 1 && isNamed[rows.shape[row]!] === 1) profiles.push(row);
  }
  const failures = block
    .failures()
    .filter(
      (failure) =>
        isWithin(range, failure.receivedMillis) &&
        matches(failure.labels) &&
        (name === undefined || failure.name === name),
    );
  return { block, rows, profiles, failures };
}

/** The profiles of a shape by their slots, undefined where all are kept, and how many they are. */
export function keptSlots({ rows, profiles }: Kept, shape: number): { slots: Uint8Array | undefined; count: number } {
  let all = 0;
  for (let row = 0; row < rows.length; row++) if (rows.shape[row] === shape) all++;
  const slots = new Uint8Array(all);
  let count = 0;
  for (const row of profiles) {
    if (rows.shape[row] !== shape) continue;
    slots[rows.slot[row]!] = 1;
    count++;
  }
  return { slots: count === all ? undefined : slots, count };
}
