import { createGunzip } from "node:zlib";
import { messageOf, Refusal } from "../error.ts";
import type { ByteBudget } from "../fetch/byte-budget.ts";
import type { Intake } from "../intake/intake.ts";
import type { Asked } from "../serve/route.ts";
import type { Arrival, Objection } from "../store/store.ts";

/** What takes in what is pushed. */
export interface Receiver {
  readonly intake: Intake;
  /** Of what is unpacked. */
  readonly memory: ByteBudget;
  /** Bytes of a request, and what gzip makes of them. */
  readonly mostBytes: number;
  readonly mostUnpackedBytes: number;
}

/** A profile that was pushed, without what all pushes have. */
export type Pushed = Omit<Arrival, "tenant" | "receivedMillis" | "scrapeMillis">;

/** So many profiles come in one request at most. */
export const MOST_PROFILES = 1000;
const RETRY_MILLIS = 1000;

/** Keeps what was pushed; resolves when it is durable. What is not kept is a `Refusal`. */
export async function keepPushed(pushed: readonly Pushed[], tenant: string, { intake }: Receiver): Promise<void> {
  if (pushed.length > MOST_PROFILES) {
    throw new Refusal(400, `${pushed.length} profiles in a request are more than ${MOST_PROFILES}`);
  }
  // All or nothing: whoever sends it again would have some of it counted twice.
  if (intake.isFull(pushed.reduce((sum, { profile }) => sum + profile.length, 0))) {
    throw new Refusal(429, "the store does not keep up", { retryAfterMillis: RETRY_MILLIS });
  }
  const receivedMillis = Date.now();
  const kept = await Promise.all(pushed.map((profile) => intake.keep({ ...profile, tenant, receivedMillis }))).catch(
    (cause: unknown) => {
      const options = { cause, retryAfterMillis: RETRY_MILLIS };
      throw new Refusal(503, `the store could not write: ${messageOf(cause)}`, options);
    },
  );
  const refused = kept.flatMap((one) => one.refused ?? []);
  if (refused.length > 0) throw objected(refused, pushed.length);
}

function objected(refused: readonly Objection[], of: number): Refusal {
  const [{ reason, retryAfterMillis }] = refused as [Objection];
  const rest = of === 1 ? "" : ` (${refused.length} of ${of} profiles were refused)`;
  // Only where nothing of it was kept may it be sent again.
  if (refused.length < of || retryAfterMillis === undefined) return new Refusal(400, reason + rest);
  return new Refusal(429, reason + rest, { retryAfterMillis });
}

/** What a request holds, unpacked where its `Content-Encoding` says so; it is given to `use`, and let go of after that. */
export async function withBody<T>(
  asked: Asked,
  receiver: Receiver,
  use: (bytes: Uint8Array) => Promise<T>,
): Promise<T> {
  const bytes = await asked.body(receiver.mostBytes);
  const encoding = String(asked.headers["content-encoding"] ?? "identity").toLowerCase();
  if (encoding === "identity") return use(bytes);
  if (encoding !== "gzip") {
    throw new Refusal(415, `content encoding ${JSON.stringify(encoding)} is not read: must be gzip or identity`);
  }
  return unpacked(bytes, receiver, use);
}

async function unpacked<T>(
  bytes: Uint8Array,
  { memory, mostUnpackedBytes }: Receiver,
  use: (bytes: Uint8Array) => Promise<T>,
): Promise<T> {
  const parts: Buffer[] = [];
  let size = 0;
  let held = 0;
  const gunzip = createGunzip();
  gunzip.end(bytes);
  try {
    for await (const part of gunzip as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > mostUnpackedBytes)
        throw new Refusal(413, `the request unpacks to more than ${mostUnpackedBytes} bytes`);
      if (!memory.take(part.length)) {
        throw new Refusal(429, "too much is sent at a time", { retryAfterMillis: RETRY_MILLIS });
      }
      held += part.length;
      parts.push(part);
    }
    return await use(Buffer.concat(parts));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_")) {
      throw new Refusal(400, `the request is no gzip: ${messageOf(cause)}`, { cause });
    }
    throw cause;
  } finally {
    memory.give(held);
  }
}

/** That what a request holds is of no type that is read. */
export function notRead(type: string, known: readonly string[]): Refusal {
  return new Refusal(415, `${type || "no content type"} is not read: must be one of ${known.join(", ")}`);
}

/** Codes of gRPC by the status of HTTP; all else is unknown. */
const GRPC_CODES: Readonly<Record<number, number>> = { 400: 3, 413: 8, 415: 12, 429: 8, 503: 14 };
const UNKNOWN = 2;

/** What gRPC, and what is made after it, calls a refusal. */
export function grpcCode({ status }: Refusal): number {
  return GRPC_CODES[status] ?? UNKNOWN;
}
