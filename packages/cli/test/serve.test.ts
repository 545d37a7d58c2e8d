import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { ProfileBuilder, readProfile } from "@pprof-ts/profile";
import { defaultOptions } from "@pprof-ts/report";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { splitAddress } from "../src/pages/listen.ts";
import { type PageServer, serve } from "../src/pages/server.ts";
import { BAD_QUERIES, OWN_BAD_QUERIES } from "./bad-queries.ts";

const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }] });
const fn = builder.function({ name: "main", filename: "/src/main.ts" });
builder.sample([builder.location({ lines: [{ function: fn, line: 3 }] })], [7]);

const heap = new ProfileBuilder({ sampleTypes: [{ type: "inuse_space", unit: "bytes" }] });
heap.sample([heap.location({ lines: [{ function: heap.function({ name: "alloc" }), line: 1 }] })], [4096]);

interface Answered {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

describe("the server of the pages", () => {
  const directory = mkdtempSync(path.join(tmpdir(), "pprof-serve-"));
  const settings = path.join(directory, "pprof", "settings.json");
  let server: PageServer;
  beforeAll(async () => {
    server = await serve("localhost:", {
      profile: builder.build(),
      options: { ...defaultOptions, trim_path: "/src" },
      readSource: (file) => `the text of ${file}`,
      disassemble: async (_, { sample_index }, pattern) => [
        {
          names: [`${pattern} ${sample_index}`],
          flat: 1,
          cum: 2,
          instructions: [{ address: 2n ** 63n, text: "ret", function: "", file: "", line: 0, flat: 1, cum: 2 }],
        },
      ],
      settings,
      record: async () => heap.build(),
    });
  });
  afterAll(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  const ask = (target: string, method = "GET", headers: Record<string, string> = {}): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const sent = request(new URL(target, server.url), { method, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part) => parts.push(part));
        response.on("end", () =>
          resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }),
        );
      });
      sent.on("error", reject);
      sent.end();
    });

  test("sources are those that a profile names, as they are or as a page shows them", async () => {
    for (const asked of ["/src/main.ts", "main.ts", "/main.ts"]) {
      const { status, body } = await ask(`/ui/file?path=${encodeURIComponent(asked)}`);
      expect([asked, status, String(body)]).toEqual([asked, 200, "the text of /src/main.ts"]);
    }
    for (const asked of ["", "/", "/src/../src/main.ts", "/etc/passwd", "src/main.ts"]) {
      expect((await ask(`/ui/file?path=${encodeURIComponent(asked)}`)).status).toBe(404);
    }
  });

  test("assembly is asked for by a pattern and the options of the address", async () => {
    const { status, body } = await ask("/ui/disassembly?f=ma.n&si=cpu");
    expect(status).toBe(200);
    expect(JSON.parse(String(body))).toMatchObject([
      { names: ["ma.n cpu"], instructions: [{ address: "8000000000000000" }] },
    ]);
    expect((await ask("/ui/disassembly?si=none")).status).toBe(400);
    expect((await ask("/ui/disassembly?recording=7")).status).toBe(404);
  });

  test.each([
    ["/", 307, "/ui"],
    ["/?f=a%7Cb", 307, "/ui?f=a%7Cb"],
    ["/top", 307, "/ui"],
    ["/download", 307, "/ui"],
    ["/etc/passwd", 307, "/ui"],
    ["/ui", 307, "/ui/"],
    ["/ui/?si=cpu", 301, "flamegraph?si=cpu"],
    ["/ui/flamegraph2?f=x", 301, "flamegraph?f=x"],
    ["/ui/flamegraphold", 301, "flamegraph"],
  ])("%s goes on as in the reference tool", async (target, status, location) => {
    const answer = await ask(target);
    expect(answer.status).toBe(status);
    expect(answer.headers.location).toBe(location);
  });

  test.each(["flamegraph", "top", "graph", "peek?f=main", "source?f=main", "disasm"])(
    "/ui/%s is a page",
    async (target) => {
      const answer = await ask(target);
      expect(answer.status).toBe(200);
      expect(answer.headers["content-security-policy"]).toContain("script-src 'self' 'wasm-unsafe-eval';");
      const scripts = [...answer.body.toString().matchAll(/<script[^>]*src="([^"]+)"[^>]*>([^<]*)/g)];
      expect(scripts).toHaveLength(1);
      expect(scripts[0]![2]).toBe("");
      expect((await ask(scripts[0]![1]!)).status).toBe(200);
    },
  );

  test("a recording has an address, and what is asked of it is asked of its own types", async () => {
    expect(JSON.parse(String((await ask("/ui/record?kind=heap", "POST")).body))).toMatchObject({ number: 1 });
    expect((await ask("/ui/top?recording=1&si=inuse_space&base=0")).status).toBe(200);
    expect(String((await ask("/ui/top?recording=1&si=cpu")).body)).toContain("must be one of: [inuse_space]");
    expect((await ask("/ui/top?si=cpu")).status).toBe(200);
    expect((await ask("/ui/top?recording=2")).status).toBe(404);
    expect(String((await ask("/ui/top?base=x")).body)).toBe('invalid base "x": must be the number of a recording\n');
    const { body } = await ask("/ui/download?recording=1");
    expect((await readProfile(body)).sampleTypes[0]!.type).toBe("inuse_space");
  });

  // As `go tool pprof -http` of Go 1.26 answers; serve-parity.test.ts asks it where it is installed.
  test.each(BAD_QUERIES)("refuses %s in the reference tool's words", async (target, message) => {
    const answer = await ask(target);
    expect([answer.status, answer.body.toString()]).toEqual([400, `${message}\n`]);
  });

  test.each(OWN_BAD_QUERIES)("refuses %s, which only our pages know", async (target, message) => {
    const answer = await ask(target);
    expect([answer.status, answer.body.toString()]).toEqual([400, `${message}\n`]);
  });

  test.each([
    "z=1@0",
    "z=-2@3.5",
    "z=3@1.5e%2B21",
    "z=7",
    "inv=1&as=table",
    "own=1&fold=%5Enode%24&by=package&recursion=1&dim=1&c=kind",
  ])("knows %s, as a page writes it", async (query) => {
    expect((await ask(`flamegraph?${query}`)).status).toBe(200);
  });

  test("gives the profile, and as a file", async () => {
    const file = await ask("download");
    expect(file.headers["content-disposition"]).toBe('attachment; filename="profile.pb.gz"');
    for (const bytes of [(await ask("profile")).body, file.body]) {
      expect((await readProfile(bytes)).samples.values[0]![0]).toBe(7n);
    }
  });

  test("gives sources that the profile names, and no other file", async () => {
    expect((await ask("file?path=/src/main.ts")).body.toString()).toBe("the text of /src/main.ts");
    for (const other of ["/etc/passwd", "/src/../src/main.ts", "", "main"]) {
      expect((await ask(`file?path=${encodeURIComponent(other)}`)).status).toBe(404);
    }
    expect((await ask("/ui/..%2fpackage.json")).status).toBe(404);
  });

  test("answers by its own name alone, so that no other site's name can be pointed at it", async () => {
    const port = new URL(server.url).port;
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      expect((await ask("profile", "GET", { host })).status).toBe(200);
    }
    for (const host of [`evil.example:${port}`, `localhost.evil.example:${port}`, `10.0.0.1:${port}`]) {
      expect((await ask("profile", "GET", { host })).status).toBe(403);
    }
  });

  test("saves and deletes configurations in the reference tool's file, for its own pages alone", async () => {
    const origin = new URL(server.url).origin;
    expect((await ask("saveconfig?config=a", "POST", { origin: "http://evil.example" })).status).toBe(403);
    for (const site of ["cross-site", "same-site"]) {
      expect((await ask("profile", "GET", { "sec-fetch-site": site, "sec-fetch-mode": "no-cors" })).status).toBe(403);
      expect((await ask("", "GET", { "sec-fetch-site": site, "sec-fetch-mode": "navigate" })).status).not.toBe(403);
    }
    expect((await ask("profile", "GET", { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" })).status).toBe(
      200,
    );
    expect((await ask("saveconfig?config=a", "GET")).status).toBe(405);
    expect((await ask("saveconfig?config=", "POST", { origin })).body.toString()).toBe("invalid config name\n");
    expect((await ask("saveconfig?config=mine&f=main&n=5&trim=f", "POST", { origin })).status).toBe(200);
    // Zero values are left out, as Go leaves them out.
    expect(JSON.parse(readFileSync(settings, "utf8"))).toEqual({
      configs: [
        {
          name: "mine",
          unit: "minimum",
          sort: "flat",
          nodecount: 5,
          nodefraction: 0.005,
          edgefraction: 0.001,
          focus: "main",
        },
      ],
    });
    const { configs } = JSON.parse((await ask("settings")).body.toString());
    expect(configs).toHaveLength(1);
    expect(configs[0].query).toMatchObject({ f: "main", n: "5", trim: "false", s: "" });
    expect((await ask("deleteconfig?config=other", "DELETE", { origin })).body.toString()).toBe(
      "config other not found\n",
    );
    expect((await ask("deleteconfig?config=mine", "DELETE", { origin })).status).toBe(200);
    expect(JSON.parse((await ask("settings")).body.toString())).toMatchObject({ configs: [] });
    writeFileSync(settings, "{");
    expect((await ask("settings")).body.toString()).toMatch(/^could not parse settings: /);
  });

  test("a port that is taken is said to be", async () => {
    const { port } = new URL(server.url);
    const taken = serve(`localhost:${port}`, {
      profile: builder.build(),
      options: { ...defaultOptions, trim_path: "/src" },
      readSource: () => undefined,
      disassemble: async () => [],
      settings,
    });
    await expect(taken).rejects.toThrow(`listen tcp localhost:${port}: bind: address already in use`);
  });
});

describe("behind other names and a reverse proxy", () => {
  const served = {
    profile: builder.build(),
    options: defaultOptions,
    readSource: () => undefined,
    disassemble: async () => [],
    settings: undefined,
  };
  const asked = async (
    reached: Parameters<typeof serve>[2],
    target: string,
    headers: Record<string, string> = {},
    method = "GET",
  ): Promise<{ status: number | undefined; location: string | undefined; body: string }> => {
    const server = await serve("localhost:", served, reached);
    try {
      return await new Promise((resolve, reject) => {
        const url = new URL(server.url);
        const sent = request({ host: url.hostname, port: url.port, path: target, method, headers }, (response) => {
          let body = "";
          response.on("data", (part) => {
            body += part;
          });
          response.on("end", () => resolve({ status: response.statusCode, location: response.headers.location, body }));
        });
        sent.on("error", reject).end();
      });
    } finally {
      await server.close();
    }
  };

  test("names are those of -http_host, and what is refused says so", async () => {
    const reached = { names: ["profiles.example.com"], prefix: "" };
    for (const host of ["profiles.example.com", "Profiles.Example.com:8443", "localhost:1"]) {
      expect((await asked(reached, "/ui/flamegraph", { host })).status, host).toBe(200);
    }
    for (const host of ["example.com", "evil.example.com"]) {
      const { status, body } = await asked(reached, "/ui/flamegraph", { host });
      expect([status, body]).toEqual([403, expect.stringContaining("-http_host=NAME allows one")]);
    }
    const post = (origin: string) =>
      asked(reached, "/ui/record?kind=heap", { host: "profiles.example.com", origin }, "POST");
    // A proxy in front may speak TLS.
    expect((await post("https://profiles.example.com")).status).not.toBe(403);
    expect((await post("https://evil.example.com")).status).toBe(403);
  });

  test.each([
    ["/pprof", "/", "/pprof/ui"],
    ["/pprof/", "/pprof", "/pprof/ui"],
    ["pprof", "/pprof/ui?f=x", "/pprof/ui/?f=x"],
    ["/pprof", "/pprof/top", "/pprof/ui"],
    ["/pprof", "/pprofile", "/pprof/ui"],
    ["/a/b", "/a/b/ui/", "flamegraph"],
  ])("with the prefix %j, %s leads to %s", async (prefix, target, location) => {
    expect((await asked({ names: [], prefix }, target)).location).toBe(location);
    const page = `${prefix.replace(/^\/?|\/$/g, "/")}/ui/flamegraph`.replace("//", "/");
    expect((await asked({ names: [], prefix }, page)).status, page).toBe(200);
  });

  test("X-Forwarded-Prefix counts where it is asked for, and leads to no other server", async () => {
    const forwarded = { "x-forwarded-prefix": "/tools/pprof/" };
    expect((await asked({ names: [], prefix: "" }, "/", forwarded)).location).toBe("/ui");
    const believed = { names: [], prefix: "X-Forwarded-Prefix" };
    expect((await asked(believed, "/", forwarded)).location).toBe("/tools/pprof/ui");
    for (const said of ["//evil.example.com", "https://evil", "/a b", "/a//b"]) {
      expect((await asked(believed, "/", { "x-forwarded-prefix": said })).location).toBe("/ui");
    }
    await expect(serve("localhost:", served, { names: [], prefix: "//x" })).rejects.toThrow(
      'invalid -http_prefix "//x": must be a path',
    );
  });
});

test.each([
  [":8080", { host: "localhost", port: 8080 }],
  ["localhost:", { host: "localhost", port: 0 }],
  ["0.0.0.0:1", { host: "0.0.0.0", port: 1 }],
  ["[::1]:80", { host: "::1", port: 80 }],
])("%s is an address", (address, parts) => {
  expect(splitAddress(address)).toEqual(parts);
});

test("an address without a port is none", () => {
  expect(() => splitAddress("8080")).toThrow("could not split http address: address 8080: missing port in address");
});
