import { parts } from "#parts";
import { RuntimeError } from "../error.ts";
import { type Address, addressUrl, DEFAULT_ADDRESS, isLoopback } from "../exchange/listen-address.ts";
import type { Access } from "../http/access/access.ts";
import { PREFIX } from "../http/prefix.ts";
import { agentThread } from "./agent-instance.ts";
import { checkedOptions } from "./option-checks.ts";
import { dumpOn, limitsOf, type ProfilingOptions, profilingOf } from "./options.ts";
import { DENIED, missingNetFlag } from "./permissions.ts";
import { sampleBuffers } from "./rates.ts";

export interface ListenOptions extends ProfilingOptions, Access {
  /** Default: "localhost". */
  readonly host?: string;
  /** Default: 6060, as Go's examples have it. 0 for any free port. */
  readonly port?: number;
  /**
   * Names by which the port is asked, such as `app.example.com`, or `.example.com` for that and all below it. Addresses,
   * `localhost` and a `host` that is a name are known anyway; other names are refused, for a page of any site could point
   * its own name here, and read all.
   */
  readonly allowedHosts?: readonly string[];
  /**
   * Profiles show a program's insides: a host that other machines can reach is refused without a token or an allow-list,
   * unless this is true.
   */
  readonly insecure?: boolean;
  /**
   * Whether all processes of this user that listen at this port with this option share it, such as those of a cluster: the one
   * that has it serves for all, and when it ends another takes it. Each profile is then that of all of them, with the labels
   * `process` and `pid`, and `?pid=` asks one. Default: true for `register`, else false. Not on Windows.
   */
  readonly processes?: boolean;
}

/** A debug port. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Where the index page is. */
  readonly url: string;
  /** Stops listening, and ends the captures that were asked for here. */
  close(): Promise<void>;
}

/**
 * Serves the profiles of this process at `http://localhost:6060/debug/pprof/`, from a thread of its own, so also while the
 * event loop is blocked. Does not keep the process alive. Rejects where the port is taken (`code` is `EADDRINUSE`).
 */
export async function listen(options: ListenOptions = {}): Promise<Listener> {
  return listenAt(options, { announce: false, holds: true });
}

/** `announce`: one line on standard error says where; `holds`: the process stays alive until it listens. */
export async function listenAt(
  given: ListenOptions,
  { announce, holds }: { readonly announce: boolean; readonly holds: boolean },
): Promise<Listener> {
  const options = checkedOptions(given, "listen");
  const hosts = options.allowedHosts ?? [];
  const address: Address = { host: options.host ?? DEFAULT_ADDRESS.host, port: options.port ?? DEFAULT_ADDRESS.port };
  const access: Access = {
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.allow === undefined ? {} : { allow: options.allow }),
  };
  if (!isLoopback(address.host) && Object.keys(access).length === 0 && options.insecure !== true) {
    throw new RuntimeError(
      `refused to listen on "${address.host}", which other machines can reach: set a token, an allow-list, or insecure`,
    );
  }
  const missing = missingNetFlag();
  if (missing !== undefined) {
    const error = new RuntimeError(`to listen is not permitted in this process (${missing})`);
    throw Object.assign(error, { code: DENIED });
  }
  const applyProfiling = profilingOf(options);
  const start = async (): Promise<Listener> => {
    if (Object.keys(access).length + hosts.length > 0) {
      // The agent checks the same, but a program that has ended by then would not have been told.
      const { gate, hostsOf, ALLOWED_HOSTS } = await parts.gate();
      gate(access, hostsOf(hosts, ALLOWED_HOSTS));
    }
    const shares = options.processes === true;
    const agent = agentThread();
    // Before the program has made many.
    sampleBuffers(options.memProfileRate);
    const { listener, address: actual } = await agent.ask(
      "listen",
      { address, access, hosts, limits: limitsOf(options), announce, shares },
      { holds },
    );
    await applyProfiling(holds);
    return {
      ...actual,
      url: `${addressUrl(actual)}${PREFIX}`,
      async close() {
        await agent.ask("close", { listener });
      },
    };
  };
  const started = start();
  if (options.onSignal !== undefined) dumpOn(options.onSignal, started);
  return started;
}
