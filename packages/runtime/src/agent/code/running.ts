import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import process from "node:process";
import { RuntimeError } from "../../error.ts";
import type { Program } from "../../exchange/program.ts";
import { type StallBudget, seconds } from "../budget/stall-budget.ts";
import type { Coverage, LoadedScript } from "../inspector/coverage.ts";
import { readScriptTexts } from "../inspector/script-texts.ts";
import type { Session } from "../inspector/session.ts";
import { TurnsOf } from "../inspector/turns.ts";
import { within } from "../inspector/within.ts";
import { readRegularFile } from "../source-map/regular-file.ts";
import { type Begin, type Begun, beginsIn, hasPlacesOf } from "./function-begin.ts";
import { mostBytes, scriptUrl } from "./read-script.ts";
import type { Scripts } from "./scripts.ts";

/** A function as a profile names it; the line is -1 where it is not known where the function begins. */
export interface SeenFunction extends Begun {
  readonly url: string;
  /** V8's number of the script in its thread, where V8 tells it. */
  readonly scriptId?: string;
}

/** What the scripts of some functions go by in `Scripts`. */
export interface Identified {
  readonly names: ReadonlyMap<SeenFunction, string>;
  readonly comments: readonly string[];
}

/** A script of a profile. */
interface Script {
  readonly id: string;
  readonly url: string;
  readonly functions: SeenFunction[];
}

/** What was found out about a script of a thread. */
interface Known {
  readonly name: string;
  /** Which functions were seen to stand where they should. */
  readonly begins: Set<string>;
  /** The file that it was found to be, where it was. */
  file: Mark | undefined;
}

/** What a file was when it was read. */
interface Mark {
  readonly changed: number;
  readonly hash: string;
}

interface File {
  readonly text: string;
  /** When it was last changed. */
  readonly changed: number;
}

/** What V8 answered about scripts, by their ids, or why it was not asked. */
interface Answer {
  readonly texts: ReadonlyMap<string, string>;
  readonly comments: readonly string[];
}

/** How many scripts of a thread are remembered; beyond, they are looked at anew. */
const MAX_KNOWN = 20_000;
const ANSWER_MILLIS = 1_000;
/** Only for scripts that have one of these names Node runs the file as it stands. */
const PLAIN = /(?:\.[cm]?js|[\\/][^./\\]*)$/;
/** What has a program transpiled by others than Node. */
const LOADERS = /^(?:-r|--(?:require|import|(?:experimental-)?loader|experimental-transform-types)(?:=|$))/;
const OWN_LOADER = /pprof-ts\/runtime\/register/;
/** URLs that V8 could have no other text of than is known. */
const OTHERS = /^(?:node|data|wasm|extension|pprof):|\/\[eval\d*\]$/;
const SCHEME = /^[a-z][a-z\d+.-]*:/i;

/**
 * What runs of the scripts of a program, which need not be what is on disk: they may be transpiled in memory, and their files
 * may have been written anew since.
 *
 * Whether that is so is told by the file first, which costs the program nothing: by its name, by when it was changed, and by
 * whether it has a function wherever V8 says that one begins. Only of scripts that fail in that V8 is asked for the text, and
 * where it cannot be, they go by their file's name with "(as transpiled)".
 */
export class RunningScripts {
  readonly #scripts: Scripts;
  readonly #program: Program;
  readonly #budget: StallBudget;
  readonly #coverage: Coverage;
  readonly #known = new WeakMap<Session, Map<string, Known>>();
  /** Of each URL the name of the text that V8 had last. */
  readonly #latest = new WeakMap<Session, Map<string, string>>();
  readonly #turns = new TurnsOf<Session>();

  constructor(scripts: Scripts, program: Program, budget: StallBudget, coverage: Coverage) {
    this.#scripts = scripts;
    this.#program = program;
    this.#budget = budget;
    this.#coverage = coverage;
  }

  /** Finds out what runs in a thread of the scripts of these functions; without a session, by their files alone. Never throws. */
  identify(session: Session = NO_SESSION, seen: Iterable<SeenFunction>): Promise<Identified> {
    // One after the other: a second debugger would end with the first.
    return this.#turns.of(session).take(() => this.#identify(session, seen));
  }

