import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** A section of the guide. */
interface Section {
  readonly route: string;
  readonly title: string;
  readonly commands: readonly string[];
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** The repository. */
export const root: string = fileURLToPath(new URL("..", import.meta.url));
/** Where the five programs are. */
export const folder: string = path.join(root, "examples", "slow");

/** The sections of the guide that have commands: a program, its load and the tool, and what is said of the line that they find. */
export const sections: readonly Section[] = readFileSync(path.join(folder, "README.md"), "utf8")
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

/** A program that is under load until it is disposed of, and where its profiles are. */
export interface UnderLoad extends AsyncDisposable {
  readonly profiles: string;
}

/** Starts a program, and, at the address that it says it listens on, its load. */
export async function underLoad(
  program: string,
  listening: RegExp,
  load: (address: string) => string,
): Promise<UnderLoad> {
  const running = start(program);
  const children = [running];
  const dispose = (): Promise<void> => stop(children);
  try {
    const [address, profiles] = await Promise.all([
      said(running, listening),
      said(running, /serving profiles at (http:\S+?)\/debug/),
    ]);
    children.push(start(load(address)));
    return { profiles, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Starts what a section of the guide tells to start. */
export function sectionUnderLoad({ commands }: Pick<Section, "commands">): Promise<UnderLoad> {
  const [program, load] = commands as [string, string];
  return underLoad(program, /listening on (http:\S+)/, (address) => load.replaceAll("http://localhost:8080", address));
}

/** Starts a command of the guide with other ports. */
function start(command: string): ChildProcess {
  const words = command.split(" ").filter((word) => !/^(PORT=\d+|node)$/.test(word));
  const stdio = ["ignore", "pipe", "pipe"] as const;
  return spawn(process.execPath, words, {
    cwd: root,
    env: { ...process.env, PORT: "0", PPROF_ADDR: "127.0.0.1:0" },
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

/** Ends programs that were started, and waits for that. */
async function stop(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
}
