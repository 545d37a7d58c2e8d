import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { DERIVED_NAMES, traceFormats } from "@pprof-ts/profile";
import { expect, test } from "vitest";
import { rounds } from "../../../profile/test/trace/rounds.ts";
import { directory, hotBytes, pprof, serve, tool } from "../tool.ts";
import { Agent, reportOf } from "./agent.ts";

const data = fileURLToPath(new URL("../testdata/", import.meta.url));
const [shop, shop2] = ["shop.cpu.pb.gz", "shop.cpu2.pb.gz"].map((name) => readFileSync(path.join(data, name)));
const files = { "shop.pb.gz": shop!, "shop2.pb.gz": shop2!, "hot.pb.gz": hotBytes };

/** What a tool is asked with, and the words of the command line that print the same. */
const SAME: readonly (readonly [tool: string, given: Readonly<Record<string, unknown>>, words: readonly string[]])[] = [
  ["top", { cum: true, nodecount: 7 }, ["-top", "-cum", "-nodecount=7"]],
  [
    "top",
    { focus: "checkout", ignore: "discount", unit: "us" },
    ["-top", "-focus=checkout", "-ignore=discount", "-unit=us"],
  ],
  ["top", { sample_index: "samples", granularity: "lines" }, ["-top", "-sample_index=samples", "-lines"]],
  ["top", { tagfocus: "route=/checkout", hide: "native" }, ["-top", "-tagfocus=route=/checkout", "-hide=native"]],
  [
    "top",
    { relative_percentages: true, focus: "browse", trim: false },
    ["-top", "-relative_percentages", "-focus=browse", "-trim=false"],
  ],
  ["peek", { function: "checkout" }, ["-peek=checkout"]],
  ["list", { function: "browse" }, ["-list=browse"]],
  ["tree", { nodecount: 5, cum: true }, ["-tree", "-nodecount=5", "-cum"]],
  ["traces", { focus: "remember" }, ["-traces", "-focus=remember"]],
  ["tags", {}, ["-tags"]],
];

test("each report is what the command prints", { timeout: 120_000 }, async () => {
  using made = directory(files);
  await using agent = await Agent.start(made.path);
  const profile = await agent.handle("open", { source: "shop.pb.gz" });
  for (const [name, given, words] of SAME) {
    const { text, isError } = await agent.ask(name, { profile, max_tokens: 100_000, ...given });
    const { stdout } = await pprof([...words, "shop.pb.gz"], { cwd: made.path });
    expect(isError).toBe(false);
    expect(stdout).not.toBe("");
    expect(reportOf(text)).toBe(stdout);
    // The command line that an answer names is one that prints it.
    const [, line = ""] = /^\$ pprof (.*)$/m.exec(text)!;
    expect((await pprof(line.replaceAll("'", "").split(" "), { cwd: made.path })).stdout).toBe(stdout);
  }
});

/** The tools that read a trace, and the words of `pprof trace`. */
const TRACED: readonly (readonly [tool: string, given: Readonly<Record<string, unknown>>, words: readonly string[]])[] =
  [
    ["trace_summary", {}, []],
    ["tasks", {}, ["-tasks"]],
    ["waits", { nodecount: 2 }, ["-waits", "-nodecount=2"]],
    ["turns", { nodecount: 3 }, ["-turns", "-nodecount=3"]],
    ["in_a_row", {}, ["-inarow"]],
    ["regions", {}, ["-regions"]],
    ["task", { task: 101 }, ["-task=101"]],
  ];

