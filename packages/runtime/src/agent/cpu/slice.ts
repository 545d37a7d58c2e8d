import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { CallFrame } from "../code/call-frame.ts";

/** A CPU profile as V8 gives it; times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly CpuProfileNode[];
  readonly startTime: number;
  readonly endTime: number;
  /** A node id for each sample, and the time since the one before it. */
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

interface CpuProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
  /** At which lines (from 1) samples found the node on top. */
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

/** A CPU profile put away: a tenth of what the text takes, and a fiftieth of what its objects do. */
export class Slice {
  readonly startTime: number;
  readonly endTime: number;
  readonly #bytes: Buffer;

  constructor(profile: CpuProfile) {
    this.startTime = profile.startTime;
    this.endTime = profile.endTime;
    this.#bytes = deflateRawSync(JSON.stringify(profile), { level: 1 });
  }

  /** How much memory it holds. */
  get size(): number {
    return this.#bytes.length;
  }

  read(): CpuProfile {
    return JSON.parse(inflateRawSync(this.#bytes).toString()) as CpuProfile;
  }
}
