import type { Options } from "@pprof-ts/report";
import type { Query } from "./address/state.ts";

/** What the server says beside the profile. */
export interface Settings {
  readonly configs: readonly SavedConfig[];
  /** Options of the command line that addresses do not hold. */
  readonly options: Partial<Options>;
  /** Whether what is served is a trace. */
  readonly isTrace?: boolean;
  /** What can be recorded; nothing where the profile came from a file. */
  readonly kinds: readonly string[];
  /** The names of this session's profiles, by number. */
  readonly recordings: readonly string[];
}

/** A saved configuration: the keys of an address that it sets; "" takes one away. */
export interface SavedConfig {
  readonly name: string;
  readonly query: Query;
}
