// GET of JSON from a management controller, with the user's name and password (HTTP basic, DMTF DSP0266 §13) for that one
// host: redirects are not followed, and nothing that was sent is ever part of a message.

import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { Final } from './slow-meter.ts';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export interface RedfishClient {
  /** The body of a path of this host as JSON. Rejects with what went wrong. */
  get(path: string, signal: AbortSignal): Promise<unknown>;
  close(): void;
}

const MOST_BYTES = 1024 * 1024;
const LOGIN = 'set JOULEBOOK_REDFISH_USER and JOULEBOOK_REDFISH_PASSWORD to an account that may log in';

/**
 * A client of the host of `url`, which begins with http:// or https://; `verify`: its certificate must be good. Keeps one
 * connection.
 */
export function redfishClient(options: {
  readonly url: string;
  readonly credentials: Credentials | null;
  readonly verify: boolean;
}): RedfishClient {
  const { protocol, hostname, port } = new URL(options.url);
  const secure = protocol === 'https:';
  // Controllers take few connections at once, and a TLS handshake costs them a second.
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: options.verify })
    : new HttpAgent({ keepAlive: true, maxSockets: 1 });
  const headers = { accept: 'application/json', 'odata-version': '4.0', ...loginOf(options.credentials) };
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    get: (path, signal) =>
      new Promise((resolve, reject) => {
        const request = (secure ? requestHttps : requestHttp)({ ...{ host, port, path, headers, agent, signal } });
        request.on('error', (cause) => reject(unreachable(cause)));
        request.on('response', (response) => {
          const { statusCode = 0 } = response;
          if (statusCode !== 200) {
            response.destroy();
            return reject(refused(statusCode, path));
          }
          const chunks: Buffer[] = [];
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes <= MOST_BYTES) return void chunks.push(chunk);
            response.destroy();
            reject(new Error(`${path} is larger than 1 MB`));
          });
          response.on('error', (cause) => reject(unreachable(cause)));
          response.on('end', () => {
            try {
              resolve(JSON.parse(Buffer.concat(chunks).toString()));
            } catch (cause) {
              reject(new Error(`${path} is no JSON`, { cause }));
            }
          });
        });
        request.end();
      }),
    close: () => agent.destroy(),
  };
}

function loginOf(credentials: Credentials | null): { authorization?: string } {
  if (credentials === null) return {};
  const { user, password } = credentials;
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

function refused(status: number, path: string): Error {
  // Controllers lock accounts after a few wrong passwords: it is not tried again.
  if (status === 401 || status === 403)
    return new Final(`the management controller refuses the login (HTTP ${status}); ${LOGIN}`);
  if (status >= 300 && status < 400)
    return new Error(`${path} is redirected (HTTP ${status}), which is not followed; give the final address`);
  return new Error(`${path}: HTTP ${status}`);
}

const CERTIFICATE = /^(?:ERR_TLS|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY))/;

function unreachable(cause: Error): Error {
  const { code = '' } = cause as NodeJS.ErrnoException;
  if (!CERTIFICATE.test(code)) return cause;
  const remedy = 'name its certificate in NODE_EXTRA_CA_CERTS, or give --redfish-tls off';
  return new Final(`the certificate is not trusted (${code}); ${remedy}`, { cause });
}
