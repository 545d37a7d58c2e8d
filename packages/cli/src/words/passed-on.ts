/** In front of all other words: what is printed goes on to an agent. `pprof mcp` asks so, and nobody else. */
export const PASSED_ON = "__passed_on";
