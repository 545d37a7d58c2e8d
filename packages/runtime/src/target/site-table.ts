// Hot: runs inside the profiled program for each frame of each sample, a part of the 31 µs that `site-sampler.ts` takes;
// `lines, 100 Hz` of bench/src/overhead-modes.ts measures both. Sent there as text, so it may use nothing of this file.
import type { SiteFrame } from "./stack-reader.ts";

// biome-ignore lint/suspicious/noExplicitAny: V8's call sites differ between versions of Node.
type CallSite = any;

/** The call sites that a sampler has met, numbered from 0 in the order in which they come. */
export interface SiteTable {
  numberOf(site: CallSite): number;
  /** Where the program does not let V8's call sites be had, the frames come as text. */
  numberOfText(frame: SiteFrame): number;
  /** Those that were not taken before. */
  take(): readonly SiteFrame[];
}

/**
 * A call site is told from others by its script, position and function, which V8 says quicker than its line; all that is to
 * be known of it is asked for once.
 */
export function makeSiteTable(): SiteTable {
  interface Known {
    readonly name: string | null;
    readonly number: number;
    readonly next: Known | undefined;
  }
  /** A program that makes its scripts as it runs may have call sites without end: after so many all are forgotten. */
  const mostFrames = 20_000;
  const known = new Map<string, Map<number, Known>>();
  const knownTexts = new Map<string, number>();
  let forgotten = 0;
  let told = 0;
  let frames: SiteFrame[] = [];

  return {
    numberOf(site) {
      const name: string | null = site.getFunctionName();
      const url: string = site.getScriptNameOrSourceURL() || "";
      // What has no script is told by its name: a native function, or `Promise.all` with the index of the promise.
      const place = url === "" ? `${name}` : url;
      const position: number = url === "" ? 0 : site.getPosition();
      let inPlace = known.get(place);
      if (inPlace === undefined) {
        inPlace = new Map();
        known.set(place, inPlace);
      }
      const first = inPlace.get(position);
      for (let one = first; one !== undefined; one = one.next) if (one.name === name) return one.number;
      const number = told + frames.length;
      frames.push([
        site.isPromiseAll?.() === true ? "Promise.all" : (name ?? ""),
        url || (site.getFileName() ?? ""),
        site.getLineNumber() ?? 0,
        site.getColumnNumber() ?? 0,
        site.getEnclosingLineNumber?.() ?? 0,
        site.getEnclosingColumnNumber?.() ?? 0,
      ]);
      inPlace.set(position, { name, number, next: first });
      return number;
    },
    numberOfText(frame) {
      // Not as JSON: the program may have given all objects a `toJSON`.
      const [name, url, line, column] = frame;
      const text = `${name}\n${url}:${line}:${column}`;
      let number = knownTexts.get(text);
      if (number === undefined) {
        number = told + frames.length;
        frames.push(frame);
        knownTexts.set(text, number);
      }
      return number;
    },
    take() {
      const taken = frames;
      told += frames.length;
      frames = [];
      if (told - forgotten > mostFrames) {
        known.clear();
        knownTexts.clear();
        forgotten = told;
      }
      return taken;
    },
  };
}
