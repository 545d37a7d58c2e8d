import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port of this machine's that nobody listens on, and that no system gives to who asks for any port:
 * what listens on it later cannot find another test's server there.
 */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    try {
      await once(server.listen(port, host), "listening");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") continue;
      throw error;
    }
    server.close();
    await once(server, "close");
    return port;
  }
}
