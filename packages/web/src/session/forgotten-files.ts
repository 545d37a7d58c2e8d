import { effect, type Signal, signal } from "@preact/signals";
import type { Summary } from "./protocol.ts";

/** The names of files that were open beside a profile until the page was loaded anew: only a person can give them again. */
export interface ForgottenFiles {
  /** What the profile was compared with; nothing where that is open, or was left out. */
  readonly names: Signal<readonly string[]>;
  readonly forget: () => void;
}

const KEY = "pprof.compared";

/** Of pages in somebody else's document, which are as that document says whenever it is loaded. */
export function nothingForgotten(): ForgottenFiles {
  return { names: signal([]), forget() {} };
}

/** Keeps the names of the files that are compared for as long as this tab is open. */
export function forgottenFiles(summary: Signal<Summary | undefined>, isByAddress: () => boolean): ForgottenFiles {
  const names = signal(read());
  let wasCompared = false;
  effect(() => {
    const old = summary.value?.old;
    if (old === undefined || isByAddress()) return;
    if (old.length > 0) {
      wasCompared = true;
      names.value = [];
      write(old);
    } else if (wasCompared) {
      wasCompared = false;
      write([]);
    }
  });
  return {
    names,
    forget() {
      names.value = [];
      write([]);
    },
  };
}

function read(): readonly string[] {
  try {
    const names: unknown = JSON.parse(sessionStorage.getItem(KEY + location.pathname) ?? "[]");
    return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
  } catch {
    return [];
  }
}

function write(names: readonly string[]): void {
  try {
    sessionStorage.setItem(KEY + location.pathname, JSON.stringify(names));
  } catch {
    // A page that may keep nothing asks for nothing.
  }
}
