import { Session as InspectorSession } from "node:inspector/promises";
import { expect, test } from "vitest";
import { StallBudget } from "../src/agent/budget/stall-budget.ts";
import { readGoroutines } from "../src/agent/goroutine/goroutine.ts";
import { Coverage } from "../src/agent/inspector/coverage.ts";
import { ownSession } from "./own-session.ts";
import { TELLS_AWAITS } from "./program.ts";

const coverage = new Coverage({ script: "", execPath: "", commandLine: [] });

test("a thread that has told its stack and is busy since: that is the answer, and what is left out is said", async () => {
  const inspector = new InspectorSession();
  inspector.connect();
  const session = ownSession(inspector, (method) => method === "Runtime.getHeapUsage" && new Promise(() => {}));
  const { list, comments } = await readGoroutines({ name: "main", session }, new StallBudget(), coverage, true);
  inspector.disconnect();
  expect(list.map(({ state, thread }) => [state, thread])).toEqual([["running", "main"]]);
  expect(comments).toEqual(["main: what waits is left out: no answer within 1000 ms"]);
});

test.skipIf(!TELLS_AWAITS)(
  "V8 loses a promise that it waits for: the answer has what else is known, and says so",
  async () => {
    const inspector = new InspectorSession();
    inspector.connect();
    const session = ownSession(inspector, (method, { awaitPromise, returnByValue }) => {
      if (awaitPromise && returnByValue) throw new Error(`${method}: Promise was collected`);
    });
    const { list, comments } = await readGoroutines({ name: "main", session }, new StallBudget(), coverage, true);
    inspector.disconnect();
    expect(list[0]!.state).toBe("running");
    expect(comments.join()).toContain("main: some of what waits is left out: Promise was collected, as V8 said");
  },
);
