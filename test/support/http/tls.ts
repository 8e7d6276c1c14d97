import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../temporary.ts';

interface Cleaner {
  after(clean: () => void): void;
}

export interface Certificates {
  /** The path of the authority's certificate, for NODE_EXTRA_CA_CERTS. */
  readonly authorityFile: string;
  /** The server's key, for `localhost` and 127.0.0.1. */
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** Creates a private certificate authority and a server certificate signed by it, with the openssl program. */
export function createCertificates(test: Cleaner): Certificates {
  const directory = temporaryDirectory(test);
  const file = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  writeFileSync(file('ca.cnf'), '[req]\ndistinguished_name=dn\n[dn]\n[ca]\nbasicConstraints=critical,CA:true\n');
  writeFileSync(file('leaf.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  openssl(
    ...['req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2'],
    ...['-subj', '/CN=attune test authority', '-config', 'ca.cnf', '-extensions', 'ca'],
  );
  openssl('req', ...newKey, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=localhost', '-config', 'ca.cnf');
  openssl(
    ...['x509', '-req', '-in', 'leaf.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', '1'],
    ...['-days', '2', '-extfile', 'leaf.ext', '-out', 'leaf.pem'],
  );
  return { authorityFile: file('ca.pem'), key: readFileSync(file('leaf.key')), cert: readFileSync(file('leaf.pem')) };
}
