// Hot: runs for each Buffer that is sampled, most of the 10 to 16 µs that `buffers.ts` takes for it; bench/src/buffers.ts measures that.
import type { SiteFrame } from "../../target/stack-reader.ts";

// biome-ignore lint/suspicious/noExplicitAny: V8's call sites differ between versions of Node.
type CallSite = any;

/** A stack, and what was allocated there. */
export interface Stack {
  readonly number: number;
  readonly frames: readonly SiteFrame[];
  objects: number;
  bytes: number;
}

/** Equal stacks are one. Without maps, whose functions the program may have patched. */
export interface StackTable {
  readonly all: readonly Stack[];
  /** The stack of these call sites, from one of them on. */
  of(sites: readonly CallSite[], from: number): Stack;
  /** The same where the program lets nobody have call sites. */
  ofFrames(frames: readonly SiteFrame[]): Stack;
}

type Dictionary<Value> = Record<string | number, Value>;

/** A program that makes its functions as it runs may have stacks and places without end; beyond so many, all others are one. */
const MOST_STACKS = 10_000;
const MOST_PLACES = 50_000;
const { create } = Object;

export function makeStackTable(): StackTable {
  const others: Stack = { number: 0, frames: [["(other stacks)", "", 0, 0, 0, 0]], objects: 0, bytes: 0 };
  const all: Stack[] = [others];
  const known: Dictionary<Stack> = create(null);
  const places: Dictionary<Dictionary<number>> = create(null);
  const frames: SiteFrame[] = [];

  /** What is to be known of a call site is asked for once: its script and position tell it from others, and quickly. */
  const placeOf = (site: CallSite): number => {
    const url: string = site.getScriptNameOrSourceURL() || "";
    // What has no script is told by its name: a native function, or `Promise.all` with the index of the promise.
    const script = url === "" ? ` ${site.getFunctionName()}` : url;
    const position: number = url === "" ? 0 : site.getPosition();
    let inScript = places[script];
    if (inScript === undefined) {
      inScript = create(null) as Dictionary<number>;
      places[script] = inScript;
    }
    const known = inScript[position];
    if (known !== undefined) return known;
    const number = frames.length;
    frames[number] = [
      site.isPromiseAll?.() === true ? "Promise.all" : (site.getFunctionName() ?? ""),
      url || (site.getFileName() ?? ""),
      site.getLineNumber() ?? 0,
      site.getColumnNumber() ?? 0,
      site.getEnclosingLineNumber?.() ?? 0,
      site.getEnclosingColumnNumber?.() ?? 0,
    ];
    inScript[position] = number;
    return number;
  };

  const add = (key: string, own: readonly SiteFrame[]): Stack => {
    const stack: Stack = { number: all.length, frames: own, objects: 0, bytes: 0 };
    all[stack.number] = stack;
    known[key] = stack;
    return stack;
  };

  return {
    all,
    of(sites, from) {
      if (all.length > MOST_STACKS || frames.length > MOST_PLACES) return others;
      let key = "";
      const own: SiteFrame[] = [];
      for (let i = from; i < sites.length; i++) {
        const place = placeOf(sites[i]);
        key += `${place} `;
        own[i - from] = frames[place]!;
      }
      return known[key] ?? add(key, own);
    },
    ofFrames(own) {
      let key = "";
      for (let i = 0; i < own.length; i++) key += `${own[i]![0]} ${own[i]![1]}:${own[i]![2]}:${own[i]![3]}\n`;
      return known[key] ?? (all.length > MOST_STACKS ? others : add(key, own));
    },
  };
}
