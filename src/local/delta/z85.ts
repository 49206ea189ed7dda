import { SqlError } from '../sql/statement.js';

/** Z85 (rfc.zeromq.org/spec/32): five printable characters per four bytes. Deletion vectors use it for UUIDs and inline data. */
const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

export function decodeZ85(text: string): Buffer {
  if (text.length % 5 !== 0) throw malformed(text);
  const bytes = Buffer.alloc((text.length / 5) * 4);
  for (let at = 0; at < text.length; at += 5) {
    let value = 0;
    for (const character of text.slice(at, at + 5)) {
      const digit = alphabet.indexOf(character);
      if (digit < 0) throw malformed(text);
      value = value * 85 + digit;
    }
    if (value > 0xffffffff) throw malformed(text);
    bytes.writeUInt32BE(value, (at / 5) * 4);
  }
  return bytes;
}

/** @param bytes a multiple of four */
export function encodeZ85(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  let text = '';
  for (let at = 0; at < buffer.length; at += 4) {
    let value = buffer.readUInt32BE(at);
    let group = '';
    for (let digit = 0; digit < 5; digit += 1) {
      group = alphabet.charAt(value % 85) + group;
      value = Math.floor(value / 85);
    }
    text += group;
  }
  return text;
}

const malformed = (text: string) =>
  new SqlError('DELTA_DELETION_VECTOR_MALFORMED', 'XXKDS', `${text} is no Z85 text, as deletion vectors use it.`);
