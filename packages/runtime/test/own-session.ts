import type { Session as InspectorSession } from "node:inspector/promises";
import type { Session } from "../src/agent/inspector/session.ts";

/** This thread's own inspector as the agent's session; `before` comes before each command, and may fail it or never let it come. */
export function ownSession(
  inspector: InspectorSession,
  before: (method: string, params: Readonly<Record<string, unknown>>) => unknown = () => {},
): Session {
  const post = inspector.post.bind(inspector) as (method: string, params?: object) => Promise<unknown>;
  return {
    post: async <Result>(method: string, params: object = {}) => {
      await before(method, params as Readonly<Record<string, unknown>>);
      return (await post(method, params)) as Result;
    },
    on: () => () => {},
  };
}
