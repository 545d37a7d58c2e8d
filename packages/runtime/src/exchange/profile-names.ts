/** The profiles that are there at any time. */
export const PROFILES = ["allocs", "block", "goroutine", "heap", "mutex", "threadcreate"] as const;
export type ProfileName = (typeof PROFILES)[number];

/** What else is served beside them, as Go does. */
export const ENDPOINTS = ["cmdline", "profile", "symbol", "trace"] as const;
export type EndpointName = (typeof ENDPOINTS)[number];
