import type { FunctionComponent } from "preact";
import { FlamePage } from "./view/flame.tsx";

/** One row a page: its name in addresses, as in the reference tool where that has it. */
export interface PageRow {
  readonly name: string;
  readonly title: string;
  /** The key that goes there after `g`. */
  readonly key: string;
  readonly Page: FunctionComponent;
}

export const PAGES: readonly PageRow[] = [{ name: "flamegraph", title: "Flame graph", key: "f", Page: FlamePage }];