test("each view of a trace, and each report on a profile made of it, is what the command prints", async () => {
  using made = directory({ "trace.out": traceFormats[0]!.write(rounds(25)) });
  await using agent = await Agent.start(made.path);
  const trace = await agent.handle("open", { source: "trace.out" });
  expect(trace).toBe("trace-1");
  for (const [name, given, words] of TRACED) {
    const { text } = await agent.ask(name, { trace, max_tokens: 20_000, ...given });
    const { stdout, status } = await pprof(["trace", ...words, "trace.out"], { cwd: made.path });
    expect([status, reportOf(text)]).toEqual([0, stdout]);
  }
  const profile = await agent.handle("trace_profile", { trace, name: "await" });
  for (const [name, given, words] of [
    ["top", { cum: true }, ["-top", "-cum"]],
    ["traces", { focus: "query" }, ["-traces", "-focus=query"]],
  ] as const) {
    const { text } = await agent.ask(name, { profile, ...given });
    const { stdout } = await pprof(["trace", "-pprof=await", ...words, "trace.out"], { cwd: made.path });
    expect(stdout).toContain("query");
    expect(reportOf(text)).toBe(stdout);
  }
  const compared = await agent.ask("diff", { old: profile, new: profile });
  expect(compared).toEqual({
    isError: true,
    text: expect.stringMatching(/^profile-1 is made of a trace, .* open that$/),
  });
  const unknown = await agent.ask("task", { trace, task: 7 });
  expect(unknown).toEqual({ isError: true, text: expect.stringContaining("there is no task 7 in the trace") });
});

const onLinux = process.platform === "linux" ? test : test.skip;

onLinux("processes are listed with their sources, without the secrets of their command lines", async () => {
  using made = directory({ "waits.mjs": 'console.log("ready"); setInterval(() => {}, 1000);' });
  await using agent = await Agent.start(made.path);
  const words = [
    "waits.mjs",
    "--token=hush-1",
    "--api-key",
    "hush-2",
    "http://me:hush-3@host/?sig=hush-4",
    "--port=80",
  ];
  const child = spawn(process.execPath, words, { cwd: made.path });
  try {
    await once(child.stdout, "data");
    const { text } = await agent.ask("list_processes", { max_tokens: 100_000 });
    const line = text.split("\n").find((row) => row.trim().startsWith(`${child.pid} `));
    expect(line).toMatch(
      new RegExp(`pid:${child.pid} .* waits.mjs --token=xxxxx --api-key xxxxx http://host/\\?sig=xxxxx --port=80$`),
    );
  } finally {
    child.kill();
  }
});

test("two profiles are compared as the command does", async () => {
  using made = directory(files);
  await using agent = await Agent.start(made.path);
  const [old, fresh] = [
    await agent.handle("open", { source: "shop.pb.gz" }),
    await agent.handle("open", { source: "shop2.pb.gz" }),
  ];
  const sides = [path.join(made.path, "shop.pb.gz"), path.join(made.path, "shop2.pb.gz")];
  const compared = await agent.ask("diff", { old, new: fresh, focus: "distance" });
  expect(reportOf(compared.text)).toBe((await pprof(["diff", "-focus=distance", ...sides])).stdout);
  const repeated = await agent.ask("diff", { old: [old, fresh], new: [fresh, old], max_tokens: 20_000 });
  expect(reportOf(repeated.text)).toBe((await pprof(["diff", ...sides, "--", sides[1]!, sides[0]!])).stdout);
  const top = await agent.ask("top", { profile: fresh, diff_base: old });
  expect(reportOf(top.text)).toBe((await pprof(["-top", `-diff_base=${sides[0]}`, sides[1]!])).stdout);
});

test("what is opened keeps its handle, says its types of values and whether it is as it was", async () => {
  using made = directory(files);
  await using agent = await Agent.start(made.path);
  const first = await agent.ask("open", { source: "shop.pb.gz" });
  expect(first.text).toMatch(/^sample_index may be samples \(count\), cpu \(nanoseconds\)\nprofile-1: /);
  expect(await agent.handle("open", { source: ["shop2.pb.gz"] })).toBe("profile-2");
  expect(await agent.handle("open", { source: "./shop.pb.gz" })).toBe("profile-1");
  expect(await agent.handle("open", { source: ["shop.pb.gz", "shop2.pb.gz"] })).toBe("profile-3");
  const merged = await agent.ask("top", { profile: "profile-3" });
  expect(reportOf(merged.text)).toBe((await pprof(["-top", "shop.pb.gz", "shop2.pb.gz"], { cwd: made.path })).stdout);
  writeFileSync(path.join(made.path, "shop.pb.gz"), hotBytes);
  expect((await agent.ask("top", { profile: "profile-1" })).text).toContain("CHANGED since it was opened");
  expect(await agent.handle("open", { source: "shop.pb.gz" })).toBe("profile-4");
});

