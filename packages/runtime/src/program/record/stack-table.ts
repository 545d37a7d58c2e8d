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
  /** The stack of these call sites, from one of them on; undefined: the program lets nobody have them. */
  of(sites: readonly CallSite[] | undefined, from: number): Stack;
}

interface Place {
  readonly name: string | null;
  readonly number: number;
  readonly next: Place | undefined;
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
  const places: Dictionary<Dictionary<Place>> = create(null);
  const frames: SiteFrame[] = [];

  /** What is to be known of a call site is asked for once: its script, position and function tell it from others. */
  const placeOf = (site: CallSite): number => {
    const name: string | null = site.getFunctionName();
    const url: string = site.getScriptNameOrSourceURL() || "";
    // What has no script is told by its name: a native function, or `Promise.all` with the index of the promise.
    const script = url === "" ? ` ${name}` : url;
    const position: number = url === "" ? 0 : site.getPosition();
    let inScript = places[script];
    if (inScript === undefined) {
      inScript = create(null) as Dictionary<Place>;
      places[script] = inScript;
    }
    const first = inScript[position];
    for (let one = first; one !== undefined; one = one.next) if (one.name === name) return one.number;
    const number = frames.length;
    frames[number] = [
      site.isPromiseAll?.() === true ? "Promise.all" : (name ?? ""),
      url || (site.getFileName() ?? ""),
      site.getLineNumber() ?? 0,
      site.getColumnNumber() ?? 0,
      site.getEnclosingLineNumber?.() ?? 0,
      site.getEnclosingColumnNumber?.() ?? 0,
    ];
    inScript[position] = { name, number, next: first };
    return number;
  };

  return {
    all,
    of(sites, from) {
      if (sites === undefined || all.length > MOST_STACKS || frames.length > MOST_PLACES) return others;
      let key = "";
      const own: SiteFrame[] = [];
      for (let i = from; i < sites.length; i++) {
        const place = placeOf(sites[i]);
        key += `${place} `;
        own[i - from] = frames[place]!;
      }
      let stack = known[key];
      if (stack === undefined) {
        stack = { number: all.length, frames: own, objects: 0, bytes: 0 };
        all[stack.number] = stack;
        known[key] = stack;
      }
      return stack;
    },
  };
}
