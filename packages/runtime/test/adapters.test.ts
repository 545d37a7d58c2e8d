import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { readProfile } from "@pprof-ts/profile";
import { pprof as forFastify } from "@pprof-ts/runtime/fastify";
import { pprof as forHono } from "@pprof-ts/runtime/hono";
import type { FastifyPluginAsync } from "fastify";
import type { MiddlewareHandler } from "hono";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Program, removeFolder, scratchFolder } from "./program.ts";

const folder = fileURLToPath(new URL("programs", import.meta.url));
const names: string[] = JSON.parse(readFileSync(path.join(folder, "names.json"), "utf8"));
const frameworks = ["http", "express 5", "express 4", "fastify 5", "koa 3", "hono 4", "fetch"];
/** A `Request` of the web's kind knows nothing of the server's timeout. */
const knowsTimeout = (framework: string): boolean => framework !== "fetch";

describe.for(frameworks)("%s", (framework) => {
  let program: Program;
  let origin: string;

  beforeAll(async () => {
    program = new Program([path.join(folder, "mounted.mjs"), framework], { cwd: folder });
    origin = (await program.saw(/listening on (\S+)/))[1]!;
  });
  afterAll(() => program?.stop());

  const get = (url: string, init?: RequestInit): Promise<Response> => fetch(origin + url, init);

  test.for(["/debug/pprof/", "/model/dev/pprof/"])("serves everything below %s", async (prefix) => {
    const index = await get(prefix);
    expect([index.status, index.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await index.text()).toContain("threadcreate");
    const heap = await get(`${prefix}heap`);
    expect(heap.headers.get("content-disposition")).toBe('attachment; filename="heap"');
    expect(heap.headers.get("content-type")).toBe("application/octet-stream");
    const profile = await readProfile(new Uint8Array(await heap.arrayBuffer()));
    expect(profile.sampleTypes[0]?.type).toBe("inuse_objects");
    const text = await get(`${prefix}goroutine?debug=1`);
    expect(text.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await text.text()).toMatch(/^goroutine profile: total \d+\n/);
    const unknown = await get(`${prefix}nothing`);
    expect([unknown.status, unknown.headers.get("x-go-pprof")]).toEqual([404, "1"]);
    expect(await unknown.text()).toBe("Unknown profile\n");
  });

  test("leads from the prefix without its slash to the index page", async () => {
    for (const prefix of ["/debug/pprof", "/model/dev/pprof"]) {
      const response = await get(prefix);
      expect([response.status, new URL(response.url).pathname]).toEqual([200, `${prefix}/`]);
      expect(await response.text()).toContain("threadcreate");
    }
  });

  test("leaves other paths to the program", async () => {
    expect(await (await get("/own")).text()).toBe("own");
    expect((await get("/debug/other")).status).toBe(404);
  });

  test("takes addresses of a POST, and answers HEAD", async () => {
    const posted = await get("/debug/pprof/symbol", { method: "POST", body: "0x1+0x2" });
    expect([posted.status, await posted.text()]).toEqual([200, "num_symbols: 1\n"]);
    const head = await get("/debug/pprof/cmdline", { method: "HEAD" });
    expect([head.status, head.headers.get("content-type"), await head.text()]).toEqual([
      200,
      "text/plain; charset=utf-8",
      "",
    ]);
  });

  test("asks for the token where there is one", async () => {
    expect((await get("/guarded/heap")).status).toBe(401);
    expect((await get("/guarded/heap", { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
    const response = await get("/guarded/cmdline", { headers: { authorization: "Bearer secret" } });
    expect([response.status, (await response.text()).includes("mounted.mjs")]).toEqual([200, true]);
  });

  test.for(names.map((name) => [JSON.stringify(name).slice(0, 40), name] as const))(
    "answers for a profile called %s",
    async ([, name]) => {
      // A half of a character cannot be asked for.
      if (name !== Buffer.from(name).toString()) return;
      for (const prefix of ["/debug/pprof/", "/model/dev/pprof/"]) {
        const response = await get(prefix + encodeURIComponent(name));
        expect(response.status).toBe(200);
        const disposition = response.headers.get("content-disposition")!;
        const [, plain, extended] = /^attachment; filename="([ -~]*)"(?:; filename\*=UTF-8''(\S+))?$/.exec(
          disposition,
        )!;
        expect(plain).not.toMatch(/["\\%/]/);
        expect(extended === undefined ? plain : decodeURIComponent(extended)).toBe(name.slice(0, 150));
        expect((await readProfile(new Uint8Array(await response.arrayBuffer()))).sampleTypes[0]?.type).toBe(name);
        const text = await get(`${prefix}${encodeURIComponent(name)}?debug=1`);
        expect(await text.text()).toMatch(/^[^\p{Cc}\u2028]+ profile: total 1\n1 @/u);
      }
    },
  );

  test("lists profiles of any name", async () => {
    const index = await get("/debug/pprof/");
    const html = await index.text();
    expect(index.status).toBe(200);
    expect(html.match(/<td>1<\/td>/g)?.length).toBeGreaterThanOrEqual(names.length);
    expect(html).not.toContain("<script>");
    for (const header of ["x-frame-options", "content-security-policy", "cross-origin-resource-policy"]) {
      expect(index.headers.get(header)).not.toBeNull();
    }
    const list = await (await get("/debug/pprof/", { headers: { accept: "application/json" } })).text();
    const listed = JSON.parse(list).profiles.map(({ name }: { readonly name: string }) => name);
    expect(listed).toEqual(expect.arrayContaining(names));
  });

  test("refuses what a page of another site has a browser send, and takes any host", async () => {
    const site = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    const status = async (url: string, headers: Record<string, string>): Promise<number | undefined> => {
      const [response] = await once(request(origin + url, { headers }).end(), "response");
      response.resume();
      return response.statusCode;
    };
    expect(await status("/debug/pprof/heap", site)).toBe(403);
    expect(await status("/debug/pprof/", site)).toBe(200);
    expect(await status("/debug/pprof/", { ...site, "sec-fetch-dest": "iframe" })).toBe(403);
    expect(await status("/debug/pprof/cmdline", { origin: "http://evil.example" })).toBe(403);
    expect(await status("/debug/pprof/cmdline", { host: "shop.example", origin: "https://shop.example" })).toBe(200);
    expect(await status("/hosts/cmdline", { host: "shop.example" })).toBe(200);
    expect(await status("/hosts/cmdline", { host: "evil.example" })).toBe(403);
  });

  /** Sends so many bytes to `symbol`, in chunks, and resolves with the answer. */
  async function post(
    bytes: number,
    headers: Record<string, string> = {},
    prefix = "debug/pprof",
  ): Promise<number | undefined> {
    const part = Buffer.alloc(1 << 16, "+");
    const asked = request(`${origin}/${prefix}/symbol`, { method: "POST", headers });
    // The server need not listen to the end.
    asked.on("error", () => {});
    const body = Readable.from(
      (function* () {
        for (let sent = 0; sent < bytes; sent += part.length)
          yield part.subarray(0, Math.min(part.length, bytes - sent));
      })(),
    );
    body.pipe(asked);
    const [response] = await once(asked, "response");
    response.resume();
    await once(response, "end");
    asked.destroy();
    return response.statusCode;
  }

  test.for(["text/plain", "application/json", "application/octet-stream", "application/x-www-form-urlencoded"])(
    "takes a body of 1 MiB of %s and no byte more",
    async (type) => {
      expect(await post(1 << 20, { "content-type": type })).toBe(200);
      expect(await post((1 << 20) + 1, { "content-type": type })).toBe(413);
      const length = String((1 << 20) + 1);
      expect(await post((1 << 20) + 1, { "content-type": type, "content-length": length })).toBe(413);
    },
  );

  test.for(["text/plain", "application/octet-stream", "application/x-www-form-urlencoded"])(
    "takes as much of %s behind parsers of bodies",
    async (type) => {
      for (const over of [0, 1]) {
        const bytes = (1 << 20) + over;
        const headers = { "content-type": type };
        expect(await post(bytes, headers, "parsed")).toBe(over === 0 ? 200 : 413);
        expect(await post(bytes, { ...headers, "content-length": `${bytes}` }, "parsed")).toBe(over === 0 ? 200 : 413);
      }
    },
  );

  const objects = {
    "application/json": (value: string) => JSON.stringify({ name: [{ value }] }),
    "application/x-www-form-urlencoded": (value: string) => `a=1&b=${value}&b=${value}`,
  };

  test.for(Object.entries(objects))("and of %s, of which they leave an object", async ([type, text]) => {
    for (const [length, status] of [
      [1 << 10, 200],
      [1 << 20, 413],
    ] as const) {
      const body = text("x".repeat(length));
      for (const chunked of [false, true]) {
        const asked: RequestInit & { duplex?: "half" } = { method: "POST", headers: { "content-type": type } };
        const sent = chunked ? { body: new Blob([body]).stream(), duplex: "half" as const } : { body };
        expect((await get("/parsed/symbol", { ...asked, ...sent })).status).toBe(status);
      }
    }
  });

  test("an address that is a name in JSON is none, behind parsers of bodies too", async () => {
    const text = await (await get("/debug/pprof/goroutine?debug=1")).text();
    const [, pc] = /^#\t(0x[0-9a-f]+)\t/m.exec(text)!;
    const body = JSON.stringify({ [`0x${(BigInt(pc!) - 1n).toString(16)}`]: 1 });
    const headers = { "content-type": "application/json" };
    const response = await get("/parsed/symbol", { method: "POST", body, headers });
    expect(await response.text()).toBe("num_symbols: 1\n");
  });

  test("holds no more of a body than it takes", async () => {
    const memory = async (): Promise<number> => {
      program.child.send("memory");
      return (await once(program.child, "message"))[0];
    };
    const before = await memory();
    expect(await post(400 << 20, { connection: "close" })).toBe(413);
    expect((await memory()) - before).toBeLessThan(200 << 20);
    expect((await get("/own")).status).toBe(200);
  });

  test("a CPU profile at a higher rate than one that goes on is refused; a client that goes away ends it", async () => {
    const client = new AbortController();
    // The one that is asked until it is the one that runs.
    const hold = async (): Promise<void> => {
      while ((await get("/debug/pprof/profile?seconds=600", { signal: client.signal })).status === 500);
    };
    const first = hold().catch((error: Error) => error.name);
    const until = async (status: number): Promise<string> => {
      for (;;) {
        const response = await get("/model/dev/pprof/profile?seconds=1&rate=1000");
        const body = await response.text();
        if (response.status === status) return body;
      }
    };
    expect(await until(500)).toMatch(
      /^Could not enable CPU profiling: cpu profiling already in use: a capture (by line, )?at \d+ Hz goes on until /,
    );
    client.abort();
    expect(await first).toBe("AbortError");
    await until(200);
  });

  test("agrees with the server of its own about paths and methods", async () => {
    const own = new Program(["--import", "@pprof-ts/runtime/register", "--eval", "setInterval(() => {}, 1000)"], {
      cwd: folder,
    });
    try {
      const { origin: ownOrigin } = new URL(await own.url());
      // As it stands: a client of the web's kind would resolve the dots.
      const ask = async (server: string, way: string, method = "GET"): Promise<readonly unknown[]> => {
        const { hostname, port } = new URL(server);
        const [response] = await once(request({ hostname, port, path: way, method }).end(), "response");
        response.resume();
        const { location, allow } = response.headers;
        const target = location === undefined ? "" : new URL(location, `${server}${way}`).pathname;
        return [response.statusCode, target, allow];
      };
      const ways = ["//cmdline", "/./cmdline", "/nothing/../cmdline", "//", "/x/..//cmdline", "", "?debug=1"];
      for (const way of ways) {
        const [status, target, allow] = await ask(ownOrigin, `/debug/pprof${way}`);
        const mounted = await ask(origin, `/debug/pprof${way}`);
        // A Request of the web's kind has its dots resolved; Hono on Node knows how it was sent.
        if (framework === "fetch" && mounted[0] === 200)
          expect([way, status, target]).toEqual([way, 307, expect.stringMatching(/cmdline$/)]);
        else expect([way, ...mounted]).toEqual([way, status, target, allow]);
      }
      for (const method of ["OPTIONS", "PUT", "DELETE", "POST"]) {
        for (const name of ["heap", "symbol"]) {
          expect([method, ...(await ask(origin, `/debug/pprof/${name}`, method))]).toEqual([
            method,
            ...(await ask(ownOrigin, `/debug/pprof/${name}`, method)),
          ]);
        }
      }
    } finally {
      await own.stop();
    }
  });

  test.for(["application/x-www-form-urlencoded", "text/plain", "application/octet-stream", "application/x-other"])(
    "takes addresses of a POST of %s, behind parsers of bodies too",
    async (type) => {
      const text = await (await get("/debug/pprof/goroutine?debug=1")).text();
      const [, pc] = /^#\t(0x[0-9a-f]+)\t/m.exec(text)!;
      // Printed is the address behind the call.
      const address = `0x${(BigInt(pc!) - 1n).toString(16)}`;
      const body = `${address}+0x1`;
      const response = await get("/parsed/symbol", { method: "POST", body, headers: { "content-type": type } });
      expect([response.status, await response.text()]).toEqual([200, expect.stringContaining(`\n${address} `)]);
    },
  );

  test.skipIf(!knowsTimeout(framework))(
    `is given the time that a capture takes by its server${knowsTimeout(framework) ? "" : " (skipped: a Request does not know)"}`,
    async () => {
      program.child.send(1_000);
      await once(program.child, "message");
      // The timeout holds for connections made from now on.
      const response = await get("/debug/pprof/profile?seconds=3", { headers: { connection: "close" } });
      expect(response.status).toBe(200);
      expect((await readProfile(new Uint8Array(await response.arrayBuffer()))).durationNanos).toBeGreaterThan(
        2_900_000_000n,
      );
    },
  );
});

test("what a Fastify waits for its handlers is not for a capture, and is for others", async () => {
  const folder = scratchFolder();
  const code = `
    import fastify from "fastify";
    import { pprof } from "@pprof-ts/runtime/fastify";
    const app = fastify({ handlerTimeout: 500 });
    app.get("/never", () => new Promise(() => {}));
    await app.register(pprof);
    process.send(await app.listen({ port: 0, host: "127.0.0.1" }));`;
  const program = new Program(["--input-type=module", "--eval", code], { cwd: folder });
  try {
    const [origin] = await once(program.child, "message");
    const [capture, other] = await Promise.all([
      fetch(`${origin}/debug/pprof/profile?seconds=1`),
      fetch(`${origin}/never`),
    ]);
    expect([capture.status, other.status]).toEqual([200, 503]);
  } finally {
    await program.stop();
    removeFolder(folder);
  }
});

test("Fastify and Hono take what they are given, by their own types", () => {
  const plugin: FastifyPluginAsync = forFastify;
  const middleware: (options: { readonly hosts: readonly string[] }) => MiddlewareHandler = forHono;
  expect([typeof plugin, typeof middleware]).toEqual(["function", "function"]);
});
