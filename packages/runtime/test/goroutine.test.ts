import { once } from "node:events";
import { Session as InspectorSession } from "node:inspector/promises";
import { afterAll, expect, test } from "vitest";
import { StallBudget } from "../src/agent/budget/stall-budget.ts";
import { readGoroutines } from "../src/agent/goroutine/goroutine.ts";
import { Coverage } from "../src/agent/inspector/coverage.ts";
import { ownSession } from "./own-session.ts";
import { Program, removeFolder, scratchFolder, TELLS_AWAITS } from "./program.ts";

const folder = scratchFolder();
afterAll(() => removeFolder(folder));

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

test.for([0, 2])("of a program with %d contexts of node:vm a comment says so", async (contexts) => {
  const code = `
    import { createContext, runInContext } from "node:vm";
    globalThis.kept = Array.from({ length: ${contexts} }, () => createContext({}));
    for (const one of kept) runInContext("(async () => { await new Promise(() => {}); })()", one);
    setInterval(() => {}, 1_000);
    process.on("message", () => process.send("there"));`;
  const program = Program.registered(code, { cwd: folder });
  try {
    const url = await program.url();
    program.child.send("there?");
    await once(program.child, "message");
    const comment =
      contexts > 0 ? "# main: functions of other contexts (node:vm), of which there are 2, are left out" : "";
    for (const query of ["", "&full=1", ""]) {
      const dump = await (await fetch(`${url}goroutine?debug=2${query}`)).text();
      expect(dump.match(/# main: functions of other contexts .*/)?.[0] ?? "").toBe(comment);
    }
  } finally {
    await program.stop();
  }
});
