import { statSync } from "node:fs";
import { ToolError } from "../error.ts";

export type OpenedKind = "profile" | "trace";

/** What was opened, by a name that stays. */
export interface Opened {
  /** `profile-1`, `trace-1`. */
  readonly handle: string;
  readonly kind: OpenedKind;
  /** The words of the command line in front of a report's flags: those that make a profile of a trace. */
  readonly lead: readonly string[];
  /** The files that it is read from, by their whole paths. */
  readonly files: readonly string[];
  /** When they were changed last, and how large they are. */
  readonly stamp: string;
}

/** All that was opened since the server began. */
export class OpenedFiles {
  readonly #byHandle = new Map<string, Opened>();

  /** The same files with the same content keep their handle. */
  add(kind: OpenedKind, files: readonly string[], lead: readonly string[]): Opened {
    const stamp = stampOf(files);
    const key = JSON.stringify([kind, files, lead, stamp]);
    const all = [...this.#byHandle.values()];
    const known = all.find((one) => JSON.stringify([one.kind, one.files, one.lead, one.stamp]) === key);
    if (known !== undefined) return known;
    const handle = `${kind}-${all.filter((one) => one.kind === kind).length + 1}`;
    const opened = { handle, kind, lead, files, stamp };
    this.#byHandle.set(handle, opened);
    return opened;
  }

  get(handle: string, kind: OpenedKind): Opened {
    const opened = this.#byHandle.get(handle);
    if (opened?.kind === kind) return opened;
    const names = this.all()
      .filter((one) => one.kind === kind)
      .map((one) => one.handle);
    const shown = JSON.stringify(handle.slice(0, 100));
    if (opened !== undefined) {
      throw new ToolError(
        kind === "trace"
          ? `${shown} is a profile: this tool needs a trace, which record makes with the kind trace`
          : `${shown} is a trace: tasks, waits and turns read it, and trace_profile makes a profile of it`,
      );
    }
    const known = names.length === 0 ? "nothing is opened yet" : `opened are ${names.slice(-20).join(", ")}`;
    throw new ToolError(`unknown ${kind} ${shown}: ${known}; open and record give handles`);
  }

  all(): readonly Opened[] {
    return [...this.#byHandle.values()];
  }
}

/** Whether the files are no longer what they were. */
export function isChanged({ files, stamp }: Opened): boolean {
  return stampOf(files) !== stamp;
}

function stampOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stats = statSync(file, { throwIfNoEntry: false });
      return stats === undefined ? "gone" : `${stats.mtimeMs} ${stats.size}`;
    })
    .join();
}
