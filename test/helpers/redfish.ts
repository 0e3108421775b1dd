// A management controller on loopback, in the shapes of DMTF DSP0268.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export type Resources = Record<string, unknown>;
const link = (path: string) => ({ '@odata.id': path });

/** A service root and its chassis, in the shapes of DMTF DSP0268. */
export function redfishTree(chassis: Resources): Resources {
  return {
    '/redfish/v1/': { '@odata.type': '#ServiceRoot.v1_16_0.ServiceRoot', Chassis: link('/redfish/v1/Chassis') },
    '/redfish/v1/Chassis': { Members: Object.keys(chassis).map((id) => link(`/redfish/v1/Chassis/${id}`)) },
    ...Object.fromEntries(
      Object.entries(chassis).flatMap(([id, more]) => {
        const path = `/redfish/v1/Chassis/${id}`;
        const { power_w, watts, systems = 1, within } = more as ChassisSpec;
        const body = {
          '@odata.type': '#Chassis.v1_25_0.Chassis',
          Id: id,
          ...(power_w === undefined ? {} : { Power: link(`${path}/Power`) }),
          ...(watts === undefined ? {} : { EnvironmentMetrics: link(`${path}/EnvironmentMetrics`) }),
          Links: {
            ComputerSystems: Array.from({ length: systems }, (_, i) => link(`/redfish/v1/Systems/${id}${i}`)),
            ...(within === undefined ? {} : { ContainedBy: link(`/redfish/v1/Chassis/${within}`) }),
          },
        };
        return [
          [path, body],
          [
            `${path}/Power`,
            {
              '@odata.type': '#Power.v1_7_1.Power',
              PowerControl: [
                { MemberId: '0', Name: 'System Power Control', PowerConsumedWatts: power_w },
                { MemberId: '1', Name: 'CPU Sub-system Power', PowerConsumedWatts: 77 },
              ],
            },
          ],
          [
            `${path}/EnvironmentMetrics`,
            {
              '@odata.type': '#EnvironmentMetrics.v1_3_0.EnvironmentMetrics',
              PowerWatts: { Reading: watts },
              EnergykWh: { Reading: 1234.5 },
            },
          ],
        ];
      }),
    ),
  };
}

export interface ChassisSpec {
  /** PowerControl[0].PowerConsumedWatts of the older Power. */
  readonly power_w?: number | null;
  /** PowerWatts.Reading of the newer EnvironmentMetrics. */
  readonly watts?: number | null;
  readonly systems?: number;
  readonly within?: string;
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface FakeRedfish {
  readonly url: string;
  /** Paths that were asked for, and the login with each. */
  readonly asked: { readonly path: string; readonly login: string | undefined }[];
  /** What a path answers from now on, instead of its resource. */
  answers(path: string, answer: Answer): void;
  /** What the resources are from now on. */
  serves(tree: Resources): void;
  close(): Promise<void>;
}

/** Why no certificate can be made here; null where one can. */
export const noOpenssl = spawnSync('openssl', ['version']).status === 0 ? null : 'openssl is not installed';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** The certificate's file, for NODE_EXTRA_CA_CERTS. */
  readonly file: string;
}

/** A certificate of 127.0.0.1 that nobody but its own file vouches for, as controllers have. */
export function selfSigned(folder: string): Certificate {
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=bmc', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-days', '2', ...subject, '-keyout', key, '-out', file], {
    stdio: 'ignore',
  });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(file, 'utf8'), file };
}

/** A management controller that wants the login given, if one is. */
export async function fakeRedfish(
  tree: Resources,
  login: string | null = null,
  certificate: Certificate | null = null,
): Promise<FakeRedfish> {
  let resources = tree;
  const special = new Map<string, Answer>();
  const asked: FakeRedfish['asked'] = [];
  const respond = (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url!;
    asked.push({ path, login: request.headers.authorization });
    const answer = special.get(path);
    if (answer !== undefined) return answer(request, response);
    const wanted = login === null ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
    if (wanted !== undefined && request.headers.authorization !== wanted) return void response.writeHead(401).end();
    const body = resources[path];
    if (body === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const server = certificate === null ? createServer(respond) : createSecure(certificate, respond);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${certificate === null ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answers: (path, answer) => void special.set(path, answer),
    serves: (next) => (resources = next),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
