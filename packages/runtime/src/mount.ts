import { type Access, gate } from "./access.ts";
import { agentThread } from "./agent-instance.ts";
import { type Answer, redirect } from "./exchange.ts";
import { nameUnder, PREFIX } from "./prefix.ts";
import { type ProfilingOptions, profilingOf } from "./profiling.ts";

export interface MountOptions extends ProfilingOptions, Access {
  /** The path under which the profiles are; default: where the framework mounts it, else `/debug/pprof/`. */
  readonly prefix?: string;
}

/** A request as every framework can tell it. */
export interface MountRequest {
  readonly method: string;
  /** Path and query, as the client has sent them. */
  readonly url: string;
  /** What the framework has mounted this under, where it has; with its slash at the end. */
  readonly mountedAt?: string | undefined;
  header(name: string): string | null | undefined;
  /** The client's address. */
  readonly address: string | undefined;
  text(): Promise<string>;
  readonly signal: AbortSignal;
  /** After how long the server gives up on an answer; 0: never. */
  readonly timeoutMillis: number;
}

/** Answers requests under the prefix; undefined: the request is for somebody else. */
export type Mount = (request: MountRequest) => Promise<Answer | undefined>;

/** The endpoints, to be mounted in a server on the main thread: the work is done in the profiler's own thread all the same. */
export function mount(options: MountOptions = {}): Mount {
  const refusal = gate(options);
  const own = options.prefix === undefined ? undefined : `/${options.prefix}/`.replaceAll(/\/+/g, "/");
  void profilingOf(options)(false);
  return async (request) => {
    const [path = "", rawQuery = ""] = request.url.split("?", 2);
    const prefix = own ?? request.mountedAt ?? PREFIX;
    const isBare = path === prefix.slice(0, -1);
    const name = isBare ? "" : nameUnder(prefix, path);
    if (name === undefined) return undefined;
    const { method, address, signal, timeoutMillis } = request;
    const refused = refusal({ authorization: request.header("authorization") ?? undefined, address });
    if (refused !== undefined) return refused;
    // Relative: what stands in front of this server may have taken a part of the path away.
    if (isBare) return redirect(`${path.slice(path.lastIndexOf("/") + 1)}/`, rawQuery);
    const body = method === "POST" ? await request.text() : "";
    const call = { method, name, rawQuery, accept: request.header("accept") ?? "", body, timeoutMillis };
    return agentThread().ask("call", call, { holds: false, signal });
  };
}
