/** The label by which a sample of a base is known, with the value "true". */
export const BASE_LABEL = "pprof::base";
