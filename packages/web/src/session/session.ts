import { type Signal, signal } from "@preact/signals";
import { type Context, createContext } from "preact";
import { useContext } from "preact/hooks";
import { addressKeyRow } from "./address/address-keys.ts";
import type { Navigation, Query } from "./address/state.ts";
import { type Analyst, startAnalyst, startTracer, type Tracer } from "./analyst.ts";
import { type ForgottenFiles, forgottenFiles, nothingForgotten } from "./forgotten-files.ts";
import type { Home } from "./home.ts";
import { type EditorChoice, editorChoice } from "./preference/editor.ts";
import { type ThemeChoice, themeChoice } from "./preference/theme.ts";
import type { Summary } from "./protocol.ts";
import type { Settings } from "./settings.ts";
import type { TraceOpened } from "./trace-protocol.ts";

/** What a search found on a page. */
export interface FoundText {
  readonly count: number;
  /** -1 before one has gone to any. */
  readonly at: number;
}

/** What all pages work with. */
export interface Session {
  readonly home: Home;
  readonly nav: Navigation;
  readonly analyst: Analyst;
  /** Whoever reads traces, who begins when first asked for. */
  readonly tracer: () => Tracer;
  /** What the open trace says of itself; undefined while none is open. Pages of profiles then show one that it holds. */
  readonly trace: Signal<TraceOpened | undefined>;
  /** The name of the trace with which the open one is compared; "": none. */
  readonly traceBefore: Signal<string>;
  /** What the open profile says of itself; undefined while none is open. */
  readonly summary: Signal<Summary | undefined>;
  /** How often the analysis has been given something to read: what is asked then is answered of that. */
  readonly opened: Signal<number>;
  /** What is going on, or went wrong, while there is no profile. */
  readonly status: Signal<string>;
  readonly error: Signal<string>;
  readonly theme: ThemeChoice;
  readonly editor: EditorChoice;
  /** What the server says beside the profile; undefined without one. */
  readonly settings: Signal<Settings | undefined>;
  /** Whether the server beside the page was asked for something and did not answer. */
  readonly isServerGone: Signal<boolean>;
  /** What a report warned of. */
  readonly warnings: Signal<readonly string[]>;
  /** The files of a comparison that a page which was loaded anew has lost. */
  readonly forgotten: ForgottenFiles;
  /** What is typed into the search box. */
  readonly search: Signal<string>;
  /** What is wrong with it; "" where nothing is. */
  readonly searchProblem: Signal<string>;
  /** How many matches there are where the page has no other place to say it, and which of them one is at, from 0. */
  readonly found: Signal<FoundText | undefined>;
  /** Goes so many matches on in the picture that is shown; undefined where there is none to go through. */
  readonly goToMatch: Signal<((by: number) => void) | undefined>;
}

export function newSession(home: Home, nav: Navigation): Session {
  const summary = signal<Summary | undefined>(undefined);
  let tracer: Tracer | undefined;
  const analyst = startAnalyst(home);
  return {
    home,
    nav,
    analyst,
    tracer() {
      tracer ??= startTracer(home, analyst.progress);
      return tracer;
    },
    trace: signal(undefined),
    traceBefore: signal(""),
    summary,
    opened: signal(0),
    status: signal(""),
    error: signal(""),
    theme: themeChoice(home),
    editor: editorChoice(),
    settings: signal(undefined),
    isServerGone: signal(false),
    warnings: signal([]),
    forgotten: home.isOwn
      ? forgottenFiles(summary, () => nav.place.peek().query.base !== undefined)
      : nothingForgotten(),
    search: signal(nav.place.value.query.q ?? ""),
    searchProblem: signal(""),
    found: signal(undefined),
    goToMatch: signal(undefined),
  };
}

const SessionContext: Context<Session | undefined> = createContext<Session | undefined>(undefined);

export const SessionProvider: typeof SessionContext.Provider = SessionContext.Provider;

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error("there is no session around this part of the page");
  return session;
}

/** The part of a query that decides what the analysis answers of what is open. */
export function asked(query: Query): Query {
  return Object.fromEntries(Object.entries(query).filter(([key]) => addressKeyRow(key).decides === "answer"));
}
