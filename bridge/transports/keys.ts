import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../../src/core/errors.ts';

/**
 * What an endpoint needs to encrypt its connections with CURVE. Keys are text of 40 characters (Z85), in files of the
 * format ZeroMQ's own tools write: `public-key = "..."`, and `secret-key = "..."` in those of mode 0600.
 */
export interface CurveKeys {
  publicKey: string;
  secretKey: string;
  /** Public keys of those who may connect; for an endpoint that binds. */
  allowed?: readonly string[];
  /** Public key of the endpoint to connect to; for one that connects. */
  serverKey?: string;
}

/** Where an endpoint finds its keys. */
export interface KeyFiles {
  /** Its own secret key file. */
  key: string;
  /** A public key file of one peer, or a folder of them: who may connect. */
  allow?: string;
  /** Public key file of the endpoint to connect to. */
  serverKey?: string;
}

/** @throws UserError for files that are missing or hold no key, and for a secret that others may read */
export function loadKeys(files: KeyFiles): CurveKeys {
  const secret = readKeyFile(files.key);
  if (process.platform !== 'win32' && (statSync(files.key).mode & 0o077) !== 0) {
    throw new UserError(`Others may read the secret key ${files.key}. Run: chmod 600 ${files.key}`);
  }
  return {
    publicKey: secret.public,
    secretKey: secret.secret ?? refuseKey(files.key, 'secret'),
    allowed: files.allow === undefined ? undefined : publicKeysIn(files.allow),
    serverKey: files.serverKey === undefined ? undefined : readKeyFile(files.serverKey).public,
  };
}

/**
 * Writes `<name>.key`, to be given to the other side, and `<name>.key_secret`, to be kept.
 *
 * @throws UserError when there are such files already
 */
export async function writeKeyPair(name: string): Promise<{ publicFile: string; secretFile: string }> {
  const publicFile = `${name}.key`;
  const secretFile = `${name}.key_secret`;
  for (const file of [publicFile, secretFile]) {
    if (existsSync(file)) throw new UserError(`There is a key ${file} already. Choose another name, or remove it.`);
  }
  const { curveKeyPair } = await import('zeromq');
  const pair = curveKeyPair();
  mkdirSync(dirname(secretFile), { recursive: true });
  const lines = (secret: boolean) =>
    ['metadata', 'curve', `    public-key = "${pair.publicKey}"`]
      .concat(secret ? [`    secret-key = "${pair.secretKey}"`] : [])
      .join('\n');
  writeFileSync(secretFile, `${lines(true)}\n`, { mode: 0o600, flag: 'wx' });
  writeFileSync(publicFile, `${lines(false)}\n`, { flag: 'wx' });
  return { publicFile, secretFile };
}

function publicKeysIn(path: string): string[] {
  if (!existsSync(path)) throw new UserError(`There is no ${path}: expected a public key file or a folder of them.`);
  if (!statSync(path).isDirectory()) return [readKeyFile(path).public];
  const files = readdirSync(path).filter((name) => name.endsWith('.key'));
  if (files.length === 0)
    throw new UserError(`The folder ${path} holds no public key, a file *.key: nobody could connect.`);
  return files.map((name) => readKeyFile(join(path, name)).public);
}

function readKeyFile(file: string): { public: string; secret?: string } {
  if (!existsSync(file)) {
    throw new UserError(`There is no key file ${file}. Make a pair of keys with: upslope keys <name>`);
  }
  const text = readFileSync(file, 'utf8');
  const find = (kind: string): string | undefined => text.match(new RegExp(`${kind}-key\\s*=\\s*"([^"\\s]{40})"`))?.[1];
  return { public: find('public') ?? refuseKey(file, 'public'), secret: find('secret') };
}

function refuseKey(file: string, kind: string): never {
  throw new UserError(
    `Expected a line ${kind}-key = "<40 characters>" in ${file}. Make a pair of keys with: upslope keys <name>`,
  );
}
