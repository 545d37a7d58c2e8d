import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { RuntimeError } from "../../error.ts";

/**
 * The bytes of a file that a script names. Scripts come from many authors, so it may name anything: only a regular file of
 * at most this many bytes is read. A device is not even opened, for that alone can do something; a pipe would never end; and
 * the files of `/proc`, which say that they are empty, count as that.
 */
export async function readRegularFile(url: URL, most: number): Promise<Buffer> {
  const file = fileURLToPath(url);
  // On Windows, these are files of other machines, and to open one tells them who asks.
  if (file.startsWith("\\\\")) throw new RuntimeError("it is on another machine");
  check((await stat(file)).isFile());
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const opened = await handle.stat();
    check(opened.isFile());
    if (opened.size > most) throw new RuntimeError(`it has more than ${most} bytes`);
    const bytes = Buffer.alloc(opened.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await handle.close();
  }
}

function check(regular: boolean): void {
  if (!regular) throw new RuntimeError("it is no regular file");
}
