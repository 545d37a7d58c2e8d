import type { ValueType } from "@pprof-ts/profile";
import type { Labels } from "../store/labels.ts";

/** One profile of one process, which is taken again and again. */
export interface ScrapeTarget {
  /** Tells targets apart; of equal ones one is scraped. */
  readonly key: string;
  readonly tenant: string;
  readonly labels: Labels;
  /** What the profile is called, such as `process_cpu`. */
  readonly name: string;
  /** The address, without secrets, as people are shown it. */
  readonly shown: string;
  readonly intervalMillis: number;
  /** The sample types that are kept; none for all. */
  readonly keep: readonly ValueType[];
  /** Whether its values are of the seconds that it recorded, whatever they are. */
  readonly isDelta: boolean;
  readonly take: Take;
}

/** Takes the profile: its bytes, gzipped or not. What goes wrong is an error whose message is one sentence. */
export type Take = (signal: AbortSignal) => Promise<Uint8Array>;
