import type { Address } from "./address.ts";
import { addressUrl, DEFAULT_ADDRESS, isLoopback } from "./address.ts";
import { AgentThread } from "./agent-thread.ts";
import { RuntimeError } from "./error.ts";
import type { Listening } from "./messages.ts";

export interface ListenOptions {
  /** Default: "localhost". A host that other machines can reach is refused: profiles show a program's insides. */
  readonly host?: string;
  /** Default: 6060, as Go's examples have it. 0 for any free port. */
  readonly port?: number;
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
  return listenAt({ ...DEFAULT_ADDRESS, ...options }, { announce: false, holds: true });
}

/** `announce`: one line on standard error says where; `holds`: the process stays alive until it listens. */
export async function listenAt(
  address: Address,
  { announce, holds }: { readonly announce: boolean; readonly holds: boolean },
): Promise<Listener> {
  if (!isLoopback(address.host)) {
    throw new RuntimeError(`refused to listen on "${address.host}": profiles are served on loopback addresses only`);
  }
  const agent = agentThread();
  const listening = await agent.ask<Listening>({ do: "listen", address, announce }, holds);
  return {
    ...listening.address,
    url: `${addressUrl(listening.address)}/debug/pprof/`,
    async close() {
      await agent.ask({ do: "close", listener: listening.listener }, true);
    },
  };
}

let agent: AgentThread | undefined;

/** The process has one inspector and one profiler of each kind, so it has one agent. */
function agentThread(): AgentThread {
  agent ??= new AgentThread();
  return agent;
}
