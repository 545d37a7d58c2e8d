import type { ProfileBuilder } from "@pprof-ts/profile";
import type { Program } from "../../exchange/program.ts";
import type { SiteFrame } from "../../target/stack-reader.ts";
import type { Session } from "../inspector/session.ts";
import type { CallFrame } from "./call-frame.ts";
import { type Addresses, NODE_RANGE, SCRIPT_RANGE } from "./code-addresses.ts";
import { type Hot, type Named, Places } from "./places.ts";
import type { RunningScripts } from "./running.ts";
import type { Scripts } from "./scripts.ts";

/** What all profiles of a process share. */
export interface Surroundings {
  readonly scripts: Scripts;
  /** Without it, what runs is taken for what is on disk. */
  readonly running?: RunningScripts;
  readonly addresses: Addresses;
  readonly program: Program;
  /** Whether the program has ever labelled its work; known without asking it. */
  readonly isLabelled?: () => boolean;
  /** Aborts when the program is about to end: captures end with what they have. */
  readonly ending?: AbortSignal;
}

/** Turns frames into a profile's locations, at the places of the original sources. */
export class Frames {
  readonly #builder: ProfileBuilder;
  readonly #places: Places;
  readonly #addresses: Addresses;
  readonly #script: number;
  readonly #node: number;
  readonly #said = new Set<string>();
  readonly #sites = new Map<SiteFrame, number>();
  readonly #leaves = new Map<string, number[]>();

  constructor(builder: ProfileBuilder, { scripts, running, addresses, program }: Surroundings) {
    this.#builder = builder;
    this.#places = new Places(scripts, running);
    this.#addresses = addresses;
    // Marked as symbolized, so that no tool looks for addresses in a script.
    const symbolized = { hasFunctions: true, hasFilenames: true, hasLineNumbers: true, hasInlineFrames: true };
    this.#script = builder.mapping({ ...SCRIPT_RANGE, filename: program.script, ...symbolized });
    this.#node = builder.mapping({ ...NODE_RANGE, filename: program.execPath, ...symbolized });
  }

  /** Finds out what runs at these frames of a thread that are to come, and where that comes from; what is to be said of it, the profile's comments say. */
  async load(session: Session | undefined, frames: Iterable<CallFrame | SiteFrame>): Promise<void> {
    for (const said of await this.#places.load(session, frames)) {
      if (!this.#said.has(said)) this.#builder.comment(said);
      this.#said.add(said);
    }
  }

  /** Has the scripts scanned in which V8 may have inlined functions, of frames that samples found on top. */
  scanInlined(hot: readonly Hot[]): Promise<void> {
    return this.#places.scanInlined(hot);
  }

  /** The locations, leaf first, of a frame in which samples found this line (from 1) running. */
  leaf(frame: CallFrame, line: number | undefined): number[] {
    const key = `${this.#places.scriptOf(frame)}:${frame.lineNumber}:${frame.columnNumber}:${line}:${frame.functionName}`;
    let locations = this.#leaves.get(key);
    if (locations === undefined) {
      locations = this.#places.leaf(frame, line).map((place) => this.#location(frame.url, place));
      this.#leaves.set(key, locations);
    }
    return locations;
  }

  /** The location of a frame, where its function begins. */
  location(frame: CallFrame): number {
    return this.#location(frame.url, this.#places.begin(frame));
  }

  /** The location of a call site. Samples share frames, and finding the function of one is slow. */
  site(frame: SiteFrame): number {
    let location = this.#sites.get(frame);
    if (location === undefined) {
      location = this.#location(frame[1], this.#places.site(frame));
      this.#sites.set(frame, location);
    }
    return location;
  }

  /** The location of what is no JavaScript function, such as `(garbage collector)`. */
  named(name: string): number {
    const fn = this.#builder.function({ name });
    const address = this.#addresses.of("node", name, "", 0);
    return this.#builder.location({ mapping: this.#node, address, lines: [{ function: fn }] });
  }

  #location(url: string, { name, file, startLine, line }: Named): number {
    if (file === "") return this.named(name);
    const fn = this.#builder.function({ name, filename: file, startLine });
    const kind = url.startsWith("node:") ? "node" : "script";
    return this.#builder.location({
      mapping: kind === "node" ? this.#node : this.#script,
      address: this.#addresses.of(kind, name, file, line),
      lines: [{ function: fn, line }],
    });
  }
}
