import { FleetError } from "../error.ts";
import type { Answer, Route } from "./route.ts";

const JSON_HEADERS = { "content-type": "application/json" };
/** With the header by which the pprof tools, Go's as well, print what is said. */
export const TEXT_HEADERS = { "content-type": "text/plain; charset=utf-8", "x-go-pprof": "1" };

export function jsonAnswer(value: object): Answer {
  return { status: 200, headers: JSON_HEADERS, body: `${JSON.stringify(value)}\n` };
}

/** What is wrong with a query is said in one line, with status 400. */
export function refusing(answer: Route["answer"]): Route["answer"] {
  return async (asked) => {
    try {
      return await answer(asked);
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      return { status: 400, headers: TEXT_HEADERS, body: `${error.message}\n` };
    }
  };
}
