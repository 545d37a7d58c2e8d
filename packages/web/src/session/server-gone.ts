/** Why what only the server has is not there. */
export const SERVER_GONE: string = "pprof, which served this page, does not answer any more";

/** What that means for whoever looks at the page. */
export const WITHOUT_SERVER: string = `${SERVER_GONE}: what is open can still be looked at, and sources, assembly, new graphs, recordings and saved settings need it. Start it again and load the page anew.`;
