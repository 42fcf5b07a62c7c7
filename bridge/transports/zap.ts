import type { Context } from 'zeromq';

/**
 * Answers the question of every connection to a CURVE socket of the context, whether its key may come in: ZeroMQ's
 * authentication protocol (RFC 27), over its fixed in-process address.
 *
 * @param allowed public keys in Z85
 */
export async function authenticate(context: Context, allowed: readonly string[]): Promise<{ close(): void }> {
  const { Reply } = await import('zeromq');
  const socket = new Reply({ context, linger: 0 });
  await socket.bind('inproc://zeromq.zap.01');
  const keys = new Set(allowed.map((key) => decodeZ85(key).toString('hex')));
  const answering = async (): Promise<void> => {
    // version, request id, domain, address, identity, mechanism, credentials
    for await (const [version, request, , , , mechanism, key] of socket) {
      const welcome = mechanism.toString() === 'CURVE' && keys.has(key?.toString('hex'));
      const [code, text] = welcome ? ['200', 'OK'] : ['400', 'this key is not allowed'];
      await socket.send([version, request, code, text, '', '']);
    }
  };
  answering().catch(() => {});
  return { close: () => socket.close() };
}

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/** Z85 (RFC 32): five characters hold four bytes, most significant first. */
export function decodeZ85(text: string): Buffer {
  const bytes = Buffer.alloc((text.length / 5) * 4);
  for (let at = 0; at < text.length; at += 5) {
    let value = 0;
    for (const character of text.slice(at, at + 5)) value = value * 85 + ALPHABET.indexOf(character);
    bytes.writeUInt32BE(value >>> 0, (at / 5) * 4);
  }
  return bytes;
}
