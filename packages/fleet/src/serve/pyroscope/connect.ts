import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { FleetError, Refusal } from "../../error.ts";
import { decodeMessage, encodeMessage } from "../../proto/binary.ts";
import { parseMessage, printMessage } from "../../proto/json.ts";
import type { Message } from "../../proto/message.ts";
import type { Store } from "../../store/store.ts";
import { missingHeader } from "../missing-header.ts";
import { type Answer, type Asked, contentTypeOf, type Route } from "../route.ts";
import { METHODS, type Method, type Told } from "./querier.ts";
import { SCHEMA } from "./schema.ts";
import { Unsupported } from "./selected.ts";

const SERVICE = "/querier.v1.QuerierService/";
/** A selector or two, and a list of spans. */
const MOST_BYTES = 1 << 20;

/** How a message is read and written, by the type of its content. */
interface Codec {
  readonly read: (name: string, bytes: Uint8Array) => Message;
  readonly write: (name: string, message: object | Uint8Array) => string | Uint8Array;
}

const CODECS: Readonly<Record<string, Codec>> = {
  "application/proto": {
    read: (name, bytes) => decodeMessage(SCHEMA, name, bytes),
    write: (name, message) =>
      message instanceof Uint8Array ? message : encodeMessage(SCHEMA, name, message as Message),
  },
  "application/json": {
    read: (name, bytes) => parseMessage(SCHEMA, name, new TextDecoder().decode(bytes)),
    write: (name, message) =>
      printMessage(
        SCHEMA,
        name,
        message instanceof Uint8Array ? decodeMessage(SCHEMA, name, message) : (message as Message),
      ),
  },
};

/** The codes of errors in Connect's protocol, and the statuses that they have in HTTP. */
const CODES = { invalid_argument: 400, resource_exhausted: 429, internal: 500, unimplemented: 501 } as const;

/** Pyroscope's querier as unary calls of the Connect protocol, a route a method; `now` is the time in milliseconds. */
export function querierRoutes(store: Store, now: () => number): Route[] {
  return METHODS.map((method) => ({
    method: "POST",
    path: SERVICE + method.name,
    answer: (asked) => answer(method, asked, store, now()),
  }));
}

async function answer(method: Method<object>, asked: Asked, store: Store, now: number): Promise<Answer> {
  const type = contentTypeOf(asked);
  const codec = Object.hasOwn(CODECS, type) ? CODECS[type] : undefined;
  if (codec === undefined) {
    const headers = { "accept-post": Object.keys(CODECS).join(", "), "content-type": "text/plain; charset=utf-8" };
    return { status: 415, headers, body: `${type || "no content type"}: must be one of ${headers["accept-post"]}\n` };
  }
  try {
    const request = codec.read(method.request, await body(asked));
    const { message, missing }: Told = await method.answer(request, { store, tenant: asked.tenant, now });
    return {
      status: 200,
      headers: { "content-type": type, ...missingHeader(missing) },
      body: codec.write(method.response, message),
    };
  } catch (error) {
    if (error instanceof Unsupported) return failure("unimplemented", error.message);
    if (error instanceof Refusal) return failure("resource_exhausted", error.message);
    if (error instanceof FleetError) return failure("invalid_argument", error.message);
    // What went wrong inside is nobody's business outside.
    return failure("internal", "the query could not be answered");
  }
}

/** An error as a client of Connect reads it. */
function failure(code: keyof typeof CODES, message: string): Answer {
  return {
    status: CODES[code],
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code, message }),
  };
}

/** The body, unpacked. */
async function body(asked: Asked): Promise<Uint8Array> {
  const encoding = String(asked.headers["content-encoding"] ?? "") || "identity";
  if (encoding !== "identity" && encoding !== "gzip")
    throw new Unsupported(
      `content encoding ${JSON.stringify(encoding)} is not supported: must be one of gzip, identity`,
    );
  const bytes = await asked.body(MOST_BYTES);
  if (encoding === "identity" || bytes.length === 0) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MOST_BYTES });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
      throw new Refusal(413, `the message unpacks to more than ${MOST_BYTES} bytes`, { cause });
    throw new FleetError(`malformed message: ${(cause as Error).message}`, { cause });
  }
}
