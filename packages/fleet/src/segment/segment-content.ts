import type { Symbols } from "../columns/symbols.ts";
import type { Labels } from "../store/labels.ts";
import type { Failure } from "../store/store.ts";
import type { Header, ProfileRows, Shape, ShapeSamples } from "./block.ts";
import type { Counter } from "./counters.ts";

/** The samples of a shape, and what each of its rows has in all profiles where that is exact. */
export interface WrittenShape {
  readonly samples: ShapeSamples;
  readonly sums: readonly Float64Array[] | undefined;
}

/** All that a segment holds. */
export interface SegmentContent {
  readonly tenant: string;
  readonly service: string;
  readonly series: readonly Labels[];
  readonly shapes: readonly Shape[];
  readonly headers: readonly Header[];
  readonly profiles: ProfileRows;
  readonly failures: readonly Failure[];
  readonly symbols: Symbols;
  readonly samples: readonly WrittenShape[];
  /** Their rows are those of `symbols`. */
  readonly counters: readonly Counter[];
}