test("an answer is no longer than its budget, says loudly what is missing, and is read on to the end", async () => {
  using made = directory(files);
  await using agent = await Agent.start(made.path);
  const profile = await agent.handle("open", { source: "shop.pb.gz" });
  const { stdout } = await pprof(["-traces", "shop.pb.gz"], { cwd: made.path });
  const max_tokens = 2000;
  let read = "";
  for (let from: number | undefined = 1; from !== undefined; ) {
    const { text } = await agent.ask("traces", { profile, max_tokens, from_line: from });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(3 * max_tokens);
    expect(text).toMatch(/^CUT: lines \d+ to \d+ of \d+ are here/m);
    read += reportOf(text);
    const next: string | undefined = /from_line=(\d+)/.exec(text)?.[1];
    from = next === undefined ? undefined : Number(next);
  }
  expect(read).toBe(stdout);
});

test("what is recorded is saved and opened, and no answer has a password", async () => {
  using made = directory(files);
  await using program = await serve((request, response) => {
    if (request.headers.authorization === undefined) response.writeHead(401).end();
    else response.end(request.url!.startsWith("/debug/pprof/heap") ? hotBytes : "no profile");
  });
  await using agent = await Agent.start(made.path);
  const address = `http://me:hush-hush@127.0.0.1:${program.port}`;
  const recorded = await agent.ask("record", { source: address, kind: "heap" });
  expect(recorded.text).toMatch(/^profile-1: .*pprof\.app\.js\.samples\.cpu\.001\.pb\.gz$/m);
  expect(recorded.text).toContain("hash");
  const refused = await agent.ask("record", { source: address, kind: "cpu", seconds: 1 });
  expect(refused.isError).toBe(true);
  const denied = await agent.ask("open", { source: `http://other:hush-hush@127.0.0.1:1/debug/pprof/heap` });
  const odd = await agent.ask("record", { source: "ftp://me:hush-hush@host/", kind: "heap" });
  expect([denied.isError, odd.isError]).toEqual([true, true]);
  for (const { text } of [recorded, refused, denied, odd]) expect(text).not.toContain("hush-hush");
  const { resources } = await agent.client.listResources();
  expect(resources.map(({ uri }) => uri)).toEqual([
    "pprof://opened/profile-1",
    expect.stringMatching(/^pprof:\/\/saved\/pprof\.app/),
  ]);
});

test("while it records, an agent that asks for it is told each second that it does", async () => {
  using made = directory({});
  let told = (): void => {};
  const isTold = new Promise<void>((resolve) => {
    told = resolve;
  });
  // Without a word of progress there is no answer.
  await using program = await serve((_, response) => void isTold.then(() => response.end(hotBytes)));
  await using agent = await Agent.start(made.path);
  const source = `127.0.0.1:${program.port}`;
  const given = { name: "record", arguments: { source, kind: "cpu", seconds: 30 } };
  const { content } = await agent.client.callTool(given, undefined, { onprogress: told });
  expect(JSON.stringify(content)).toContain("profile-1");
});

test("what the tools are for takes no more than an agent can spare, and other commands load none of it", async () => {
  using made = directory({});
  await using agent = await Agent.start(made.path);
  const { tools } = await agent.client.listTools();
  expect(JSON.stringify(tools).length).toBeLessThan(30_000);
  for (const { description, inputSchema } of tools) {
    expect(description).toMatch(/\w/);
    for (const property of Object.values(inputSchema.properties ?? {})) expect(property).toHaveProperty("description");
  }
  const core = readFileSync(path.join(path.dirname(tool), "..", "dist", "bundle", "core.cjs"), "utf8");
  expect(core).not.toContain("modelcontextprotocol");
});

