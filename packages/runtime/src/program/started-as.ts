import process from "node:process";

/** The script of pm2's that stands where the program's would: it loads that later. */
const PM2 = /[\\/]pm2[\\/]lib[\\/]ProcessContainer\w*\.js$/;

/** How this process was started: pm2 tells it otherwise than Node does. */
export interface StartedAs {
  /** As given; undefined: there is none, or a text in its place. */
  readonly script: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** The number that pm2 has given it among those of one name; undefined: pm2 has not started it. */
  readonly instance: string | undefined;
}

export function startedAs(): StartedAs {
  const [, script] = process.argv;
  if (script === undefined || !PM2.test(script)) {
    return { script, env: process.env, instance: undefined };
  }
  // In a cluster of pm2's, the variables come as one text first.
  const env = { ...process.env, ...variablesIn(process.env.pm2_env) };
  return { script: env.pm_exec_path ?? script, env, instance: env.NODE_APP_INSTANCE };
}

function variablesIn(text = "{}"): NodeJS.ProcessEnv {
  try {
    const entries = Object.entries(JSON.parse(text) as object);
    return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
  } catch {
    return {};
  }
}
