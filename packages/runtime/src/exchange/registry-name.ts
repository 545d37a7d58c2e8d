/** The global symbol of this name is the key under which the program keeps what it records, and the agent reads it. */
export const REGISTRY = "@pprof-ts/runtime";
