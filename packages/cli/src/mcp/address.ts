import { ToolError } from "../error.ts";
import { withoutCredentials } from "../words/source-url.ts";

/** What can be recorded: the last part of its path below `/debug/pprof/`, and how many seconds where nobody says. */
export interface RecordedRow {
  readonly kind: string;
  readonly path: string;
  readonly help: string;
  readonly seconds?: number;
}

export const RECORDED: readonly RecordedRow[] = [
  { kind: "cpu", path: "profile", help: "what runs", seconds: 5 },
  { kind: "heap", path: "heap", help: "what is in memory" },
  { kind: "allocs", path: "allocs", help: "what was allocated" },
  { kind: "goroutine", path: "goroutine", help: "what is suspended, and where" },
  { kind: "block", path: "block", help: "what held the event loop" },
  { kind: "mutex", path: "mutex", help: "who held locks" },
  {
    kind: "trace",
    path: "trace",
    help: "an execution trace: what requests waited for, which a CPU profile does not say",
    seconds: 2,
  },
];

/** What an address is turned into, so that it is asked for a kind of profile. */
interface AddressRow {
  readonly pattern: RegExp;
  readonly kinds?: readonly string[];
  readonly asked: (source: string, row: RecordedRow) => string;
}

const BELOW = "/debug/pprof";

const ADDRESSES: readonly AddressRow[] = [
  {
    pattern: /^pid:\d+/,
    kinds: ["cpu", "heap", "goroutine"],
    asked: (source, { kind }) => `${source.replace(/\/.*$/, "")}${kind === "cpu" ? "" : `/${kind}`}`,
  },
  {
    pattern: /^k8s:[^/]+\/[^/]+/,
    kinds: RECORDED.map(({ kind }) => kind).filter((kind) => kind !== "trace"),
    asked: (source, { path }) => `${/^k8s:[^/]+\/[^/]+/.exec(source)![0]}/${path}`,
  },
  {
    pattern: /^unix:\/[^:]+/,
    asked: (source, row) => `${/^unix:(?:\/\/)?\/[^:]+/.exec(source)![0]}:${BELOW}/${row.path}${queryOf(row)}`,
  },
  {
    pattern: /^(https?:\/\/[^/]|[^/?#:]+:\d+)/i,
    asked: (source, row) => {
      const whole = /^https?:/i.test(source) ? source : `http://${source}`;
      if (!URL.canParse(whole)) throw new ToolError(`invalid address ${JSON.stringify(withoutCredentials(source))}`);
      const url = new URL(whole);
      const [above = ""] = url.pathname.split(BELOW);
      url.pathname = `${above.replace(/\/+$/, "")}${BELOW}/${row.path}`;
      if (row.kind === "trace" && !url.searchParams.has("level")) url.searchParams.set("level", "E");
      return url.href;
    },
  },
];

/** Traces have the lines at which requests await, which older versions of Node do not record unless they are asked to. */
function queryOf({ kind }: RecordedRow): string {
  return kind === "trace" ? "?level=E" : "";
}

/** The source that records this of a program, as the command line takes it. */
export function recordingAddress(source: string, row: RecordedRow): string {
  const address = ADDRESSES.find(({ pattern }) => pattern.test(source));
  const shown = JSON.stringify(withoutCredentials(source).slice(0, 200));
  if (address === undefined) {
    throw new ToolError(
      `cannot record ${shown}: must be HOST:PORT, a URL, pid:NUMBER, unix:SOCKET or k8s:NAMESPACE/POD; list_processes names those of this machine`,
    );
  }
  if (address.kinds?.includes(row.kind) === false) {
    throw new ToolError(
      `cannot record ${row.kind} of ${shown}, which gives ${address.kinds.join(", ")}: a program with @pprof-ts/runtime gives it at HOST:PORT`,
    );
  }
  return address.asked(source, row);
}
