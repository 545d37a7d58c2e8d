import { crc32 } from "node:zlib";
import type { CountersSince, Failure } from "../store/store.ts";

/** What a record says of an arrival, beside its bytes. */
export interface ArrivalHead {
  readonly tenant: string;
  readonly labels: readonly (readonly [string, string])[];
  readonly name: string;
  readonly receivedMillis: number;
  readonly countersSince: CountersSince | undefined;
  readonly scrapeMillis: number;
}

export interface FailureHead extends Omit<Failure, "labels"> {
  readonly labels: readonly (readonly [string, string])[];
}

/** One record of a log, numbered as they come: an arrival with the bytes that came, or a failure. */
export type LogRecord =
  | { readonly sequence: number; readonly arrival: ArrivalHead; readonly profile: Uint8Array }
  | { readonly sequence: number; readonly failure: FailureHead };

/** Before each record: how long it is, the CRC-32 of it, and how long its head is. */
const FRAME = 12;

/** A record as it stands in a log. */
export function encodeRecord(record: LogRecord): Uint8Array {
  const head = Buffer.from(JSON.stringify({ ...record, profile: undefined }));
  const profile = "arrival" in record ? record.profile : new Uint8Array(0);
  const bytes = Buffer.alloc(FRAME + head.length + profile.length);
  bytes.writeUInt32LE(head.length + profile.length + 4, 0);
  bytes.writeUInt32LE(head.length, 8);
  bytes.set(head, FRAME);
  bytes.set(profile, FRAME + head.length);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

/** A record of a log and where the next one begins; undefined where there is no whole one. */
export function decodeRecord(bytes: Uint8Array, at: number): { record: LogRecord; end: number } | undefined {
  if (at + FRAME > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = at + 8 + view.getUint32(at, true);
  const headEnd = at + FRAME + view.getUint32(at + 8, true);
  if (end > bytes.length || headEnd > end) return undefined;
  if (crc32(bytes.subarray(at + 8, end)) !== view.getUint32(at + 4, true)) return undefined;
  const head = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + at + FRAME, headEnd - at - FRAME).toString());
  return { record: "arrival" in head ? { ...head, profile: bytes.slice(headEnd, end) } : head, end };
}
