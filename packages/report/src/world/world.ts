import type { ZoneAt } from "../go/time.ts";
import type { Binaries } from "./binaries.ts";

/** What a report takes from outside of the profile; whatever is left out is not there. */
export interface World {
  /** The text of the file at exactly this path, or undefined where there is none. */
  readonly readSource?: (path: string) => string | undefined;
  /** The text of a source that is not where the profile says: the path as the profile has it, or undefined. */
  readonly findSource?: (path: string) => string | undefined;
  /** The working directory: where sources are looked for without `source_path`. Default `/`. */
  readonly directory?: string;
  /** The zone of printed times; default UTC. */
  readonly zone?: ZoneAt;
  /** What is written for a text of the profile in a report's own form or as a table; default the text itself. */
  readonly shown?: (text: string) => string;
  /** For disasm and weblist. */
  readonly binaries?: Binaries;
}
