import { randomBytes } from "node:crypto";
import { unlinkSync } from "node:fs";
import { readdir, unlink } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import path from "node:path";
import { processOfSocket } from "../../exchange/folder-candidates.ts";
import { type Answer, type Call, callOf, refuse } from "../../http/call.ts";
import type { OpenResponses } from "../../http/open-responses.ts";
import { send } from "../../http/send.ts";
import { type ProcessInfo, processInfo } from "./own-process.ts";
import { makePrivate, privateFolder } from "./private-folder.ts";
import type { Silent } from "./unable.ts";

/** How long another process may take to say that it is there; its profiler's thread does so while its program is busy. */
const HELLO_MILLIS = 1_000;
/** No name of a profile: it begins with a dot. */
const HELLO = "/.process";
/** The largest answer that is taken from another process. */
const MAX_BYTES = 256 * 2 ** 20;

/** A process that was found. */
export interface Peer {
  readonly info: ProcessInfo;
  /** Asks it for what a call asks for, with this query. */
  ask(call: Call, rawQuery: string): Promise<Answer>;
}

/** What was found: those that answer, and why others do not. */
export interface Found {
  readonly peers: readonly Peer[];
  readonly silent: readonly Silent[];
}

/**
 * The processes of one user that share a setting, each with a socket in a folder that only this user may enter. They know each
 * other by what stands in that folder; a socket whose process is gone is taken away by whoever meets it.
 */
export class Processes {
  static readonly #joined = new Set<Processes>();
  readonly #socket: string;
  readonly #server: Server;

  /** What this process says of itself. */
  readonly describe: () => Promise<ProcessInfo>;
  readonly #unable: () => Promise<readonly Silent[]>;

  private constructor(
    socket: string,
    server: Server,
    describe: () => Promise<ProcessInfo>,
    unable: () => Promise<readonly Silent[]>,
  ) {
    this.#socket = socket;
    this.#server = server;
    this.describe = describe;
    this.#unable = unable;
  }

  /**
   * Joins a group. `describe` and `answer` are for the others, `open` keeps count of what is not answered yet, `unable` finds
   * those that would join and cannot; rejects where there is no private folder, or its path is too long for a socket.
   */
  static async join(
    group: string,
    describe: () => Promise<ProcessInfo>,
    answer: (call: Call) => Promise<Answer>,
    open: OpenResponses,
    unable: () => Promise<readonly Silent[]> = async () => [],
  ): Promise<Processes> {
    const folder = path.join(await privateFolder(), group);
    await makePrivate(folder);
    const socket = path.join(folder, `${process.pid}-${randomBytes(4).toString("hex")}`);
    const server = createServer(async (incoming, response) => {
      open.add(response);
      const gone = new AbortController();
      response.on("close", () => gone.abort());
      const [asked = "", rawQuery = ""] = (incoming.url ?? "").split("?", 2);
      try {
        if (asked === HELLO) {
          response.end(JSON.stringify(await describe()));
          return;
        }
        const name = decodeURIComponent(asked.slice(1));
        const { method = "GET" } = incoming;
        const call = callOf({ method, name, rawQuery, accept: "", body: "", timeoutMillis: 0 }, gone.signal);
        send(await answer(call), incoming, response);
      } catch (error) {
        send(refuse(500, String(error)), incoming, response);
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(socket, resolve);
    });
    server.on("error", () => {});
    const processes = new Processes(socket, server, describe, unable);
    Processes.#joined.add(processes);
    return processes;
  }

  /** Leaves every group. */
  static leaveAll(): void {
    for (const processes of Processes.#joined) processes.leave();
  }

  /** The other processes of the group, and those that cannot join it. */
  async others(): Promise<Found> {
    const [{ peers, silent }, unable] = await Promise.all([this.joined(), this.#unable()]);
    return { peers, silent: [...silent, ...unable] };
  }

  /** The other processes that have a socket there. */
  async joined(): Promise<Found> {
    const folder = path.dirname(this.#socket);
    const peers: Peer[] = [];
    const silent: Silent[] = [];
    const asked = (await readdir(folder)).map(async (name) => {
      const socket = path.join(folder, name);
      const pid = processOfSocket(name);
      if (pid === undefined || socket === this.#socket) return;
      try {
        const { body } = await get(socket, HELLO, AbortSignal.timeout(HELLO_MILLIS));
        peers.push({
          info: processInfo(pid, JSON.parse(body.toString())),
          ask: (call, rawQuery) => askPeer(socket, call, rawQuery),
        });
      } catch (error) {
        const { code, message, name: kind } = error as NodeJS.ErrnoException;
        // Nobody listens there any more.
        if (code === "ECONNREFUSED") await unlink(socket).catch(() => {});
        if (code === "ECONNREFUSED" || code === "ENOENT") return;
        const reason = kind === "TimeoutError" ? `did not answer within ${HELLO_MILLIS / 1000} s` : message;
        silent.push({ pid, reason });
      }
    });
    await Promise.all(asked);
    peers.sort((a, b) => a.info.sinceMillis - b.info.sinceMillis);
    return { peers, silent };
  }

  /** At once, for the process may be about to end. */
  leave(): void {
    Processes.#joined.delete(this);
    this.#server.close();
    this.#server.closeAllConnections();
    try {
      unlinkSync(this.#socket);
    } catch {
      // Closing has taken it away.
    }
  }
}

async function askPeer(socket: string, { method, name, signal }: Call, rawQuery: string): Promise<Answer> {
  const query = rawQuery === "" ? "" : `?${rawQuery}`;
  const { status, headers, body } = await get(socket, `/${encodeURIComponent(name)}${query}`, signal, method);
  return { status, headers, body };
}

function get(
  socketPath: string,
  pathAndQuery: string,
  signal: AbortSignal,
  method = "GET",
): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: pathAndQuery, method, signal, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BYTES) response.destroy(new Error(`its answer is larger than ${MAX_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () => {
        const headers: Record<string, string> = {};
        for (const name of ["content-type", "content-disposition", "x-go-pprof", "retry-after", "x-trace-began"]) {
          const value = response.headers[name];
          if (typeof value === "string") headers[name] = value;
        }
        resolve({ status: response.statusCode ?? 500, headers, body: Buffer.concat(chunks) });
      });
    });
    // What a signal aborts with is not said by `request`.
    asked.on("error", (error) => reject(signal.aborted ? signal.reason : error));
    asked.end();
  });
}
