// Async functions and generators that wait for everything there is to wait for, on the main thread and in a worker.
import { pbkdf2 } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { open } from "node:fs/promises";
import { createServer, get } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { isMainThread, Worker } from "node:worker_threads";

const HOUR = 3_600_000;

async function sleeps(): Promise<void> {
  await sleep(HOUR);
}

async function waitsForTimer(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, HOUR));
}

async function waitsForClosure(): Promise<void> {
  await new Promise<string>((resolve) => setTimeout(() => resolve("done"), HOUR));
}

async function readsPipe(path: string): Promise<void> {
  const pipe = await open(path, "r+");
  await pipe.read(Buffer.alloc(1));
}

async function waitsForSocket(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "data");
}

async function iteratesSocket(port: number): Promise<void> {
  for await (const _ of connect(port, "127.0.0.1")) break;
}

async function waitsForResponse(port: number): Promise<void> {
  await new Promise((resolve) => get({ port, host: "127.0.0.1" }, resolve));
}

async function fetches(port: number): Promise<void> {
  await fetch(`http://127.0.0.1:${port}`);
}

async function readsBody(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/begun`);
  await response.text();
}

async function waitsForEvent(emitter: EventEmitter): Promise<void> {
  await once(emitter, "event");
}

async function returnsPromise(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, HOUR));
}

async function awaitsReturned(): Promise<void> {
  await returnsPromise();
}

async function hashes(): Promise<void> {
  await promisify(pbkdf2)("a", "b", 2 ** 31 - 1, 32, "sha512");
}

async function waitsForPromise(): Promise<void> {
  await new Promise<void>((resolve) => kept.push(resolve));
}

async function thenChain(): Promise<void> {
  return waitsForPromise()
    .then((x) => x)
    .then((x) => x);
}

async function awaitsChain(): Promise<void> {
  await thenChain();
}

const shared = new Promise<void>(() => {});

async function sharesPromise(): Promise<void> {
  await shared;
}

async function awaitsShared(): Promise<void> {
  await sharesPromise();
}

let loaded: Promise<void> | undefined;

async function loads(): Promise<void> {
  await sleep(HOUR);
}

async function getsLoaded(): Promise<void> {
  loaded ??= loads();
  await loaded;
}

const queue: (() => void)[] = [];

async function turnComes(): Promise<void> {
  return new Promise((resolve) => queue.push(resolve));
}

async function takesTurn(): Promise<void> {
  await turnComes();
}

async function races(): Promise<void> {
  await Promise.race([loads(), sleep(HOUR)]);
}

async function awaitsAll(): Promise<void> {
  await Promise.all([sleeps(), Promise.resolve()]);
}

function* counts(): Generator<number> {
  yield 1;
  yield 2;
}

async function* ticks(): AsyncGenerator<number> {
  yield 1;
  await waitsForPromise();
}

async function consumes(): Promise<void> {
  for await (const _ of ticks());
}

const kept: unknown[] = [];

async function inWorker(): Promise<void> {
  await sleep(HOUR);
}

if (isMainThread) {
  const server = createServer({ headersTimeout: 0, requestTimeout: 0 }, (request, response) => {
    if (request.url === "/begun") response.write("begun");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  void sleeps();
  void waitsForTimer();
  void waitsForClosure();
  if (process.argv[2] !== undefined) void readsPipe(process.argv[2]);
  void waitsForSocket(port);
  void iteratesSocket(port);
  void waitsForResponse(port);
  void fetches(port);
  void readsBody(port);
  const emitter = new EventEmitter();
  kept.push(emitter);
  void waitsForEvent(emitter);
  void awaitsReturned();
  kept.push(shared);
  void awaitsShared();
  void awaitsShared();
  for (let i = 0; i < 3; i++) void getsLoaded();
  for (let i = 0; i < 4; i++) void takesTurn();
  kept.push(queue);
  void races();
  void hashes();
  void awaitsChain();
  void awaitsAll();
  void consumes();
  const counting = counts();
  counting.next();
  const ticking = ticks();
  await ticking.next();
  kept.push(counting, ticking, counts());
  await once(new Worker(new URL(import.meta.url), { name: "sleeper" }), "online");
  process.send?.("ready");
} else void inWorker();
