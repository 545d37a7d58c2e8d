import { FleetError, Refusal, refusalOf } from "../error.ts";
import { decodeMessage } from "../proto/binary.ts";
import { parseMessage } from "../proto/json.ts";
import type { Message } from "../proto/message.ts";
import { type Answer, type Asked, contentTypeOf, type Route } from "../serve/route.ts";
import { type ParcaSeries, PUSH_SCHEMA } from "./push-schema.ts";
import { pushedSeries } from "./pyroscope-push.ts";
import { grpcCode, keepPushed, notRead, type Receiver, withBody } from "./receiver.ts";

const WRITE = "WriteRawRequest";
/** A flag and the length of what follows. */
const FRAME_HEAD = 5;
const COMPRESSED = 1;
const TRAILERS = 0x80;
const GRPC_WEB = ["application/grpc-web", "application/grpc-web+proto"];

/** Parca's ProfileStoreService, as its gateway has it in JSON, and in gRPC-Web. */
export function parcaRoutes(receiver: Receiver): Route[] {
  return [
    {
      method: "POST",
      path: "/profiles/writeraw",
      async answer(asked) {
        await withBody(asked, receiver, (bytes) =>
          write(parseMessage(PUSH_SCHEMA, WRITE, Buffer.from(bytes).toString()), asked, receiver),
        );
        return { status: 200, headers: { "content-type": "application/json" }, body: "{}" };
      },
    },
    {
      method: "POST",
      path: "/parca.profilestore.v1alpha1.ProfileStoreService/WriteRaw",
      answer: (asked) => overGrpcWeb(asked, receiver),
    },
  ];
}

async function write(request: Message, asked: Asked, receiver: Receiver): Promise<void> {
  const series = request.series as readonly ParcaSeries[];
  const flat = series.map(({ labels, samples }) => ({ labels: labels?.labels ?? [], samples }));
  await keepPushed(pushedSeries(flat), asked.tenant, receiver);
}

async function overGrpcWeb(asked: Asked, receiver: Receiver): Promise<Answer> {
  const type = contentTypeOf(asked);
  if (!GRPC_WEB.includes(type)) throw notRead(type, GRPC_WEB);
  try {
    await withBody(asked, receiver, (bytes) =>
      write(decodeMessage(PUSH_SCHEMA, WRITE, framed(bytes)), asked, receiver),
    );
    return grpcWebAnswer(type, 0, "");
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return grpcWebAnswer(type, grpcCode(refusalOf(error)), error.message);
  }
}

/** The one message of a request. */
function framed(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < FRAME_HEAD || view.getUint32(1) !== bytes.length - FRAME_HEAD) {
    throw new FleetError("malformed request: it is not one message of gRPC-Web");
  }
  if (view.getUint8(0) === COMPRESSED) throw new Refusal(415, "compressed messages of gRPC are not read");
  return bytes.subarray(FRAME_HEAD);
}

/** An empty message where all went well, and how it went. */
function grpcWebAnswer(type: string, code: number, message: string): Answer {
  const trailers = Buffer.from(`grpc-status:${code}\r\ngrpc-message:${encodeURIComponent(message)}\r\n`);
  const frames = code === 0 ? [frame(0, Buffer.alloc(0))] : [];
  const body = Buffer.concat([...frames, frame(TRAILERS, trailers)]);
  return { status: 200, headers: { "content-type": type }, body };
}

function frame(flag: number, content: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUInt8(flag);
  head.writeUInt32BE(content.length, 1);
  return Buffer.concat([head, content]);
}
