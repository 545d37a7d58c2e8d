import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { encode, type Profile, ProfileBuilder } from "@pprof-ts/profile";

/** The built tool. */
export const tool: string = fileURLToPath(new URL("../bin/pprof.js", import.meta.url));

export interface Run {
  /** Null where a signal has ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built tool as its users do, in a directory and a home of its own. */
export async function pprof(
  args: readonly string[],
  more: { readonly cwd?: string; readonly input?: string | Uint8Array; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Run> {
  const cwd = more.cwd ?? tmpdir();
  const env = { PATH: process.env.PATH, HOME: cwd, PPROF_TMPDIR: cwd, TZ: "UTC", ...more.env };
  const child = spawn(process.execPath, [tool, ...args], { cwd, env });
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (part: string) => {
      text[name] += part;
    });
  }
  child.stdin.on("error", () => {});
  child.stdin.end(more.input ?? "");
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  return { status, ...text };
}

/** A profile of stacks, each a column of functions from the root on and its value, in milliseconds of CPU. */
export function profileOf(stacks: readonly (readonly [stack: string, milliseconds: number])[]): Profile {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ],
  });
  const mapping = builder.mapping({ filename: "/srv/app.js", hasFunctions: true });
  for (const [stack, milliseconds] of stacks) {
    const locations = stack.split(" ").map((name) => {
      const line = { function: builder.function({ name, filename: `/srv/${name}.js` }), line: 1 };
      return builder.location({ mapping, lines: [line] });
    });
    builder.sample(locations.reverse(), [1, milliseconds * 1e6]);
  }
  return builder.build();
}

export const hot: Profile = profileOf([
  ["main render hash", 700],
  ["main render", 200],
  ["main parse", 100],
]);

export const hotBytes: Uint8Array = gzipSync(encode(hot));

/** A directory with these files, gone when the test is. */
export function directory(files: Readonly<Record<string, string | Uint8Array>>): { path: string } & Disposable {
  const created = mkdtempSync(path.join(tmpdir(), "pprof-cli-"));
  for (const [name, data] of Object.entries(files)) writeFileSync(path.join(created, name), data);
  return { path: created, [Symbol.dispose]: () => rmSync(created, { recursive: true, force: true }) };
}

/** A server on a free port of this machine. */
export async function serve(
  handler: http.RequestListener,
): Promise<{ origin: string; port: number; server: http.Server } & AsyncDisposable> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${port}`, port, server, [Symbol.asyncDispose]: close };
}

/** The pages that the tool serves with these words, until this is disposed of. */
export async function servePages(
  words: readonly string[],
  cwd: string,
): Promise<{ readonly url: string } & Disposable> {
  const child = spawn(process.execPath, [tool, "-http=localhost:", "-no_browser", ...words], {
    cwd,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const close = (): void => void child.kill();
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let said = "";
      child.stderr.setEncoding("utf8").on("data", (part: string) => {
        said += part;
        const found = /Serving web UI on (\S+)\n/.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.on("close", () => reject(new Error(said)));
    });
    return { url, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}
