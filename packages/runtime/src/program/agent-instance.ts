import { AgentThread } from "./agent-thread.ts";
import { registry } from "./record/registry.ts";

let agent: AgentThread | undefined;

/** The process has one inspector and one profiler of each kind, so it has one agent; started when first needed. */
export function agentThread(): AgentThread {
  agent ??= new AgentThread();
  // After the thread above, which is none of the program's.
  registry();
  return agent;
}
