/** However long is asked for, the snapshots of one profile take no more than this. */
const MAX_BYTES = 32 * 2 ** 20;

interface Snapshot {
  readonly takenMillis: number;
  readonly bytes: Uint8Array;
}

/** Profiles of a moment, taken at intervals and kept for a while, by name. */
export class Snapshots {
  readonly #kept = new Map<string, Snapshot[]>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  readonly #failed = new Map<string, string>();

  /** Takes one each `everyMillis` from now on, and keeps it for `keepMillis`. One that fails is left out. */
  take(name: string, everyMillis: number, keepMillis: number, read: () => Promise<Uint8Array>): void {
    clearTimeout(this.#timers.get(name));
    const kept: Snapshot[] = [];
    this.#kept.set(name, kept);
    const turn = async (): Promise<void> => {
      const takenMillis = Date.now();
      try {
        kept.push({ takenMillis, bytes: await read() });
        this.#failed.delete(name);
      } catch (error) {
        this.#failed.set(name, error instanceof Error ? error.message : String(error));
      }
      while (kept.length > 0 && (kept[0]!.takenMillis < takenMillis - keepMillis || sizeOf(kept) > MAX_BYTES)) {
        kept.shift();
      }
      if (this.#kept.get(name) === kept) this.#timers.set(name, setTimeout(turn, everyMillis));
    };
    void turn();
  }

  /** The oldest of the last seconds; undefined where none was kept. */
  ago(name: string, seconds: number): Uint8Array | undefined {
    const from = Date.now() - seconds * 1000;
    return this.#kept.get(name)?.find(({ takenMillis }) => takenMillis >= from)?.bytes;
  }

  /** Why the last one was left out; undefined: it was not. */
  failure(name: string): string | undefined {
    return this.#failed.get(name);
  }

  /** Whether snapshots of this profile are taken. */
  takes(name: string): boolean {
    return this.#kept.has(name);
  }
}

function sizeOf(kept: readonly Snapshot[]): number {
  return kept.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
