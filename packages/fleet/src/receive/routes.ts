import type { Route } from "../serve/route.ts";
import { ingestRoute } from "./ingest.ts";
import { otlpRoute } from "./otlp.ts";
import { parcaRoutes } from "./parca-write.ts";
import { pushRoute } from "./pyroscope-push.ts";
import type { Receiver } from "./receiver.ts";

/** Where profiles are pushed to, as Pyroscope, Parca and OTLP have it. */
export function receiveRoutes(receiver: Receiver): Route[] {
  return [pushRoute(receiver), ingestRoute(receiver), ...parcaRoutes(receiver), otlpRoute(receiver)];
}