  async #identify(session: Session, seen: Iterable<SeenFunction>): Promise<Identified> {
    const names = new Map<SeenFunction, string>();
    const doubtful: { readonly script: Script; readonly file: File | undefined; readonly standing: boolean }[] = [];
    const name = ({ functions }: Script, as: string): void => {
      for (const one of functions) names.set(one, as);
    };
    for (const script of scriptsOf(seen, session !== NO_SESSION)) {
      const known = await this.#recall(session, script);
      if (known !== undefined) {
        name(script, known);
        continue;
      }
      const file = await readFile(script.url);
      if (file === "not read") {
        name(script, script.url);
        continue;
      }
      const begins = beginsIn(file?.text ?? "", script.functions);
      const standing = file !== undefined && [...begins.values()].every(({ stands }) => stands);
      if (standing && this.#isPlain(script.url) && !this.#isNewer(file)) {
        name(script, await this.#remember(session, script, script.url, begins, file));
      } else doubtful.push({ script, file, standing });
    }
    const { texts, comments } = await this.#ask(
      session,
      doubtful.map(({ script }) => script),
    );
    for (const { script, file, standing } of doubtful) {
      const text = texts.get(script.id);
      if (text !== undefined) name(script, await this.#add(session, script, text, file));
      // A file that is not there is not claimed for what runs.
      else if (file === undefined || (standing && !this.#isNewer(file) && canStrip())) name(script, script.url);
      else name(script, await this.#scripts.add(script.url, { text: undefined, asOnDisk: false }));
    }
    return { names, comments };
  }

  /** What this goes by, where nothing that was seen of it now is new. */
  async #recall(session: Session, script: Script): Promise<string | undefined> {
    const known = this.#known.get(session)?.get(script.id);
    const added = known !== undefined && known.name !== script.url;
    if (
      known !== undefined &&
      !added &&
      (await isRewritten(script.url, known)) &&
      !this.#scripts.isMapped(script.url)
    ) {
      // Its map would still lead to where it came from; without one, its lines are no longer the file's.
      const name = await this.#scripts.add(script.url, { text: undefined, asOnDisk: false });
      this.#known.get(session)!.set(script.id, { ...known, name, file: undefined });
      return name;
    }
    if (known !== undefined && (!added || this.#scripts.has(known.name))) {
      const news = script.functions.filter((one) => !known.begins.has(placeOf(one)));
      if (news.length === 0) return known.name;
      const text = this.#scripts.textOf(known.name);
      if (text !== undefined) return this.#remember(session, script, known.name, beginsIn(text, news));
    }
    // The same text may have been run again, as test runners do for each of their files.
    const latest = this.#latest.get(session)?.get(hrefOf(script.url));
    const text = latest === undefined ? undefined : this.#scripts.textOf(latest);
    if (text === undefined) return undefined;
    const begins = beginsIn(text, script.functions);
    const stand = [...begins.values()].every(({ stands }) => stands);
    return stand ? this.#remember(session, script, latest!, begins) : undefined;
  }

  async #add(session: Session, script: Script, text: string, file: File | undefined): Promise<string> {
    const asOnDisk = file !== undefined && hasPlacesOf(text, file.text);
    const begins = beginsIn(text, script.functions);
    if (asOnDisk && !this.#isNewer(file)) return this.#remember(session, script, script.url, begins, file);
    const name = await this.#scripts.add(script.url, { text, asOnDisk });
    const latest = this.#latest.get(session) ?? new Map<string, string>();
    if (latest.size >= MAX_KNOWN) latest.clear();
    latest.set(hrefOf(script.url), name);
    this.#latest.set(session, latest);
    return this.#remember(session, script, name, begins);
  }

  async #remember(
    session: Session,
    { id }: Script,
    name: string,
    begins: Map<Begun, Begin>,
    file?: File,
  ): Promise<string> {
    const ofThread = this.#known.get(session) ?? new Map<string, Known>();
    this.#known.set(session, ofThread);
    if (ofThread.size >= MAX_KNOWN) ofThread.clear();
    const before = ofThread.get(id);
    const known = before?.name === name ? before : { name, begins: new Set<string>(), file: undefined };
    if (file !== undefined) known.file = { changed: file.changed, hash: hashOf(file.text) };
    ofThread.set(id, known);
    for (const one of begins.keys()) known.begins.add(placeOf(one));
    await this.#scripts.load([name]);
    await this.#scripts.learn(name, begins);
    return name;
  }

  /** The texts of these scripts by their ids, where V8 may be asked for them. */
  async #ask(session: Session, scripts: readonly Script[]): Promise<Answer> {
    if (scripts.length === 0) return { texts: new Map(), comments: [] };
    const some = `${scripts.length === 1 ? "a script" : `${scripts.length} scripts`}, such as ${this.#scripts.file(scripts[0]!.url)}`;
    const refused = (why: string): Answer => ({
      texts: new Map(),
      comments: [`what runs of ${some}, may not be what is on disk, and V8 was not asked for it: ${why}`],
    });
    let spending: ReturnType<StallBudget["begin"]> | undefined;
    try {
      const asked = session.post<{ usedSize: number }>("Runtime.getHeapUsage");
      const { usedSize } = await within(ANSWER_MILLIS, asked);
      const estimated = this.#budget.estimate("scripts", usedSize);
      if (estimated > this.#budget.millis) {
        const [would, may] = [seconds(estimated), seconds(this.#budget.millis)];
        return refused(`that would hold the thread for about ${would}, and ${may} are allowed (stallBudget)`);
      }
      spending = this.#budget.begin(estimated);
      const numbers = new Map<string, string>();
      const { texts, heldMillis } = await readScriptTexts(session, this.#coverage, (loaded) => {
        for (const script of scripts) {
          const number = numberOf(script, loaded);
          if (number !== undefined) numbers.set(script.id, number);
        }
        return [...new Set(numbers.values())];
      });
      spending.held(heldMillis);
      this.#budget.learn("scripts", usedSize, heldMillis);
      return {
        texts: new Map([...numbers].flatMap(([id, number]) => (texts.has(number) ? [[id, texts.get(number)!]] : []))),
        comments: [
          `V8 was asked for the text of ${some}, which held the thread for ${Math.round(heldMillis)} ms; ${this.#coverage.describe()}`,
        ],
      };
    } catch (error) {
      return refused(error instanceof Error ? error.message : String(error));
    } finally {
      spending?.end();
    }
  }

  #isPlain(url: string): boolean {
    if (PLAIN.test(withoutQuery(url))) return true;
    const { commandLine } = this.#program;
    const flags = [...commandLine, ...(process.env.NODE_OPTIONS ?? "").split(" ")];
    const loads = flags.some((flag, at) => LOADERS.test(flag) && !OWN_LOADER.test(`${flag} ${flags[at + 1]}`));
    return canStrip() && !loads && !/[\\/]node_modules[\\/]/.test(this.#program.script);
  }

  #isNewer({ changed }: File): boolean {
    return changed > (this.#program.startedAt ?? Number.POSITIVE_INFINITY);
  }
}

/** Stands for a thread that has ended, or cannot be asked. */
const NO_SESSION: Session = {
  post: () => Promise.reject(new RuntimeError("its thread cannot be asked")),
  on: () => () => {},
};

/** Whether Node runs TypeScript itself, by blanking out its types. */
function canStrip(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}

/** The scripts of these functions, which V8's numbers tell from one another in one thread alone. */
function scriptsOf(seen: Iterable<SeenFunction>, numbered: boolean): Iterable<Script> {
  const scripts = new Map<string, Script>();
  for (const one of seen) {
    if (one.url === "") continue;
    const id = (numbered ? one.scriptId : undefined) ?? one.url;
    const script = scripts.get(id) ?? { id, url: one.url, functions: [] };
    scripts.set(id, script);
    script.functions.push(one);
  }
  return scripts.values();
}

/** V8's number of a script: where only its URL is known, of the one that came last. */
function numberOf({ id, url }: Script, loaded: readonly LoadedScript[]): string | undefined {
  if (id !== url) return id;
  const href = hrefOf(url);
  const numbers = loaded.filter((one) => one.url === href || one.url === url).map(({ scriptId }) => Number(scriptId));
  return numbers.length > 0 ? String(Math.max(...numbers)) : undefined;
}

/** The inspector has by URL what call sites have by path, where it is CommonJS. */
function hrefOf(url: string): string {
  return scriptUrl(url)?.href ?? url;
}

function placeOf({ functionName, lineNumber, columnNumber }: Begun): string {
  return `${lineNumber}:${columnNumber}:${functionName}`;
}

function withoutQuery(url: string): string {
  return scriptUrl(url)?.pathname ?? url;
}

/** Whether the file of a script is not what it was when that was found to run. */
async function isRewritten(url: string, known: Known): Promise<boolean> {
  const script = scriptUrl(url);
  if (known.file === undefined || script === undefined) return false;
  const changed = await stat(script).then(lastChange, () => undefined);
  if (changed === known.file.changed) return false;
  const file = await readFile(url);
  if (file === undefined || file === "not read") return false;
  if (hashOf(file.text) !== known.file.hash) return true;
  known.file = { ...known.file, changed: file.changed };
  return false;
}

function lastChange({ mtimeMs, ctimeMs }: Stats): number {
  return Math.max(mtimeMs, ctimeMs);
}

function hashOf(text: string): string {
  return createHash("sha1").update(text).digest("base64");
}

/** The file of a script; undefined where there is none, though V8 may have a text by that name. */
async function readFile(url: string): Promise<File | undefined | "not read"> {
  if (OTHERS.test(url)) return "not read";
  const script = scriptUrl(url);
  if (script === undefined) return SCHEME.test(url) ? undefined : "not read";
  try {
    const changed = lastChange(await stat(script));
    const text = (await readRegularFile(script, mostBytes())).toString();
    return { text: text.replace(/^\uFEFF/, ""), changed };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : "not read";
  }
}
