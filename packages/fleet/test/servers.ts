import http from "node:http";
import type { AddressInfo } from "node:net";
import { encode, ProfileBuilder } from "@pprof-ts/profile";

/** A server on a free port of this machine, until it is disposed of. */
export interface TestServer extends AsyncDisposable {
  readonly host: string;
  readonly origin: string;
}

export async function serve(handler: http.RequestListener): Promise<TestServer> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A profile of stacks, root first, with a value for each of `types`. */
export function profile(types: string, stacks: Readonly<Record<string, readonly number[]>>, seconds = 0): Uint8Array {
  const builder = new ProfileBuilder({
    sampleTypes: types.split(" ").map((text) => ({ type: text.split("/")[0]!, unit: text.split("/")[1]! })),
    durationNanos: seconds * 1e9,
    timeNanos: BigInt(Date.now()) * 1_000_000n,
  });
  for (const [stack, values] of Object.entries(stacks)) {
    const rows = stack
      .split(";")
      .map((name) => builder.location({ lines: [{ function: builder.function({ name }) }] }));
    builder.sample(rows.reverse(), values);
  }
  return encode(builder.build());
}

export const cpuProfile: Uint8Array = profile("cpu/nanoseconds", { "main;work": [5_000_000] }, 1);
