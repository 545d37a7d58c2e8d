// Answers of the debug port: no name breaks one, no body is read without a limit, and odd settings are told.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { readProfile } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { oneLine } from "../src/agent/code/one-line.ts";
import { download, redirect, safe } from "../src/http/call.ts";
import { Program, removeFolder, scratchFolder } from "./program.ts";

const folder = scratchFolder();
const file = new URL("programs/names.json", import.meta.url);
const names: string[] = JSON.parse(readFileSync(file, "utf8"));
let program: Program;
let base: string;

beforeAll(async () => {
  program = Program.registered(
    `import { readFileSync } from "node:fs";
     import { newProfile } from "@pprof-ts/runtime";
     const names = JSON.parse(readFileSync(new URL(${JSON.stringify(file.href)}), "utf8"));
     // Functions of the same names add to the profiles.
     for (const name of names) ({ [name]() { newProfile(name).add(name); } })[name]();
     process.on("message", () => {});
     process.send("ready");`,
    { cwd: folder },
  );
  await Promise.all([once(program.child, "message"), program.url()]);
  base = await program.url();
});
afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
});

describe("a name", () => {
  test.for(names.map((name) => [JSON.stringify(name).slice(0, 40), name] as const))(
    "such as %s breaks no answer",
    async ([, name]) => {
      if (name !== Buffer.from(name).toString()) return;
      const url = base + encodeURIComponent(name);
      const response = await fetch(url);
      const disposition = response.headers.get("content-disposition")!;
      expect([response.status, disposition]).toEqual([200, expect.stringMatching(/^attachment; filename="[ -~]*"/)]);
      const profile = await readProfile(new Uint8Array(await response.arrayBuffer()));
      expect([
        profile.sampleTypes[0]?.type,
        [...profile.functions.name].map((row) => profile.strings.get(row)),
      ]).toEqual([name, expect.arrayContaining([name])]);
      const lines = (await (await fetch(`${url}?debug=1`)).text()).split("\n");
      expect(lines[0]).toBe(`${oneLine(name)} profile: total 1`);
      expect(lines[1]).toMatch(/^1 @( 0x[\da-f]+)+$/);
      expect(lines[2]!.split("\t")).toEqual(["#", expect.stringMatching(/^0x/), oneLine(name), expect.any(String)]);
      expect(lines.slice(2).filter((line) => line !== "" && !/^#\t0x[\da-f]+\t/.test(line))).toEqual([]);
      // A function's name by its address.
      const symbol = await (await fetch(`${base}symbol?${lines[2]!.split("\t")[1]}`)).text();
      expect(symbol.split("\n")).toEqual(["num_symbols: 1", expect.stringContaining(oneLine(name)), ""]);
    },
  );

  test("is in the index, whatever it is", async () => {
    const response = await fetch(base);
    const html = await response.text();
    expect([response.status, html.includes("<script>")]).toEqual([200, false]);
    // Who asks with curl has it on a terminal.
    expect(html.replaceAll("\n", "").match(/\p{Cc}/gu)).toBeNull();
    const links = [...html.matchAll(/href="([^"]*)\?debug=1"/g)].map(([, link]) => decodeURIComponent(link!));
    const shown = names.map((name) => Buffer.from(name).toString());
    expect(links).toEqual(expect.arrayContaining(shown));
  });

  test.for([
    ["heap", 'attachment; filename="heap"'],
    ["heap-delta", 'attachment; filename="heap-delta"'],
    ["open files", 'attachment; filename="open files"'],
    ["ö", "attachment; filename=\"_\"; filename*=UTF-8''%C3%B6"],
    ['a"b\\c/d%e', "attachment; filename=\"a_b_c_d_e\"; filename*=UTF-8''a%22b%5Cc%2Fd%25e"],
    ["it's (a) *", 'attachment; filename="it\'s (a) *"'],
    ["ö'(*)", "attachment; filename=\"_'(*)\"; filename*=UTF-8''%C3%B6%27%28%2A%29"],
    ["a\r\nb: c", "attachment; filename=\"a__b: c\"; filename*=UTF-8''a%0D%0Ab%3A%20c"],
    ["\ud800", "attachment; filename=\"_\"; filename*=UTF-8''%EF%BF%BD"],
  ] as const)("of a file, %j", ([name, disposition]) => {
    expect(download(name, new Uint8Array()).headers["content-disposition"]).toBe(disposition);
  });

  test("of any characters leaves headers that can be sent", () => {
    for (let code = 0; code < 0x3000; code++) {
      const name = `a${String.fromCharCode(code)}b`;
      for (const answer of [download(name, new Uint8Array()), redirect(`/${name}`, name)]) {
        for (const value of Object.values(answer.headers)) expect(value).toMatch(/^[ -~]+$/);
      }
    }
    const { headers } = safe({ status: 200, headers: { "x-name": "a\r\nb\u{1f600}" }, body: "" });
    expect(headers["x-name"]).toBe("a__b__");
  });
});

describe("a body", () => {
  const post = async (bytes: number): Promise<[number | undefined, string]> => {
    const asked = request(`${base}symbol`, { method: "POST", agent: false });
    asked.on("error", () => {});
    asked.end(Buffer.alloc(bytes, "+"));
    const [response] = await once(asked, "response");
    let text = "";
    for await (const part of response.setEncoding("utf8")) text += part;
    return [response.statusCode, text];
  };

  test("has 1 MiB at most, and who sends more is told", async () => {
    expect(await post(1 << 20)).toEqual([200, "num_symbols: 1\n"]);
    expect(await post((1 << 20) + 1)).toEqual([413, "Request body larger than 1048576 bytes\n"]);
    expect(await post(50 << 20)).toEqual([413, "Request body larger than 1048576 bytes\n"]);
  });

  test("of a GET is not read", async () => {
    const asked = request(`${base}cmdline`, { method: "GET", agent: false, headers: { "content-length": "9" } });
    asked.flushHeaders();
    const [response] = await once(asked, "response");
    expect(response.statusCode).toBe(200);
    asked.destroy();
  });

  test("that never ends is waited for ten seconds", async () => {
    const { hostname, port } = new URL(base);
    const socket = connect(Number(port), hostname).setEncoding("latin1");
    let text = "";
    socket.on("data", (part) => {
      text += part;
    });
    socket.write("POST /debug/pprof/symbol HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n0x1");
    await once(socket, "close");
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(text).toContain("Request body not complete within 10 s\n");
  });
});

describe("a setting that can be read in two ways", () => {
  test.for([
    [
      "PPROF_ALLOW",
      "10.0.0.0/",
      'invalid address "10.0.0.0/" in allow: must be an IP address or a subnet such as 10.0.0.0/8',
    ],
    [
      "PPROF_ALLOW",
      "10.0.0.0/0x0",
      'invalid address "10.0.0.0/0x0" in allow: must be an IP address or a subnet such as 10.0.0.0/8',
    ],
    ["PPROF_ALLOW", ",", 'invalid PPROF_ALLOW ",": must not be empty'],
    ["PPROF_TOKEN", "", 'invalid PPROF_TOKEN "": must not be empty'],
    [
      "PPROF_TOKEN",
      "s\n",
      "invalid token (PPROF_TOKEN): must be visible ASCII characters, without spaces and newlines",
    ],
    [
      "PPROF_ALLOWED_HOSTS",
      "app:80",
      'invalid host "app:80" in allowedHosts (PPROF_ALLOWED_HOSTS): must be a name such as app.example.com, or .example.com for all below it, without a port',
    ],
    ["PPROF_ADDR", "127.1:0", 'invalid address "127.1:0": must be HOST:PORT, such as localhost:6060'],
  ] as const)("%s=%j serves nobody, and the program goes on", async ([name, value, sentence]) => {
    const code = 'setTimeout(() => console.log("done"), 300)';
    const {
      code: status,
      stdout,
      stderr,
    } = await Program.registered(code, { cwd: folder, env: { [name]: value } }).ended;
    expect([status, stdout, stderr]).toEqual([0, "done\n", `pprof: no profiles are served: ${sentence}\n`]);
  });
});
