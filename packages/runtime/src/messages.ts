import type { Address } from "./address.ts";
import type { Program } from "./frames.ts";

/** What the main thread asks of the agent. */
export type Ask =
  | { readonly do: "listen"; readonly address: Address; readonly announce: boolean }
  | { readonly do: "close"; readonly listener: number };

export type ToAgent = { readonly id: number; readonly ask: Ask } | "exit";

/** What the agent answers. */
export type FromAgent =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string; readonly code: string | undefined };

/** The answer to "listen". */
export interface Listening {
  /** By which "close" knows it. */
  readonly listener: number;
  readonly address: Address;
}

/** What the agent is started with. */
export interface AgentData {
  readonly program: Program;
  /** One int32: 1 while the agent has a session of the inspector open, which the process must not end with. */
  readonly attached: SharedArrayBuffer;
}
