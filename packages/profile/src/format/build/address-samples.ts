import { type LabelFields, ProfileBuilder, type ProfileHeader } from "../../builder.ts";
import { ProfileError } from "../../error.ts";
import type { Profile } from "../../profile.ts";
import { frameFilter } from "./drop-frames.ts";
import { type MemoryMapping, placeAddresses } from "./memory-map.ts";

/** What a legacy format says of an address. */
export interface AddressLine {
  readonly name: string;
  readonly filename: string;
  readonly line: number;
}

export interface AddressSample {
  /** Rows of `addresses`, leaf first. */
  stack: readonly number[];
  readonly values: bigint[];
  readonly labels: LabelFields[];
}

const MAX = 2n ** 64n - 1n;
const LONGEST_ADDRESS = 1000;
/** An address in the stacks of the legacy text formats. */
export const ADDRESS: RegExp = /0x[0-9a-f]+/g;

/** The samples of a legacy profile: stacks of addresses, which its memory map is laid over at the end. */
export class AddressSamples {
  readonly addresses: bigint[] = [];
  readonly samples: AddressSample[] = [];
  readonly #rows = new Map<number | bigint, number>();
  readonly #rowsOfCalls = new Map<string, number>();

  /** The row of an address, added where it is new; an address below 2^53 may be a number. */
  row(address: number | bigint): number {
    let row = this.find(address);
    if (row === undefined) {
      row = this.addresses.push(BigInt(address)) - 1;
      this.#rows.set(keyOf(address), row);
    }
    return row;
  }

  /** The row of an address, where it has one. */
  find(address: number | bigint): number | undefined {
    return this.#rows.get(keyOf(address));
  }

  /** The row of the call that returns to this address: one byte before it. */
  callRow(address: number | bigint): number {
    if (typeof address === "bigint") return this.row(address === 0n ? MAX : address - 1n);
    return this.row(address === 0 ? MAX : address - 1);
  }

  /** The rows of the calls that return to the addresses (`0x…`) in this text. */
  calls(text: string): number[] {
    const rows: number[] = [];
    for (const [address] of text.matchAll(ADDRESS)) {
      let row = this.#rowsOfCalls.get(address);
      if (row === undefined) {
        row = this.callRow(parseAddress(address));
        this.#rowsOfCalls.set(address, row);
      }
      rows.push(row);
    }
    return rows;
  }

  add(stack: readonly number[], values: bigint[], labels: LabelFields[] = []): void {
    this.samples.push({ stack, values, labels });
  }

  /** Location rows in the order in which the samples use them. */
  usedRows(): Int32Array {
    const rows = new Int32Array(this.addresses.length).fill(-1);
    const used: number[] = [];
    for (const { stack } of this.samples) {
      for (const row of stack) if (rows[row] === -1) rows[row] = used.push(row) - 1;
    }
    return Int32Array.from(used);
  }

  /** The profile; `used` are the rows of addresses to keep, `lines` what is known of some of them. */
  finish(
    header: ProfileHeader,
    mappings: MemoryMapping[],
    used: Int32Array = this.usedRows(),
    lines: ReadonlyMap<number, AddressLine> = new Map(),
  ): Profile {
    const builder = new ProfileBuilder({ ...header, ...frameFilter(header.sampleTypes) });
    const addresses = Array.from(used, (row) => this.addresses[row]!);
    const mappingRows = placeAddresses(addresses, mappings);
    const symbolized = lines.size > 0;
    for (const mapping of mappings) {
      builder.mapping({ ...mapping, hasFunctions: symbolized, hasFilenames: symbolized, hasLineNumbers: symbolized });
    }
    const locations = new Uint32Array(this.addresses.length);
    used.forEach((row, i) => {
      const known = lines.get(row);
      const mapping = mappingRows[i]!;
      locations[row] = builder.location({
        address: addresses[i]!,
        ...(mapping < 0 ? {} : { mapping }),
        lines:
          known === undefined
            ? []
            : [
                {
                  function: builder.function({ name: known.name, systemName: known.name, filename: known.filename }),
                  line: known.line,
                },
              ],
      });
    });
    for (const { stack, values, labels } of this.samples) {
      builder.sample(
        stack.map((row) => locations[row]!),
        values,
        labels,
      );
    }
    return builder.build();
  }
}

/** The one spelling of an address as a key: a number where that is exact. */
function keyOf(address: number | bigint): number | bigint {
  return typeof address === "bigint" && address <= Number.MAX_SAFE_INTEGER ? Number(address) : address;
}

/** An address as text (`0x2a`), exact. */
export function parseAddress(text: string): number | bigint {
  const address = Number(text);
  if (address <= Number.MAX_SAFE_INTEGER) return address;
  // Leading zeros aside, 64 bits are 16 digits; more than a line of them are no number for V8 either.
  const exact = text.length > LONGEST_ADDRESS ? MAX + 1n : BigInt(text);
  if (exact > MAX) throw new ProfileError(`malformed profile: ${text.slice(0, 40)} is not an address of 64 bits`);
  return exact;
}
