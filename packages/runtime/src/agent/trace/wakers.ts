import { WAKERS } from "../../exchange/trace-records.ts";
import type { Wait } from "./loop-trace.ts";

/** What a request waited for, by the kind of what woke it: Go's word for such a wait, and the leaf of its stack. */
const WAITS: Readonly<Record<string, Wait>> = {
  "": { reason: "select", what: undefined },
  Timeout: { reason: "sleep", what: "(timer)" },
  Immediate: { reason: "select", what: "(setImmediate)" },
  ...Object.fromEntries(
    [
      ["(socket)", "TCPWRAP TLSWRAP PIPEWRAP WRITEWRAP SHUTDOWNWRAP UDPWRAP UDPSENDWRAP"],
      ["(connect)", "TCPCONNECTWRAP PIPECONNECTWRAP"],
      ["(http)", "HTTPINCOMINGMESSAGE HTTPCLIENTREQUEST"],
      ["(dns)", "GETADDRINFOREQWRAP GETNAMEINFOREQWRAP QUERYWRAP"],
    ].flatMap(([what, names]) => names!.split(" ").map((name) => [name, { reason: "network", what }])),
  ),
  // What another thread does is received of it, as Go's goroutines receive.
  ...Object.fromEntries(
    [
      ["(file)", "FSREQCALLBACK FSREQPROMISE FILEHANDLECLOSEREQ FSEVENTWRAP"],
      ["(crypto)", "PBKDF2REQUEST RANDOMBYTESREQUEST SCRYPTREQUEST HASHREQUEST"],
      ["(zlib)", "ZLIB"],
      ["(worker)", "MESSAGEPORT WORKER"],
      ["(child process)", "PROCESSWRAP"],
    ].flatMap(([what, names]) => names!.split(" ").map((name) => [name, { reason: "chan receive", what }])),
  ),
  // A promise was resolved by whatever ran then.
  await: { reason: "sync", what: "(promise)" },
  other: { reason: "select", what: undefined },
};

/** Of the row of `WAKERS` that woke it. */
export function waitFor(waker: number): Wait {
  return WAITS[WAKERS[waker & 0xff] ?? ""] ?? WAITS.other!;
}
