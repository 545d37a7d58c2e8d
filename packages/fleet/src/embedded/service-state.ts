import type { Block } from "../segment/block.ts";
import { Head } from "../segment/head.ts";
import type { Segment } from "../segment/segment.ts";
import { COUNTER_MILLIS } from "../store/value-kind.ts";

/** What a store has of one service. */
export class ServiceState {
  head: Head;
  segments: Segment[] = [];
  /** The window of what is in the head. */
  window = 0;
  /** The file of the log with the first record that is in no segment. */
  firstLog: number = Number.POSITIVE_INFINITY;
  /** Files that others have taken the place of, and that could not be removed. */
  leftover: Segment[] = [];
  /** The sets of labels of this window. */
  readonly series: Set<string> = new Set();

  constructor(tenant: string, service: string) {
    this.head = new Head(tenant, service);
  }

  /** All up to this is in segments. */
  get sealedSequence(): number {
    return this.segments.reduce((most, { place }) => Math.max(most, place.maxSequence), 0);
  }

  get blocks(): Block[] {
    return this.head.isEmpty ? this.segments : [...this.segments, this.head];
  }

  /** The segment that was written last, which has what counters have been. */
  get newest(): Segment | undefined {
    return this.segments.find(({ place }) => place.maxSequence === this.sealedSequence);
  }

  /** Begins with nothing but what counters have been. */
  renewHead(): void {
    const { head } = this;
    this.head = new Head(head.tenant, head.service);
    this.head.takeCounters(head.counters.values(), head.symbols(), head.lastMillis - COUNTER_MILLIS);
  }
}
