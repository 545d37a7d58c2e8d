// Nothing that is thrown while a request is answered ends the program, or is taken from the program's own listener.
import { once } from "node:events";
import { request } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readBody } from "../src/http/body.ts";
import { Program } from "./program.ts";

const folder = fileURLToPath(new URL("programs", import.meta.url));

/** The status and the body of an answer; "closed" where there is none. */
async function ask(url: string, method = "GET", body = ""): Promise<string> {
  const asked = request(url, { method, agent: false });
  asked.end(body);
  try {
    const [response] = await once(asked, "response");
    let text = "";
    for await (const part of response.setEncoding("utf8")) text += part;
    return `${response.statusCode} ${text.split("\n", 1)[0]}`;
  } catch {
    return "closed";
  }
}

const index = "200 <!doctype html>";
const text = "200 --- contention:";
const symbols = "200 num_symbols: 1";

describe.for<[kind: string, index: string, block: string, symbol: string]>([
  ["getters", index, text, symbols],
  ["values", index, text, symbols],
  ["answered", "200 first", "200 first", "200 first"],
  ["destroyed", "closed", "closed", "closed"],
  ["headers", "closed", "closed", "closed"],
  ["bodies", index, text, "500 no body"],
  ["read", index, text, symbols],
])("a program with %s that are not as they should be", ([kind, ...expected]) => {
  test("answers, or closes the connection, and goes on", async () => {
    const program = new Program([path.join(folder, "hostile.mjs"), kind], { cwd: folder });
    try {
      const origin = (await program.saw(/listening on (\S+)/))[1]!;
      const base = `${origin}/debug/pprof/`;
      expect(await ask(base)).toBe(index);
      expect(await ask(`${origin}/begin`)).toBe("200 begun");
      const got = [await ask(base), await ask(`${base}block?debug=1`), await ask(`${base}symbol`, "POST", "0x1")];
      expect(got.map((line, at) => line.slice(0, expected[at]!.length))).toEqual(expected);
      expect(await ask(`${origin}/own`)).toBe("200 own");
      expect(await ask(`${origin}/ends`)).toBe("200 ");
      // What the program throws itself is seen as without the adapter.
      void ask(`${origin}/throws`);
      await expect.poll(() => ask(`${origin}/ends`)).toBe("200 uncaught: the program's own");
    } finally {
      await program.stop();
    }
  });
});

describe("a body", () => {
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("0x1");
    await new Promise(() => {});
  }

  test("that does not end is not waited for", async () => {
    const answer = await readBody(slow(), 20);
    expect(answer).toMatchObject({ status: 408, headers: { connection: "close" } });
  });

  test("that ends in an error is what came until then", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("0x1");
      throw new Error("gone");
    }
    expect(await readBody(broken())).toBe("0x1");
  });
});
