import type { gate } from "../../http/access/access.ts";
import type { hostsOf } from "../../http/access/browser.ts";
import type { MakeRecorder } from "../trace/current-recorder.ts";

export interface Gate {
  readonly gate: typeof gate;
  readonly hostsOf: typeof hostsOf;
  readonly ALLOWED_HOSTS: string;
}

/** What the main thread need not load before its program. */
export interface Parts {
  /** The script of the profiler's own thread, or its text. */
  readonly agent: URL | string;
  /** The same in one file, which takes less time to load. */
  readonly wholeAgent: URL | string;
  /** The folder of this package's scripts, with a slash at the end; undefined where they are in one file with the program. */
  readonly scripts: string | undefined;
  gate(): Promise<Gate>;
  /** What notes what this thread does while it is traced. */
  recorder(): Promise<MakeRecorder>;
}
