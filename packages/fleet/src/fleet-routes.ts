import { querierRoutes } from "./serve/pyroscope/connect.ts";
import { renderRoutes } from "./serve/pyroscope/render.ts";
import { queryRoutes } from "./serve/query-routes.ts";
import type { Route } from "./serve/route.ts";
import type { Store } from "./store/store.ts";

/** All addresses at which a store is asked: this project's own, and those of Pyroscope; `now` is the time in milliseconds. */
export function fleetRoutes(store: Store, now: () => number = Date.now): Route[] {
  return [...queryRoutes(store, now), ...querierRoutes(store, now), ...renderRoutes(store, now)];
}
