/** CPU samples a second: more than a service takes, for many programs that are run so end soon. */
export const CPU_RATE = 250;

/** What the importing of modules is told by, most of which take a few milliseconds. */
export const STARTUP_RATE = 1_000;

/** A sample that tells labels takes 0.2 ms. */
export const TESTS_RATE = 100;
