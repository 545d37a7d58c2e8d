import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { decode, toNumbers } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { traceAnswers } from "../src/worker/trace/trace-answers.ts";
import { output, run } from "./served.ts";

const directory = mkdtempSync(path.join(tmpdir(), "pprof-trace-numbers-"));
const file = path.join(directory, "trace.out");
const all = { part: "", before: "" };

/** What the tool prints of the trace, each row by its columns. */
async function printed(...words: readonly string[]): Promise<Record<string, string>[]> {
  const text = await output("trace", ...words, "-csv", "-nodecount=0", file);
  const [heads = [], ...rows] = text.trim().split("\n").map(csvCells);
  return rows.map((cells) => Object.fromEntries(heads.map((head, i) => [head, cells[i]!])));
}

function csvCells(line: string): string[] {
  return Array.from(line.matchAll(/(?<=^|,)("(?:[^"]|"")*"|[^,]*)/g), ([cell]) =>
    cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell,
  );
}

const example = (name: string): string => fileURLToPath(new URL(`../../../examples/slow/${name}.mjs`, import.meta.url));
const root = path.dirname(example("."));

/** A program of the guide, and what it says first that matches. */
async function started(pattern: RegExp, ...words: string[]): Promise<{ child: ChildProcess; found: string[] }> {
  const env = { ...process.env, PORT: "0", PPROF_ADDR: "127.0.0.1:0" };
  const child = spawn(process.execPath, words, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const found = await new Promise<string[]>((resolve, reject) => {
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (part: string) => {
        text += part;
        const found = Array.from(text.matchAll(pattern), ([one]) => one);
        if (found.length === 2) resolve(found.sort());
      });
    }
    child.once("exit", () => reject(new Error(`it has ended: ${text}`)));
  });
  return { child, found };
}

describe("of a trace of a service under load, the pages have the numbers that the tool prints", () => {
  const answers = traceAnswers(() => {});
  beforeAll(async () => {
    const register = ["--import", "@pprof-ts/runtime/register"];
    const { child, found } = await started(/http:\/\/\S+/g, ...register, example("in-a-row"));
    const profiles = found.find((url) => url.includes("/debug/pprof"))!;
    const server = found.find((url) => url !== profiles)!;
    const load = spawn(process.execPath, [example("load"), "3", `${server}/page/1`], { stdio: "ignore" });
    try {
      await run("trace", `-save=${file}`, "-seconds=2", `${new URL(profiles).origin}/debug/pprof/trace?level=E`);
    } finally {
      load.kill();
      child.kill();
    }
    await answers.openTrace({ name: "trace.out", bytes: new Uint8Array(readFileSync(file)).buffer });
  }, 60_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test("tasks", async () => {
    const tasks = (await answers.units(all)).filter(({ isTask }) => isTask);
    expect(tasks.length).toBeGreaterThan(0);
    const known = tasks.map((group) => ({
      task: group.name,
      count: String(group.count),
      p50_ns: String(group.p50),
      p90_ns: String(group.p90),
      p99_ns: String(group.p99),
      max_ns: String(group.most),
      running_ns: String(group.running),
      syscall_ns: String(group.call),
      ready_ns: String(group.ready),
      waiting_ns: String(group.waiting),
    }));
    const rows = await printed("-tasks");
    expect(rows.map(({ gc_ns: _, slowest: __, ...row }) => row)).toEqual(known);
  });

  test("waits", async () => {
    const waits = await answers.waits(all);
    expect(waits.length).toBeGreaterThan(2);
    const known = waits.map(({ count, nanos, name, what }) => [String(count), String(nanos), name, what]);
    expect((await printed("-waits")).map((row) => Object.values(row))).toEqual(known);
  });

  test("turns", async () => {
    const turns = await answers.turns(all);
    expect(turns.length).toBeGreaterThan(2);
    const known = turns.map(({ from, to, name, delayed }) => [String(from), String(to - from), name, delayed]);
    const rows = await printed("-turns");
    const delayed = (text: string): number =>
      text === "" ? 0 : text.split(", ").reduce((sum, part) => sum + Number.parseInt(part, 10), 0);
    expect(rows.map((row) => [row.at_ns, row.lasted_ns, row.of, delayed(row.delayed!)])).toEqual(known);
  });

  test("awaits in a row", async () => {
    const inARow = await answers.inARow(all);
    expect(inARow.length).toBeGreaterThan(0);
    const known = inARow.map(({ task, function: name, count, nanos, others }) => [
      ...[count, nanos, others].map(String),
      ...[task, name],
    ]);
    expect((await printed("-inarow")).map((row) => Object.values(row).slice(0, 5))).toEqual(known);
  });

  test("one request", async () => {
    const [group] = (await answers.units(all)).filter(({ kind }) => kind === "http");
    const { id, from, to } = group!.slowest[0]!;
    const story = (await answers.story({ id }))!;
    const [row] = (await printed("-tasks")).filter(({ task }) => task === group!.name);
    const told = JSON.parse(await output("trace", `-task=${row!.slowest}`, "-json", file));
    expect([told.id, told.from, told.to]).toEqual([id, from, to]);
    for (const part of ["running", "ready", "call", "waiting", "waits", "parts", "logs"] as const) {
      expect(told[part], part).toEqual(story[part]);
    }
  });

  test("each profile that is offered, of all and of one request", async () => {
    const opened = await answers.openTrace({ name: "trace.out", bytes: new Uint8Array(readFileSync(file)).buffer });
    const [group] = (await answers.units(all)).filter(({ kind }) => kind === "http");
    const goroutine = String(group!.slowest[0]!.id);
    for (const of of opened!.derived) {
      const profile = decode(await answers.derived({ of, part: "", goroutine: "" }));
      const sums = profile.samples.values.map((values) => toNumbers(values).reduce((a, b) => a + b, 0));
      const saved = path.join(directory, `${of}.pb.gz`);
      await run("trace", `-pprof=${of}`, `-output=${saved}`, file);
      const told = decode(gunzipSync(readFileSync(saved)));
      expect(
        told.samples.values.map((values) => toNumbers(values).reduce((a, b) => a + b, 0)),
        of,
      ).toEqual(sums);
      await answers.derived({ of, part: "", goroutine });
    }
  });
});
