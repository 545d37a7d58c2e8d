import { spawn } from "node:child_process";
import { gzipSync } from "node:zlib";
import { encode, ProfileBuilder } from "@pprof-ts/profile";
import { describe, expect, it } from "vitest";
import { directory, pprof, serve } from "../tool.ts";
import { itWith } from "./machine.ts";

/** Addresses of a program without a name and of a library, as a C++ server sends them. */
function addresses(): Uint8Array {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "samples", unit: "count" }] });
  const program = builder.mapping({ start: 0x400000n, limit: 0x500000n });
  const library = { filename: "/lib/libz.so", buildId: "abc123", start: 0x7f0000000000n, limit: 0x7f0000100000n };
  const inLibrary = builder.location({ mapping: builder.mapping(library), address: 0x7f0000001234n });
  const [a, b, c] = [0x400100n, 0x400200n, 0x400300n].map((address) => builder.location({ mapping: program, address }));
  builder.sample([a!, b!, inLibrary], [1]);
  builder.sample([c!, b!], [3]);
  return gzipSync(encode(builder.build()));
}

const NAMES: Readonly<Record<string, string>> = {
  "0x400100": "plain",
  "0x400200": "std::vector<int>::push_back(int const&)",
  "0x400300": "_ZN3abc3defEi",
  "0x7f0000001234": "main.(*T).Run[go.shape.int]  ",
};

/** A server that gives the profile to whoever gets, and names to whoever posts addresses; `asked` is what it was asked. */
function symbolServer(status: number, asked: string[]): ReturnType<typeof serve> {
  const profile = addresses();
  return serve(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const { method, url, headers } = request;
    asked.push([method, url, headers["content-type"], body].join(" "));
    if (method === "GET") response.end(profile);
    else {
      const lines = body.split("+").map((address) => `${address}\t${NAMES[address]}\n`);
      response.writeHead(status).end(`num_symbols: 1\r\n${lines.join("")}0x400300 cut off`);
    }
  });
}

describe("a server that names addresses", () => {
  itWith(["go"], "is asked as go tool pprof asks it, and names come out alike", async () => {
    using home = directory({});
    const asked: string[] = [];
    await using server = await symbolServer(200, asked);
    const env = { ...process.env, PPROF_TMPDIR: home.path };
    for (const path of ["/debug/pprof/heap", "/some/heapz?a=b"]) {
      const words = ["-raw", "-symbolize=remote", server.origin + path];
      const { stdout } = await pprof(words);
      const ours = asked.splice(0);
      expect(stdout).toContain("0x400300 M=1 abc::def");
      const peer = spawn("go", ["tool", "pprof", ...words], { env });
      let printed = "";
      for await (const part of peer.stdout) printed += part;
      expect(stdout).toBe(printed);
      expect(ours).toEqual(asked.splice(0));
    }
  });

  it("may have moved", async () => {
    await using there = await symbolServer(200, []);
    await using here = await serve((request, response) => {
      response.writeHead(request.method === "GET" ? 302 : 307, { location: there.origin + request.url }).end();
    });
    const { stdout } = await pprof(["-raw", "-symbolize=remote", `${here.origin}/pprof/heap`]);
    expect(stdout).toContain("0x400100 M=1 plain");
  });

  it("and fails is said to have failed", async () => {
    await using server = await symbolServer(503, []);
    const { origin } = server;
    const { status, stderr } = await pprof(["-raw", "-symbolize=remote", `${origin}/pprof/heap`]);
    expect(status).toBe(2);
    expect(stderr).toContain(`pprof: http post ${origin}/pprof/symbol: server response: 503 Service Unavailable\n`);
  });
});
