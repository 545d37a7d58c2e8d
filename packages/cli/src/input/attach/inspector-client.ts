import { randomBytes } from "node:crypto";
import http from "node:http";
import type { Socket } from "node:net";
import { ToolError } from "../../error.ts";

const OPCODES = { continuation: 0, text: 1, close: 8, ping: 9, pong: 10 };

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** A connection to a Node process's inspector: requests and their answers, over a WebSocket of its own. */
export class InspectorClient implements Disposable {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, Set<(params: never) => void>>();
  /** Resolves when nothing will be answered any more, with what is to be said of it. */
  readonly closed: Promise<ToolError>;
  #failed: ToolError | undefined;
  #next = 1;
  #received: Buffer;
  #fragments: Buffer[] = [];

  private constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    this.#received = head;
    socket.on("data", (data) => this.#receive(data));
    this.closed = new Promise((resolve) => {
      const end = (): void => resolve(this.#fail(new ToolError("the process closed its inspector, or ended")));
      socket.once("error", end).once("close", end);
    });
  }

  /** Connects to the inspector that listens on this port of this machine. */
  static async connect(port: number): Promise<InspectorClient> {
    const targets = await getJson(port, "/json/list");
    const address = (targets as readonly { webSocketDebuggerUrl?: string }[])[0]?.webSocketDebuggerUrl;
    if (address === undefined) throw new ToolError(`another debugger is connected to port ${port}`);
    const { pathname } = new URL(address);
    const request = http.get({
      host: "127.0.0.1",
      port,
      path: pathname,
      agent: false,
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"),
      },
    });
    return new Promise((resolve, reject) => {
      request.once("upgrade", (_, socket, head) => resolve(new InspectorClient(socket as Socket, head)));
      request.once("response", ({ statusCode }) => reject(new ToolError(`the inspector answered ${statusCode}`)));
      request.once("error", reject);
    });
  }

  /** Calls a method of the protocol; its error is a `ToolError`. */
  post<Result>(method: string, params: object = {}): Promise<Result> {
    if (this.#failed !== undefined) return Promise.reject(this.#failed);
    const id = this.#next++;
    this.#send(OPCODES.text, Buffer.from(JSON.stringify({ id, method, params })));
    return new Promise<Result>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Calls the listener with each event of this name, until the returned function is called. */
  on(event: string, listener: (params: never) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #receive(data: Buffer): void {
    this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
    for (;;) {
      const frame = readFrame(this.#received);
      if (frame === undefined) return;
      this.#received = this.#received.subarray(frame.end);
      if (frame.opcode === OPCODES.ping) this.#send(OPCODES.pong, frame.payload);
      else if (frame.opcode <= OPCODES.text) {
        this.#fragments.push(frame.payload);
        if (frame.isLast) this.#answer(Buffer.concat(this.#fragments.splice(0)).toString());
      }
    }
  }

  #answer(text: string): void {
    const { id, method, params, result, error } = JSON.parse(text);
    if (id === undefined) {
      for (const listener of this.#listeners.get(method) ?? []) listener(params as never);
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve((result ?? {}) as never);
    else waiting?.reject(new ToolError(error.message));
  }

  #send(opcode: number, payload: Buffer): void {
    const { length } = payload;
    const header = Buffer.alloc(length < 126 ? 2 : length < 65536 ? 4 : 10);
    header[0] = 0x80 | opcode;
    header[1] = 0x80 | (length < 126 ? length : length < 65536 ? 126 : 127);
    if (header.length === 4) header.writeUInt16BE(length, 2);
    else if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
    // A mask of zeros changes nothing, and is one.
    this.#socket.write(Buffer.concat([header, Buffer.alloc(4), payload]));
  }

  #fail(error: ToolError): ToolError {
    this.#failed = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    return error;
  }
}

interface Frame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly payload: Buffer;
  readonly end: number;
}

/** The first frame in these bytes, or undefined where it is not whole yet; servers do not mask theirs. */
function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return undefined;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const end = start + length;
  if (bytes.length < end) return undefined;
  return { opcode: bytes[0]! & 0x0f, isLast: bytes[0]! >= 0x80, payload: bytes.subarray(start, end), end };
}

function getJson(port: number, path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port, path, agent: false, timeout: 5000 }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      answer.once("end", () => {
        try {
          resolve(JSON.parse(text));
        } catch {
          reject(new ToolError(`port ${port} is no inspector`));
        }
      });
    });
    request.once("timeout", () => request.destroy(new ToolError(`the inspector on port ${port} does not answer`)));
    request.once("error", reject);
  });
}
