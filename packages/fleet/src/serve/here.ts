import type { Store } from "../store/store.ts";

/** Where answers come from, and the time now in milliseconds. */
export interface Here {
  readonly store: Store;
  readonly now: number;
}
