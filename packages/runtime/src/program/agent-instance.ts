import { AgentThread } from "./agent-thread.ts";
import { registry } from "./record/registry.ts";

let agent: AgentThread | undefined;

/** The process has one inspector and one profiler of each kind, so it has one agent; started when first needed. `early`: see there. */
export function agentThread(early = false): AgentThread {
  agent ??= new AgentThread(early);
  // After the thread above, which is none of the program's.
  registry();
  return agent;
}