test("resources are profiles as -md prints them", async () => {
  using made = directory({ ...files, "pprof.saved.001.pb.gz": shop! });
  await using agent = await Agent.start(made.path);
  await agent.handle("open", { source: "shop.pb.gz" });
  const { stdout } = await pprof(["-md", "shop.pb.gz"], { cwd: made.path });
  const { resources } = await agent.client.listResources();
  expect(resources.map(({ name }) => name)).toContain("profile-1");
  for (const uri of ["pprof://opened/profile-1", "pprof://saved/pprof.saved.001.pb.gz"]) {
    const { contents } = await agent.client.readResource({ uri });
    expect(contents).toEqual([{ uri, mimeType: "text/markdown", text: stdout }]);
  }
  for (const uri of ["pprof://saved/..%2F..%2Fetc%2Fpasswd", "pprof://opened/profile-9", "file:///etc/passwd"]) {
    await expect(agent.client.readResource({ uri })).rejects.toThrow(/unknown/);
  }
});

test("the prompt names the source, the symptom and tools that there are", async () => {
  using made = directory({});
  await using agent = await Agent.start(made.path);
  const { prompts } = await agent.client.listPrompts();
  expect(prompts.map(({ name }) => name)).toEqual(["why-is-it-slow"]);
  const prompt = { name: "why-is-it-slow", arguments: { source: "localhost:6060", symptom: "GET /order" } };
  const { messages } = await agent.client.getPrompt(prompt);
  const text = JSON.stringify(messages);
  expect(text).toContain("localhost:6060");
  expect(text).toContain("GET /order");
  const { tools } = await agent.client.listTools();
  for (const { name } of tools.filter(({ name }) =>
    /tasks|waits|turns|in_a_row|trace_profile|peek|list$|diff/.test(name),
  )) {
    expect(text).toContain(name);
  }
  const derived = tools.find(({ name }) => name === "trace_profile")!.inputSchema.properties as {
    name: { enum: string[] };
  };
  expect(derived.name.enum).toEqual(DERIVED_NAMES);
});

test("over HTTP the answers are the same, to this machine's programs alone", async () => {
  using made = directory(files);
  const child = spawn(process.execPath, [tool, "mcp", "-http=localhost:"], { cwd: made.path });
  try {
    const [line] = (await once(child.stderr.setEncoding("utf8"), "data")) as [string];
    const url = /^Serving agents on (http:\S+)\n$/.exec(line)![1]!;
    const client = new Client({ name: "test", version: "1" });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)) as Transport);
    const opened = await client.callTool({ name: "open", arguments: { source: "shop.pb.gz" } });
    expect(JSON.stringify(opened)).toContain("profile-1");
    const { content } = await client.callTool({ name: "tags", arguments: { profile: "profile-1" } });
    const [{ text }] = content as [{ text: string }];
    expect(reportOf(text)).toBe((await pprof(["-tags", "shop.pb.gz"], { cwd: made.path })).stdout);
    await client.close();
    const ask = (headers: Readonly<Record<string, string>>, method = "POST"): Promise<number> =>
      new Promise((resolve, reject) => {
        const { port, hostname } = new URL(url);
        const asked = request({ port, host: hostname, path: "/mcp", method, headers }, (response) => {
          response.resume().on("end", () => resolve(response.statusCode!));
        });
        asked.on("error", reject).end(method === "POST" ? '{"jsonrpc":"2.0","id":1,"method":"ping"}' : undefined);
      });
    const usual = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    expect(await ask(usual)).toBe(200);
    expect(await ask({ ...usual, host: "evil.example" })).toBe(403);
    expect(await ask({ ...usual, origin: "http://evil.example" })).toBe(403);
    expect(await ask({ ...usual, origin: "null" })).toBe(403);
    expect(await ask({}, "GET")).toBe(405);
  } finally {
    child.kill();
  }
});

test.for([
  [["-h"], 0, /^usage: pprof mcp \[FLAGS\]\n/],
  [["word"], 2, /^mcp takes no words: word\nusage: /],
  [["-htpp=:1"], 2, /^flag provided but not defined: -htpp\nusage: /],
  [["-http=0.0.0.0:8080"], 2, /^pprof: invalid -http "0.0.0.0:8080": agents of this machine alone are served/],
  [["-http=8080"], 2, /^pprof: could not split http address/],
] as const)("mcp %j", async ([words, status, said]) => {
  const result = await pprof(["mcp", ...words]);
  expect([result.status, result.stdout]).toEqual([status, ""]);
  expect(result.stderr).toMatch(said);
});
