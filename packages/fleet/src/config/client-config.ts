import path from "node:path";
import { type ConfigNode, wrong } from "./config-node.ts";
import { type Fields, fields, flag, oneOf, type Reader, text } from "./readers.ts";

/** A secret: as it is, or in a file that is read each time it is wanted. */
export type Secret = { readonly text: string } | { readonly file: string };

/** How a server is asked, and what is shown to it. */
export interface ClientConfig {
  readonly user?: Secret | undefined;
  readonly password?: Secret | undefined;
  /** What stands in front of the token, such as Bearer. */
  readonly scheme?: string | undefined;
  readonly token?: Secret | undefined;
  readonly tls: TlsConfig;
  readonly followsRedirects: boolean;
}

/** Files and texts in PEM. */
export interface TlsConfig {
  readonly ca?: Secret | undefined;
  readonly cert?: Secret | undefined;
  readonly key?: Secret | undefined;
  readonly serverName?: string | undefined;
  readonly checksCertificate: boolean;
  readonly lowestVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
}

/** As it is where nothing is said. */
export const PLAIN_CLIENT: ClientConfig = { tls: { checksCertificate: true }, followsRedirects: true };

interface BasicKeys {
  username?: string;
  username_file?: string;
  password?: string;
  password_file?: string;
}

interface AuthorizationKeys {
  type?: string;
  credentials?: string;
  credentials_file?: string;
}

const VERSIONS = { tls12: "TLSv1.2", tls13: "TLSv1.3" } as const;

interface TlsKeys {
  ca?: string;
  ca_file?: string;
  cert?: string;
  cert_file?: string;
  key?: string;
  key_file?: string;
  server_name?: string;
  insecure_skip_verify?: boolean;
  min_version?: keyof typeof VERSIONS;
}

/** The keys by which Prometheus' configurations say how a server is asked; they stand among those of what asks it. */
export interface ClientKeys {
  basic_auth?: Partial<BasicKeys>;
  authorization?: Partial<AuthorizationKeys>;
  bearer_token?: string;
  bearer_token_file?: string;
  tls_config?: Partial<TlsKeys>;
  follow_redirects?: boolean;
}

export const CLIENT_FIELDS: Fields<ClientKeys> = {
  basic_auth: fields<BasicKeys>({ username: text, username_file: text, password: text, password_file: text }),
  authorization: fields<AuthorizationKeys>({ type: text, credentials: text, credentials_file: text }),
  bearer_token: text,
  bearer_token_file: text,
  tls_config: fields<TlsKeys>({
    ca: text,
    ca_file: text,
    cert: text,
    cert_file: text,
    key: text,
    key_file: text,
    server_name: text,
    insecure_skip_verify: flag,
    min_version: tlsVersion(),
  }),
  follow_redirects: flag,
};

function tlsVersion(): Reader<keyof typeof VERSIONS> {
  return oneOf(["tls12", "tls13"]);
}

/** What the keys at `node` say together; files stand where the configuration does. */
export function clientConfig(keys: ClientKeys, node: ConfigNode): ClientConfig {
  const { basic_auth: basic, authorization, tls_config: tls = {} } = keys;
  const directory = path.dirname(node.file);
  const secret = (name: string, given?: string, file?: string): Secret | undefined => {
    if (given !== undefined && file !== undefined) throw wrong(node, `${name} and ${name}_file are both given`);
    if (file !== undefined) return { file: path.resolve(directory, file) };
    return given === undefined ? undefined : { text: given };
  };
  const bearer = secret("bearer_token", keys.bearer_token, keys.bearer_token_file);
  const credentials = secret("credentials", authorization?.credentials, authorization?.credentials_file);
  const ways = [basic, authorization, bearer].filter((way) => way !== undefined);
  if (ways.length > 1) throw wrong(node, "only one of basic_auth, authorization and bearer_token may be given");
  if (authorization?.type?.toLowerCase() === "basic") throw wrong(node, "authorization of type Basic is basic_auth");
  if (basic !== undefined && basic.username === undefined && basic.username_file === undefined) {
    throw wrong(node, "basic_auth needs a username");
  }
  const [cert, key] = [secret("cert", tls.cert, tls.cert_file), secret("key", tls.key, tls.key_file)];
  if ((cert === undefined) !== (key === undefined)) throw wrong(node, "tls_config needs both a cert and its key");
  return {
    user: secret("username", basic?.username, basic?.username_file),
    password: secret("password", basic?.password, basic?.password_file),
    scheme: authorization?.type ?? "Bearer",
    token: bearer ?? credentials,
    tls: {
      ca: secret("ca", tls.ca, tls.ca_file),
      cert,
      key,
      serverName: tls.server_name,
      checksCertificate: tls.insecure_skip_verify !== true,
      lowestVersion: tls.min_version && VERSIONS[tls.min_version],
    },
    followsRedirects: keys.follow_redirects ?? true,
  };
}
