import http, { type ClientRequest } from "node:http";
import { hostname } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { encode, type Profile } from "@pprof-ts/profile";
import type { Pushing } from "../../exchange/messages.ts";
import { CPU_RATE } from "../../exchange/rates.ts";
import type { OpenCapture } from "../cpu/cpu-profiler.ts";
import { collectors } from "../profile/collectors.ts";
import type { Profilers } from "../profile/profilers.ts";

/** As a request for `profile` has it. */
const CPU = { rate: CPU_RATE, lines: "auto", timeline: false } as const;
/** At least so long from one heap profile to the next, each of which holds the program. */
const HEAP_MILLIS = 60_000;
/** Profiles that wait while nobody takes them: beyond it the oldest are let go of. */
const MOST_WAITING = 8;
const MOST_BYTES = 8 << 20;
/** Within which one has to be taken. */
const TIMEOUT = 10_000;

interface Waiting {
  readonly query: string;
  readonly bytes: Uint8Array;
}

/** What became of a profile that was sent. `again`: the same may be taken later. */
type Outcome = { readonly isTaken: true } | { readonly isTaken: false; readonly again: boolean; readonly why: string };

/** Takes the CPU and the heap profile again and again and sends them to a collector, until the process ends. */
export class Pusher {
  readonly #profilers: Profilers;
  readonly #pushing: Pushing;
  readonly #say: (sentence: string) => void;
  readonly #name: string;
  #capture: OpenCapture | undefined;
  #heapMillis = 0;
  #waiting: Waiting[] = [];
  #isSending = false;
  #request: ClientRequest | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasSaid = false;
  #ended = false;

  constructor(profilers: Profilers, pushing: Pushing, say: (sentence: string) => void) {
    this.#profilers = profilers;
    this.#pushing = pushing;
    this.#say = say;
    const labelled = (text: string): string => text.replaceAll(/[^\w.:/-]/g, "_");
    const service = labelled(pushing.name ?? path.parse(profilers.surroundings.program.script).name);
    this.#name = `${service}{instance=${labelled(`${hostname()}:${process.pid}`)}}`;
  }

  async begin(): Promise<void> {
    await this.#next().catch(() => {});
    this.#wait();
  }

  /** Sends no more: the process is about to end, and a request that is under way then would end it by a failed check of Node's. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#request?.destroy();
  }

  #wait(): void {
    if (!this.#ended) this.#timer = setTimeout(() => void this.#turn(), this.#pushing.everyMillis);
  }

  async #turn(): Promise<void> {
    try {
      const part = await this.#next();
      if (part !== undefined) this.#put(part);
      if (Date.now() - this.#heapMillis >= HEAP_MILLIS) await this.#putHeap();
    } catch {
      // What cannot be taken now, such as without an inspector, may be the next time; the endpoints say why.
    }
    this.#wait();
    await this.#send();
  }

  /** What ran since the last time. The next capture begins before this one ends, so that nothing is missing between. */
  async #next(): Promise<Profile | undefined> {
    const { cpu } = await this.#profilers.inspect();
    const before = this.#capture;
    this.#capture = await cpu.begin(CPU);
    return before?.end();
  }

  async #putHeap(): Promise<void> {
    this.#heapMillis = Date.now();
    const heap = collectors.find(({ name }) => name === "heap")!;
    this.#put(await heap.snapshot!(this.#profilers));
  }

  #put(profile: Profile): void {
    const from = profile.timeNanos / 1_000_000n;
    const until = from + profile.durationNanos / 1_000_000n;
    const query = new URLSearchParams({ name: this.#name, from: String(from), until: String(until), format: "pprof" });
    // Not on another thread, which the end of the process would meet.
    this.#waiting.push({ query: query.toString(), bytes: gzipSync(encode(profile)) });
    while (this.#waiting.length > MOST_WAITING || sizeOf(this.#waiting) > MOST_BYTES) this.#waiting.shift();
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (let next = this.#waiting[0]; next !== undefined && !this.#ended; next = this.#waiting[0]) {
        const outcome = await this.#post(next);
        if (outcome.isTaken || !outcome.again) this.#waiting = this.#waiting.filter((one) => one !== next);
        if (outcome.isTaken) continue;
        if (!this.#hasSaid && !this.#ended) {
          this.#hasSaid = true;
          this.#say(`profiles are not taken by ${new URL(this.#pushing.url).origin} (PPROF_PUSH): ${outcome.why}`);
        }
        return;
      }
    } finally {
      this.#isSending = false;
    }
  }

  #post({ query, bytes }: Waiting): Promise<Outcome> {
    const { url, token } = this.#pushing;
    const to = new URL(url);
    to.pathname = `${to.pathname.replace(/\/$/, "")}/ingest`;
    to.search = query;
    const { request } = to.protocol === "https:" ? process.getBuiltinModule("node:https") : http;
    return new Promise((resolve) => {
      const deadline = AbortSignal.timeout(TIMEOUT);
      const failed = (error: Error): void => {
        const why = deadline.aborted ? `no answer within ${TIMEOUT / 1000} s` : error.message;
        resolve({ isTaken: false, again: true, why });
      };
      try {
        const sent = request(to, {
          method: "POST",
          agent: false,
          signal: deadline,
          headers: {
            "content-type": "application/octet-stream",
            "content-length": bytes.length,
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
        });
        this.#request = sent;
        sent.on("error", failed);
        sent.on("response", (response) => {
          response.resume();
          response.on("error", failed);
          response.on("end", () => resolve(outcomeOf(response.statusCode ?? 0)));
        });
        sent.end(bytes);
      } catch (error) {
        failed(error as Error);
      }
    });
  }
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return { isTaken: true };
  return { isTaken: false, again: status === 429 || status >= 500, why: `it answers ${status}` };
}

function sizeOf(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
