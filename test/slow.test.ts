import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { pprof } from "../packages/cli/test/tool.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = path.join(root, "examples", "slow");

/** The sections of the guide that have commands: a program, its load and the tool, and what is said of the line that they find. */
const sections = readFileSync(path.join(folder, "README.md"), "utf8")
  .split(/^## /m)
  .slice(1)
  .map((text) => {
    const [, commands = ""] = /^```sh\n([\s\S]*?)^```/m.exec(text)!;
    const [, file = "", line = "", code = ""] = /`([\w-]+\.mjs):(\d+)`: `([^`]*)`/.exec(text)!;
    const [, route = ""] = /`(GET \/[^`]+)`/.exec(text)!;
    return {
      route,
      title: text.split("\n", 1)[0]!,
      commands: commands.trim().split("\n"),
      file,
      line: Number(line),
      code,
    };
  });

/** Starts a command of the guide with other ports. */
function start(command: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
  const words = command.split(" ").filter((word) => !/^(PORT=\d+|node)$/.test(word));
  const stdio = ["ignore", "pipe", "pipe"] as const;
  return spawn(process.execPath, words, {
    cwd: root,
    env: { ...process.env, ...env, PORT: "0", PPROF_ADDR: "127.0.0.1:0" },
    stdio: [...stdio],
  });
}

/** The address that a program prints. */
async function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = "";
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        const found = pattern.exec(text);
        if (found !== null) resolve(found[1]!);
      });
    }
    child.once("exit", () => reject(new Error(`it has ended: ${text}`)));
  });
}

test("the guide has a section for each of five programs", () => {
  expect(sections.map(({ file }) => file)).toEqual([
    "lock.mjs",
    "pool.mjs",
    "in-a-row.mjs",
    "neighbour.mjs",
    "upstream.mjs",
  ]);
});

test.each(sections)(
  "$title: its commands find the line",
  { timeout: 120_000 },
  async ({ route, commands, file, line, code }) => {
    expect(readFileSync(path.join(folder, file), "utf8").split("\n")[line - 1]).toContain(code);
    const [program, load, tool] = commands as [string, string, string];
    const running = start(program);
    const others: ChildProcess[] = [];
    try {
      const [server, profiles] = await Promise.all([
        said(running, /listening on (http:\S+)/),
        said(running, /serving profiles at (http:\S+?)\/debug/),
      ]);
      others.push(start(load.replaceAll("http://localhost:8080", server)));
      const words = tool.replace("http://localhost:6060", profiles).replaceAll('"', "").split(" ").slice(1);
      // On a busy machine the first second may be another one's.
      await expect
        .poll(
          async () => {
            const { stdout, stderr, status } = await pprof(words);
            expect([status, stderr.includes("Fetching")]).toEqual([0, true]);
            // Of what is said of the route it is the first row.
            return stdout.split("\n").find((row) => row.includes(route)) ?? "";
          },
          { timeout: 90_000 },
        )
        .toContain(`${file}:${line}`);
    } finally {
      for (const child of [...others, running]) {
        child.kill();
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      }
    }
  },
);
