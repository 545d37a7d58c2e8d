// A server with the adapter of node:http in front, whose requests meet what should not be there: `node hostile.mjs KIND`.
import { createServer } from "node:http";
import { pprof } from "@pprof-ts/runtime/http";

/** What may be read of objects that do not have it; of some names (signal, method, host, accept) Node's own server does. */
const NAMES = [
  ..."error asked told id name code value result status headers body query once holds passive".split(" "),
  ..."token allow hosts prefix allowedHosts insecure origin referer authorization option names".split(" "),
  ..."destroyOnReturn statusText text toJSON then thread".split(" "),
];

/** Node's timers and errors write the first ones; the last makes every object a promise. */
const UNBEARABLE = ["id", "code", "error", "then"];

const own = (request, response) => {
  if (request.url === "/throws") throw new Error("the program's own");
  response.end("own");
};
const served = pprof({}, own);

const kinds = {
  /** Getters that throw, and setters that do. */
  getters() {
    for (const name of NAMES.filter((one) => !UNBEARABLE.includes(one))) {
      Object.defineProperty(Object.prototype, name, {
        __proto__: null,
        configurable: true,
        get() {
          throw new Error(`somebody reads ${name}`);
        },
        set() {
          throw new Error(`somebody writes ${name}`);
        },
      });
    }
    return served;
  },
  /** Values that mean something elsewhere. */
  values() {
    for (const name of NAMES.filter((one) => one !== "then" && one !== "toJSON")) {
      Object.defineProperty(Object.prototype, name, {
        __proto__: null,
        configurable: true,
        writable: true,
        value: "x",
      });
    }
    return served;
  },
  /** An answer that was given already. */
  answered: () => (request, response) => {
    served(request, response);
    if (request.url !== "/own" && request.url !== "/throws") response.end("first");
  },
  /** A connection that is closed before the answer. */
  destroyed: () => (request, response) => {
    served(request, response);
    if (request.url !== "/own" && request.url !== "/throws") response.destroy();
  },
  /** Headers cannot be written. */
  headers: () => (request, response) => {
    if (request.url !== "/own") {
      response.writeHead = () => {
        throw new Error("no headers");
      };
    }
    served(request, response);
  },
  /** The request has no body to read. */
  bodies: () => (request, response) => {
    if (request.method !== "POST") return served(request, response);
    request.iterator = () => {
      throw new Error("no body");
    };
    served(request, response);
  },
  /** Whoever was before has read the body. */
  read: () => (request, response) => {
    if (request.method !== "POST") return served(request, response);
    request.resume().on("end", () => setImmediate(served, request, response));
  },
};

const ends = [];
process.on("uncaughtException", (error) => ends.push(`uncaught: ${error.message}`));
process.on("unhandledRejection", (error) => ends.push(`unhandled: ${error?.message}`));

// Once something was answered, for whatever starts late.
let listener = served;
const server = createServer((request, response) => {
  if (request.url === "/ends") return response.end(ends.join("\n"));
  if (request.url === "/begin") {
    listener = kinds[process.argv[2]]();
    return response.end("begun");
  }
  listener(request, response);
});
server.listen(0, "127.0.0.1", () => process.stderr.write(`listening on http://127.0.0.1:${server.address().port}\n`));
