import { createHash } from "node:crypto";
import path from "node:path";
import process from "node:process";
import { type Access, gate } from "../http/access/access.ts";
import { hostsOf } from "../http/access/browser.ts";
import { type Answer, redirect, refuse, safe } from "../http/call.ts";
import { cleanPath, nameUnder, PREFIX } from "../http/prefix.ts";
import { agentThread } from "./agent-instance.ts";
import { checkedOptions } from "./option-checks.ts";
import { dumpOn, type ProfilingOptions, profilingOf } from "./options.ts";

export interface MountOptions extends ProfilingOptions, Access {
  /** The path under which the profiles are; default: where the framework mounts it, else `/debug/pprof/`. */
  readonly prefix?: string;
  /**
   * The names by which the server is asked, such as `app.example.com`, or `.example.com` for that and all below it; addresses
   * and `localhost` are known anyway. Default: any, for the server is the application's, which knows its names.
   */
  readonly hosts?: readonly string[];
  /**
   * Whether to answer for all processes of this program (its script and user) that mount the profiles with this option, such as
   * those of a cluster, with the labels `process` and `pid`; `?pid=` asks one. Default: false. Not on Windows.
   */
  readonly processes?: boolean;
}

/** A request as every framework can tell it. */
export interface MountRequest {
  readonly method: string;
  /** Path and query, as the client has sent them. */
  readonly url: string;
  /** What the framework has mounted this under, where it has; with its slash at the end. */
  readonly mountedAt?: string | undefined;
  header(name: string): string | undefined;
  readonly host: string | undefined;
  /** The client's address. */
  readonly address: string | undefined;
  /** What the client sends, or why that is not taken. */
  body(): Promise<string | Answer>;
  /** Aborts when the client goes away. */
  signal(): AbortSignal;
  /** Has the server wait for the answer, however long that takes; after how long it gives up all the same, 0: never. */
  lengthen(): number;
}

/** Answers requests under the prefix, whatever happens; undefined: the request is for somebody else. */
export type Mount = (request: MountRequest) => Promise<Answer> | undefined;

/** The endpoints, to be mounted in a server on the main thread: the work is done in the profiler's own thread all the same. */
export function mount(given: MountOptions = {}): Mount {
  const options = checkedOptions(given, "mount");
  const refusal = gate(options, options.hosts && hostsOf(options.hosts, "hosts"));
  const own = options.prefix === undefined ? undefined : `/${options.prefix}/`.replaceAll(/\/+/g, "/");
  const group = options.processes === true ? programGroup() : undefined;
  if (group !== undefined) void join(group);
  const applied = profilingOf(options)(false);
  if (options.onSignal !== undefined) dumpOn(options.onSignal, applied);
  return (request) => {
    const [path = "", rawQuery = ""] = request.url.split("?", 2);
    const prefix = own ?? request.mountedAt ?? PREFIX;
    const clean = cleanPath(path);
    const isBare = clean === prefix.slice(0, -1);
    const name = isBare ? "" : nameUnder(prefix, clean);
    if (name === undefined) return undefined;
    const answer = async (): Promise<Answer> => {
      const { method, address, host } = request;
      const header = (of: string): string | undefined => request.header(of);
      const refused = refusal({ header, address, host, asksIndex: name === "" });
      if (refused !== undefined) return refused;
      // Relative: what stands in front of this server may have taken a part of the path away.
      if (isBare) return redirect(`${upwards(path, clean)}/`, rawQuery);
      if (clean !== path) return redirect(upwards(path, clean), rawQuery);
      const body = method === "POST" ? await request.body() : "";
      if (typeof body !== "string") return body;
      const timeoutMillis = request.lengthen();
      const call = { method, name, rawQuery, accept: header("accept") ?? "", body, timeoutMillis, group };
      return agentThread().ask("call", call, { holds: false, signal: request.signal() });
    };
    return answer().then(safe, (error: unknown) =>
      safe(refuse(500, error instanceof Error ? error.message : String(error))),
    );
  };
}

/** One that cannot be found, or may have no thread for the profiler, says why when it is asked. */
async function join(group: string): Promise<void> {
  try {
    await agentThread().ask("join", { group }, { holds: false });
  } catch {}
}

/** What processes of one program have in common. */
function programGroup(): string {
  return createHash("sha256")
    .update(path.resolve(process.argv[1] ?? process.execPath))
    .digest("hex")
    .slice(0, 16);
}

/** The way from one path to another, without what both begin with. A client has resolved dots before it goes. */
function upwards(from: string, to: string): string {
  const folders = from.split("/").slice(1, -1);
  const depth = folders.reduce((sum, one) => (one === "." ? sum : one === ".." ? Math.max(sum - 1, 0) : sum + 1), 0);
  const target = to.split("/").slice(1);
  let same = 0;
  while (same < Math.min(depth, target.length - 1) && folders[same] === target[same]) same++;
  return `${"../".repeat(depth - same) || "./"}${target.slice(same).join("/")}`;
}
