// What meters the whole machine, from the settings node_meter and redfish_tls.

import type { Settings } from '../app/settings.ts';
import { fault } from '../core/fault.ts';
import { redactText } from '../core/redact.ts';
import type { SensorConfig } from '../meter/sources/sensors.ts';
import { oneOf } from './options.ts';

/** ipmi, redfish=URL, csv=FILE, or null for none, and how a management controller is asked. Throws Fault usage. */
export function nodeMeterOf(
  settings: Pick<Settings, 'node_meter' | 'redfish_tls' | 'redfish' | 'path'>,
): Pick<SensorConfig, 'node_meter' | 'redfish' | 'path'> {
  const { node_meter: setting, redfish_tls: tls, redfish: credentials, path } = settings;
  const verify = tls === null || oneOf(tls.from, tls.text, ['verify', 'off']) === 'verify';
  if (setting === null || setting.text === 'none') return { node_meter: null, path };
  const { text, from } = setting;
  if (text === 'ipmi' || /^csv=./.test(text)) return { node_meter: text, path };
  const refuse = (hint: string) =>
    fault('usage', { facts: { problem: `${from}: "${redactText(text)}" cannot be used`, hint } });
  const [, address] = /^redfish=(.+)$/.exec(text) ?? [];
  if (address === undefined)
    throw refuse('one of ipmi, redfish=https://BMC, csv=FILE (a wall meter that writes as the run goes on), none');
  const url = urlOf(address);
  if (url === null) throw refuse('write the address of the management controller: redfish=https://bmc.example');
  if (url.username !== '' || url.password !== '')
    throw refuse('give the account by JOULEBOOK_REDFISH_USER and JOULEBOOK_REDFISH_PASSWORD, not in the address');
  // The password goes out with every question: in the clear only where nobody else hears it.
  if (url.protocol !== 'https:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname))
    throw refuse('write https:// (http:// is taken for this machine alone, such as the end of a tunnel)');
  return { node_meter: `redfish=${url.origin}${url.pathname}`, redfish: { credentials, verify }, path };
}

function urlOf(text: string): URL | null {
  try {
    const url = new URL(text);
    return ['https:', 'http:'].includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}
