import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

const tool = fileURLToPath(new URL("../../cli/bin/pprof.js", import.meta.url));

/** Runs the built tool to its end. */
export async function run(...words: readonly string[]): Promise<void> {
  await output(...words);
}

/** What the built tool prints. */
export async function output(...words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [tool, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const printed = collect(child.stdout!);
  const said = collect(child.stderr!);
  const status = await new Promise((resolve) => child.on("close", resolve));
  if (status !== 0) throw new Error(`pprof ${words.join(" ")}: exit status ${status}: ${said()}`);
  return printed();
}

/** The built tool, serving its pages. */
export async function servePages(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; readonly stop: () => void }> {
  const child = spawn(process.execPath, [tool, "-http=localhost:", "-no_browser", ...words], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env },
  });
  const said = collect(child.stderr!);
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr!.on("data", () => {
      const found = /Serving web UI on (\S+)\n/.exec(said());
      if (found) resolve(found[1]!);
    });
    child.on("close", () => reject(new Error(`pprof ${words.join(" ")}: ${said()}`)));
  });
  return { url, stop: () => child.kill() };
}

function collect(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (part) => {
    text += part;
  });
  return () => text;
}
