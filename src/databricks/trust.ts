import { readFileSync } from 'node:fs';
import type { SecureContext } from 'node:tls';
import { createSecureContext, rootCertificates } from 'node:tls';
import { DrError } from '../domain/failure.js';
import { plainError } from './plain-error.js';

/** The certificate authorities of a PEM file. @throws AUTH_FAILED when it can't be read: no host could be trusted */
function readAuthorities(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new DrError('AUTH_FAILED', `The file of certificate authorities ${file} can't be read.`, {
      remedy: 'Correct DR_CA_CERT_FILE, or unset it to trust the usual authorities.',
      cause: plainError(thrown),
    });
  }
}

/**
 * The usual certificate authorities and those of the file. Made once: parsing some 150 certificates at every new
 * connection would cost more than the connection.
 */
export const trustWith = (file: string): SecureContext =>
  createSecureContext({ ca: [...rootCertificates, readAuthorities(file)] });
