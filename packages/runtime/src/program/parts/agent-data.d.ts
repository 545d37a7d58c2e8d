/** The profiler's own thread as one script, compressed, in base64; `bundle.mjs` makes it. */
export const AGENT: string;
