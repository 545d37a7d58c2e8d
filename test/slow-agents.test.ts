import { expect, test } from "vitest";
import { Agent } from "../packages/cli/test/mcp/agent.ts";
import { directory } from "../packages/cli/test/tool.ts";
import { root, sections, sectionUnderLoad, underLoad } from "./slow-programs.ts";

/** What an agent asks next, by where most of a route's time went. */
const NEXT = { running: ["trace_profile"], ready: ["turns"], waiting: ["waits", "in_a_row"] } as const;

/** Milliseconds, of a cell of a table. */
function millis(cell = ""): number {
  const [, value = "0", unit = ""] = /^([\d.]+)(ns|us|ms|s)?$/.exec(cell) ?? [];
  return Number(value) * ({ ns: 1e-6, us: 1e-3, s: 1e3 }[unit] ?? 1);
}

/** Where most of the time of a route went, by the table of tasks. */
function mostly(tasks: string, route: string): keyof typeof NEXT | undefined {
  const lines = tasks.split("\n");
  const header = lines
    .find((line) => line.includes("p50"))
    ?.trim()
    .split(/\s+/);
  const row = lines
    .find((line) => line.includes(route))
    ?.trim()
    .split(/\s+/);
  if (header === undefined || row === undefined) return undefined;
  const time = (name: string): number => millis(row[header.indexOf(name)]);
  return (Object.keys(NEXT) as (keyof typeof NEXT)[]).sort((a, b) => time(b) - time(a))[0];
}

test.each(sections)(
  "$title: an agent comes from the route that is slow to the line with the tools alone",
  { timeout: 180_000 },
  async ({ route, commands, file, line }) => {
    using made = directory({});
    await using agent = await Agent.start(made.path);
    await using running = await sectionUnderLoad({ commands });
    // On a busy machine the first seconds may be another one's.
    await expect
      .poll(
        async () => {
          const trace = await agent.handle("record", { source: running.profiles, kind: "trace", seconds: 2 });
          const most = mostly((await agent.ask("tasks", { trace })).text, route);
          const rows: string[] = [];
          for (const tool of most === undefined ? [] : NEXT[most].filter((name) => name !== "trace_profile")) {
            const { text } = await agent.ask(tool, { trace });
            // Of what is said of the route it is the first row.
            rows.push(text.split("\n").find((row) => row.includes(route)) ?? "");
          }
          return rows.join("\n");
        },
        { timeout: 150_000 },
      )
      .toContain(`${file}:${line}`);
  },
);

test("the example service: from busy to the line with top, peek and list", { timeout: 180_000 }, async () => {
  using made = directory({});
  await using agent = await Agent.start(made.path, [`-source_path=${root}examples`]);
  await using running = await underLoad(
    "node --import @pprof-ts/runtime/register examples/service/dist/main.js",
    /shop: listening on (\S+)/,
    (address) => `node examples/service/dist/load.js ${address}`,
  );
  let profile = "";
  await expect
    .poll(
      async () => {
        profile = await agent.handle("record", { source: running.profiles, kind: "cpu", seconds: 2 });
        const { text } = await agent.ask("top", { profile, nodecount: 1, focus: "checkout|bestDiscount" });
        return text.split("\n").at(-2) ?? "";
      },
      { timeout: 150_000 },
    )
    .toContain("bestDiscount");
  const peeked = await agent.ask("peek", { profile, function: "^bestDiscount" });
  expect(peeked.text).toContain("quote");
  const listed = await agent.ask("list", { profile, function: "^bestDiscount" });
  // The lines of the loop over the items have nearly all of the time.
  const busy = listed.text.split("\n").filter((line) => /^ +[\d.]+m?s .*:/.test(line));
  expect(busy.join("\n")).toMatch(/2\d:\s+(for \(let i|if \(\(choice|const item|weight \+=|price \+=)/);
});
