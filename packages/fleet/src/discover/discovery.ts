import type { TargetGroup } from "../config/group-config.ts";
import { FleetError, messageOf } from "../error.ts";

/** Where groups of targets are looked for, again and again. */
export interface GroupSource {
  /** What people know it by. */
  readonly name: string;
  readonly refreshMillis: number;
  read(signal: AbortSignal): Promise<readonly TargetGroup[]>;
}

export interface DiscoveryOptions {
  /** Hears of all groups there are, whenever they may have changed. */
  readonly onGroups: (groups: readonly TargetGroup[]) => void;
  /** Hears what could not be read, once for as long as it stays so. */
  readonly tell: (sentence: string) => void;
}

/** Finds groups of targets until it is ended. What can no longer be read keeps the targets that it had. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #sources: readonly GroupSource[];
  readonly #static: readonly TargetGroup[];
  readonly #found = new Map<GroupSource, readonly TargetGroup[]>();
  readonly #told = new Map<GroupSource, string>();
  readonly #timers = new Map<GroupSource, NodeJS.Timeout>();
  readonly #ending = new AbortController();

  /** `groups` are there whatever the sources say. */
  constructor(groups: readonly TargetGroup[], sources: readonly GroupSource[], options: DiscoveryOptions) {
    this.#static = groups;
    this.#sources = sources;
    this.#options = options;
  }

  /** Resolves when each source has been looked at once. */
  async start(): Promise<void> {
    this.#give();
    await Promise.all(this.#sources.map((source) => this.#look(source)));
  }

  end(): void {
    this.#ending.abort(new FleetError("the collector ends"));
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  async #look(source: GroupSource): Promise<void> {
    const { signal } = this.#ending;
    try {
      const groups = await source.read(signal);
      this.#told.delete(source);
      this.#found.set(source, groups);
      this.#give();
    } catch (error) {
      const sentence = `targets of ${source.name}: ${messageOf(error)}`;
      if (!signal.aborted && this.#told.get(source) !== sentence) {
        this.#told.set(source, sentence);
        this.#options.tell(sentence);
      }
    }
    if (!signal.aborted)
      this.#timers.set(
        source,
        setTimeout(() => void this.#look(source), source.refreshMillis),
      );
  }

  #give(): void {
    this.#options.onGroups([...this.#static, ...[...this.#found.values()].flat()]);
  }
}
