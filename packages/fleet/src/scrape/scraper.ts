import { FleetError, messageOf } from "../error.ts";
import { FetchFailure } from "../fetch/http-get.ts";
import type { Intake } from "../intake/intake.ts";
import { keepSampleTypes } from "./keep-sample-types.ts";
import { Places } from "./places.ts";
import { firstTurn, nextTurn, offsetOf } from "./schedule.ts";
import type { ScrapeTarget } from "./scrape-target.ts";

/** How a scrape went. */
export interface ScrapeResult {
  readonly target: ScrapeTarget;
  /** How long after its turn it began, and how long it took. */
  readonly lateMillis: number;
  readonly tookMillis: number;
  readonly bytes: number;
  /** Undefined: it is kept. */
  readonly failure: string | undefined;
}

export interface ScraperOptions {
  readonly intake: Intake;
  /** Scrapes that may be under way at a time. */
  readonly mostOpen: number;
  /** Bytes that a profile may have, unpacked as well. */
  readonly mostBytes: number;
  /** Hears how each scrape went. */
  readonly onScrape?: (result: ScrapeResult) => void;
}

/** Takes profiles of targets at their turns, until it is ended. Of one target no more than one scrape is under way. */
export class Scraper {
  readonly #options: ScraperOptions;
  readonly #places: Places;
  readonly #loops = new Map<string, Loop>();

  constructor(options: ScraperOptions) {
    this.#options = options;
    this.#places = new Places(options.mostOpen);
  }

  get targets(): readonly ScrapeTarget[] {
    return Array.from(this.#loops.values(), ({ target }) => target);
  }

  /** Scrapes these from now on, and no others. Those that were scraped before keep their turns. */
  sync(targets: readonly ScrapeTarget[]): void {
    const wanted = new Map(targets.map((target) => [target.key, target]));
    for (const [key, loop] of this.#loops) {
      if (wanted.has(key)) continue;
      this.#loops.delete(key);
      void loop.end();
    }
    for (const [key, target] of wanted) {
      if (!this.#loops.has(key)) this.#loops.set(key, new Loop(target, this.#places, this.#options));
    }
  }

  /** Takes no more; what is under way is given up, and what has been taken is kept. */
  async end(): Promise<void> {
    const ended = Array.from(this.#loops.values(), (loop) => loop.end());
    this.#loops.clear();
    await Promise.all(ended);
  }
}

/** The scrapes of one target, one after the other. */
class Loop {
  readonly target: ScrapeTarget;
  readonly #places: Places;
  readonly #options: ScraperOptions;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  /** Whether the last one did not answer in time. */
  #wasLate = false;

  constructor(target: ScrapeTarget, places: Places, options: ScraperOptions) {
    this.target = target;
    this.#places = places;
    this.#options = options;
    const { key, intervalMillis } = target;
    this.#wait(firstTurn(Date.now(), offsetOf(key, intervalMillis), intervalMillis));
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#ending.abort(new FleetError("the collector ends"));
    await this.#running;
  }

  #wait(turn: number): void {
    if (this.#ending.signal.aborted) return;
    this.#timer = setTimeout(() => this.#run(turn), Math.max(0, turn - Date.now()));
  }

  #run(turn: number): void {
    this.#running = this.#scrapeInPlace(turn).then(() =>
      this.#wait(nextTurn(turn, Date.now(), this.target.intervalMillis)),
    );
  }

  async #scrapeInPlace(turn: number): Promise<void> {
    const { signal } = this.#ending;
    const leave = await this.#places.take(this.#wasLate, signal);
    if (leave === undefined) return;
    try {
      await this.#scrape(Date.now() - turn);
    } finally {
      leave();
    }
  }

  async #scrape(lateMillis: number): Promise<void> {
    const { target } = this;
    const { tenant, labels, name, keep, isDelta } = target;
    const { intake, mostBytes, onScrape } = this.#options;
    const { signal } = this.#ending;
    const begun = performance.now();
    let bytes = 0;
    let took = 0;
    const end = (failure: string | undefined): void =>
      onScrape?.({ target, lateMillis, tookMillis: took, bytes, failure });
    const fail = (reason: string, status: number): void => {
      intake.fail({ tenant, labels, name, receivedMillis: Date.now(), status, reason, scrapeMillis: took, bytes });
      end(reason);
    };
    try {
      const body = await target.take(signal);
      bytes = body.length;
      took = performance.now() - begun;
      this.#wasLate = false;
      const profile = keep.length === 0 ? body : await keepSampleTypes(body, keep, mostBytes);
      if (intake.isFull(profile.length)) return fail("the store does not keep up: it was not kept", 200);
      const since = isDelta ? ({ countersSince: "begin" } as const) : {};
      const arrival = { tenant, labels, name, receivedMillis: Date.now(), profile, scrapeMillis: took, ...since };
      const { refused } = await intake.keep(arrival);
      if (refused === undefined) end(undefined);
      else fail(refused.reason, 200);
    } catch (error) {
      // Whoever ends it does not want to know.
      if (signal.aborted) return;
      took ||= performance.now() - begun;
      const { status, bytes: got } = error instanceof FetchFailure ? error : { status: bytes > 0 ? 200 : 0, bytes };
      bytes = got;
      this.#wasLate = error instanceof FetchFailure && error.isLate;
      fail(messageOf(error), status);
    }
  }
}
