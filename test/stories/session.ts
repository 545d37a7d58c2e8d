import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../packages/runtime/test/free-port.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What was started with `&`, and what it has printed. */
interface Background {
  readonly child: ChildProcess;
  readonly printed: () => string;
}

/** What readers see in place of what is another one on each machine. */
const SHOWN = { folder: "/src/pprof/examples/stories", profiler: "localhost:6060", service: "localhost:8080" };

/** There is no cluster here: what is asked of a pod is asked of this machine. */
const KUBECTL = '#!/bin/sh\necho "Forwarding from 127.0.0.1:PORT -> 6060"\nexec sleep 600\n';

/** A shell in a copy of `examples/stories`, in which `pprof` is the built tool; what it starts ends with it. */
export class Session implements AsyncDisposable {
  /** Where it is. */
  readonly folder: string = realpathSync(mkdtempSync(path.join(tmpdir(), "pprof-story-")));
  readonly #env: NodeJS.ProcessEnv;
  readonly #ports: { readonly profiler: number; readonly service: number };
  readonly #running: Background[] = [];

  private constructor(ports: { readonly profiler: number; readonly service: number }) {
    this.#ports = ports;
    const { folder } = this;
    for (const name of ["src", "dist", "mounted.mjs"]) {
      cpSync(path.join(root, "examples", "stories", name), path.join(folder, name), { recursive: true });
    }
    writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
    symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"), "dir");
    const programs = path.join(folder, ".programs");
    mkdirSync(programs);
    symlinkSync(path.join(root, "packages", "cli", "bin", "pprof.js"), path.join(programs, "pprof"));
    symlinkSync(process.execPath, path.join(programs, "node"));
    writeFileSync(path.join(programs, "kubectl"), KUBECTL.replace("PORT", `${ports.profiler}`), { mode: 0o755 });
    for (const name of ["pictures", "profiles"]) mkdirSync(path.join(folder, name));
    this.#env = {
      ...{ PATH: `${programs}${path.delimiter}${process.env.PATH}`, HOME: folder, TZ: "UTC", PPROF_TMPDIR: folder },
      ...{ PORT: `${ports.service}`, PPROF_ADDR: `localhost:${ports.profiler}` },
    };
  }

  static async open(): Promise<Session> {
    return new Session({ profiler: await freePort("localhost"), service: await freePort("localhost") });
  }

  /**
   * Runs a command to its end and gives what it prints, on both streams. One that ends with `&` goes on: what it has printed
   * so far; `kill -INT %1` ends the first of these, and gives all that it has printed.
   */
  async run(command: string): Promise<string> {
    const [, signal, number] = /^kill -(\w+) %(\d+)$/.exec(command) ?? [];
    if (number !== undefined) return this.#end(this.#running[Number(number) - 1]!, `SIG${signal}` as NodeJS.Signals);
    const started = this.#start(command.replace(/ &$/, ""));
    this.#running.push(started);
    if (command.endsWith(" &")) return "";
    await once(started.child, "close");
    this.#running.pop();
    return started.printed();
  }

  /** What the last that was started with `&` has printed so far. */
  get printed(): string {
    return this.#running.at(-1)!.printed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const started of this.#running) await this.#end(started, "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  #start(command: string): Background {
    const words = command
      .replaceAll(SHOWN.profiler, `localhost:${this.#ports.profiler}`)
      .replaceAll(SHOWN.service, `localhost:${this.#ports.service}`);
    const stdio = ["ignore", "pipe", "pipe"] as const;
    const child = spawn("sh", ["-c", words], { cwd: this.folder, env: this.#env, stdio: [...stdio], detached: true });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
    }
    return { child, printed: () => this.#shown(text) };
  }

  /** Ends all that belongs to a command. */
  async #end({ child, printed }: Background, signal: NodeJS.Signals): Promise<string> {
    if (child.exitCode === null && child.signalCode === null) {
      const closed = once(child, "close");
      process.kill(-child.pid!, signal);
      await closed;
    }
    return printed();
  }

  #shown(text: string): string {
    return text
      .replaceAll(this.folder, SHOWN.folder)
      .replace(new RegExp(`(localhost|127\\.0\\.0\\.1|\\[::1\\]):${this.#ports.profiler}\\b`, "g"), SHOWN.profiler)
      .replace(new RegExp(`(localhost|127\\.0\\.0\\.1|\\[::1\\]):${this.#ports.service}\\b`, "g"), SHOWN.service);
  }
}
