import type { FunctionComponent } from "preact";
import type { Summary } from "../session/protocol.ts";
import { DiffPage } from "../view/diff/diff.tsx";
import { FlamePage } from "../view/flame/flame.tsx";
import { GraphPage } from "../view/graph/graph.tsx";
import { DisasmPage } from "../view/report/disasm.tsx";
import { PeekPage } from "../view/report/peek.tsx";
import { RawPage } from "../view/report/raw.tsx";
import { SourcePage } from "../view/report/source.tsx";
import { TagsPage } from "../view/report/tags.tsx";
import { TopPage } from "../view/report/top.tsx";
import { TimePage } from "../view/time/time.tsx";
import { loadedLater } from "../widget/loaded-later.tsx";

/** One row a page: its name in addresses, as in the reference tool where that has it. */
export interface PageRow {
  readonly name: string;
  readonly title: string;
  /** The key that goes there after `g`. */
  readonly key: string;
  readonly Page: FunctionComponent;
  /** Whether it is about a trace itself; default: about a profile, or one that a trace holds. */
  readonly isOfTrace?: boolean;
  /** Whether it has nothing to show of a profile that a trace holds. */
  readonly isOfProfilesAlone?: boolean;
  /** Whether a profile has anything to show on it; default: every one has. */
  readonly suits?: (profile: Summary) => boolean;
  /** What to do where it has not. */
  readonly unsuited?: string;
}

type TracePages = typeof import("../view/trace/trace-pages.ts");

const ofTrace = (part: (pages: TracePages) => FunctionComponent): FunctionComponent =>
  loadedLater(() => import("../view/trace/trace-pages.ts"), part);

export const PAGES: readonly PageRow[] = [
  { name: "trace", title: "Timeline", key: "l", Page: ofTrace(({ TracePage }) => TracePage), isOfTrace: true },
  { name: "tasks", title: "Tasks", key: "k", Page: ofTrace(({ TasksPage }) => TasksPage), isOfTrace: true },
  { name: "turns", title: "Turns", key: "u", Page: ofTrace(({ TurnsPage }) => TurnsPage), isOfTrace: true },
  { name: "waits", title: "Waits", key: "w", Page: ofTrace(({ WaitsPage }) => WaitsPage), isOfTrace: true },
  { name: "flamegraph", title: "Flame graph", key: "f", Page: FlamePage },
  { name: "top", title: "Top", key: "t", Page: TopPage },
  { name: "graph", title: "Graph", key: "g", Page: GraphPage },
  { name: "peek", title: "Peek", key: "p", Page: PeekPage },
  { name: "source", title: "Source", key: "s", Page: SourcePage },
  {
    name: "disasm",
    title: "Assembly",
    key: "x",
    Page: DisasmPage,
    suits: ({ hasCode }) => hasCode,
    unsuited: "There is no assembly: the samples of this profile have no addresses in binaries.",
  },
  { name: "tags", title: "Tags", key: "a", Page: TagsPage, isOfProfilesAlone: true },
  {
    name: "time",
    title: "Time",
    key: "m",
    Page: TimePage,
    suits: ({ hasTime }) => hasTime,
    unsuited:
      "The samples of this profile do not say when they were taken. A Node.js service does with profile?seconds=5&timeline=1, as what Record records; so do .cpuprofile files and Chrome's traces.",
  },
  { name: "diff", title: "Diff", key: "d", Page: DiffPage, isOfProfilesAlone: true },
  { name: "raw", title: "Raw", key: "r", Page: RawPage, isOfProfilesAlone: true },
];
