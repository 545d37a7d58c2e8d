export { RuntimeError } from "./error.ts";
export type { Listener, ListenOptions } from "./listen.ts";
export { listen } from "./listen.ts";
