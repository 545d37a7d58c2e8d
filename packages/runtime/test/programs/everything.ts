// A program that gives every profile something to show, and blocks when it is told to.
import { createHash, pbkdf2Sync } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { isMainThread, Worker } from "node:worker_threads";
import { Mutex, newProfile, setBlockProfileRate, setMutexProfileFraction, withLabels } from "@pprof-ts/runtime";

// Before Node 26, the samples of a function that V8 inlines into Node's timers are credited to those.
setFlagsFromString("--no-turbo-inlining");

// Reachable, or V8 would collect them and the functions that wait for them.
const never = new Promise<void>(() => {});
const nevers = [new Promise<void>(() => {}), Promise.resolve()];

async function fetchOrder(): Promise<void> {
  await never;
}

async function checkout(): Promise<void> {
  await fetchOrder();
}

async function waitForAll(): Promise<void> {
  await Promise.all(nevers);
}

// Without a loop: V8 does not know the code again that it has made for one that runs, once a profile begins.
function workerBusy(depth: number): void {
  if (depth === 0) createHash("sha256").update("x").digest();
  else {
    workerBusy(depth - 1);
    workerBusy(depth - 1);
  }
}

function spin(millis: number): void {
  const end = performance.now() + millis;
  let sum = 0;
  while (performance.now() < end) for (let i = 0; i < 10_000; i++) sum += i;
  if (sum < 0) console.log(sum);
}

const leaked: object[] = [];

function leak(): void {
  for (let i = 0; i < 20_000; i++) leaked.push({ number: i, text: `leaked ${i}`, list: [i, i + 1, i + 2] });
}

const mutex = new Mutex();

async function holdLock(): Promise<void> {
  const release = await mutex.acquire();
  await new Promise((resolve) => setTimeout(resolve, 20));
  release();
}

const files = newProfile("open_files");

function openFile(name: string): void {
  files.add(name);
}

const deeds: Record<string, () => unknown> = {
  leak,
  lock: () => Promise.all([holdLock(), holdLock(), holdLock()]),
  spin: () => spin(20_000),
  hold: () => spin(300),
  hash: () => pbkdf2Sync("a", "b", 1_500_000, 32, "sha512"),
  labels: () => withLabels({ route: "/checkout" }, () => spin(5_000)),
};

if (isMainThread) {
  setMutexProfileFraction(1);
  await setBlockProfileRate(50e6);
  void checkout();
  void waitForAll();
  openFile("a");
  openFile("b");
  files.remove("a");
  new Worker(new URL(import.meta.url), { name: "hasher" });
  process.on("message", async (deed: string) => {
    process.send?.(`begins ${deed}`);
    await deeds[deed]?.();
    process.send?.(`done ${deed}`);
  });
  process.send?.("ready");
} else setInterval(workerBusy, 40, 12);
