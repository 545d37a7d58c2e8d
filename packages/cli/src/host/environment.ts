/** The variables that the tool was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;
