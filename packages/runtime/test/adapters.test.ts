import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readProfile } from "@pprof-ts/profile";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Program } from "./program.ts";

const folder = fileURLToPath(new URL("programs", import.meta.url));
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

  test("one CPU profile at a time; a client that goes away ends it", async () => {
    const client = new AbortController();
    // The one that is asked until it is the one that runs.
    const hold = async (): Promise<void> => {
      while ((await get("/debug/pprof/profile?seconds=600", { signal: client.signal })).status === 500);
    };
    const first = hold().catch((error: Error) => error.name);
    const until = async (status: number): Promise<string> => {
      for (;;) {
        const response = await get("/model/dev/pprof/profile?seconds=1");
        const body = await response.text();
        if (response.status === status) return body;
      }
    };
    expect(await until(500)).toBe("Could not enable CPU profiling: cpu profiling already in use\n");
    client.abort();
    expect(await first).toBe("AbortError");
    await until(200);
  });

  test.skipIf(!knowsTimeout(framework))(
    `refuses a duration that its server would cut short${knowsTimeout(framework) ? "" : " (skipped: a Request does not know)"}`,
    async () => {
      program.child.send(60_000);
      await once(program.child, "message");
      // The timeout holds for connections made from now on.
      const response = await get("/debug/pprof/profile?seconds=60", { headers: { connection: "close" } });
      expect([response.status, await response.text()]).toEqual([
        400,
        "profile duration exceeds server's timeout: 60 s is not less than 60 s\n",
      ]);
    },
  );
});
