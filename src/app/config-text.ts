// The text of a joulebook.yaml: every setting with a line that explains it, those that are not given commented out.

import type { Place } from '../grid/places.ts';

export interface ConfigAnswers {
  /** A zone's key or a place's name, as it is to be written. */
  readonly zone: string | null;
  readonly place: Place | null;
  readonly pue: string | null;
  readonly price: string | null;
}

/** YAML that settingsOf reads; comments tell the values that hold where nothing is said. */
export function configText({ zone, place, pue, price }: ConfigAnswers): string {
  const line = (key: string, value: string | null, example: string) =>
    value === null ? `# ${key}: ${example}` : `${key}: ${value}`;
  const itsPue =
    place === null || pue !== null
      ? []
      : place.pue === null
        ? [`# ${place.name} publishes none.`]
        : [`# Not said here, it is that of ${place.name}: ${place.pue.value} (${place.pue.scope}, ${place.pue.year}).`];
  return `${[
    '# Settings of joulebook for what runs in this folder and below (docs/configuration.md).',
    '# An option on the command line counts before its variable, and that before this file.',
    '',
    '# Where it runs: a grid zone, or a place such as a cloud region (joulebook grid zones lists both).',
    line('zone', zone, 'DE'),
    '# Facility energy over IT energy, 1 to 10, as the operator of the place publishes it.',
    ...itsPue,
    line('pue', pue, '1.2'),
    '# What a kWh costs.',
    line('price', price, '0.12EUR/kWh'),
    '',
    '# A series of the grid of your own: CSV with timestamp and gco2e_per_kwh.',
    '# intensity: grid.csv',
    '# Where the record is kept; else the nearest .joulebook going up.',
    '# ledger: ./energy',
    '# Time between two readings of the sensors.',
    '# interval: 100ms',
    '# How often the record is made durable; longer on network file systems.',
    '# sync: 1s',
    '',
    '# The model that the runs are of, at which stage of its life, and the run that they go on from (an id, a name, or last).',
    '# model: my-model',
    '# stage: pre-train',
    '# parent_run: my-base',
    '',
    '# A joulebook serve that records are sent to too, and its token: one that others must not read stands in JOULEBOOK_TOKEN.',
    '# server: https://energy.example.org',
    '# token: joulebook_token',
    '',
    '# A meter of the whole machine: ipmi, redfish=https://BMC, csv=FILE or none.',
    '# node_meter: none',
    "# The management controller's certificate: verify or off.",
    '# redfish_tls: verify',
    '# The rest of the server: auto (its calibration), a power such as 80W, or none.',
    '# host_other: auto',
    '# The platform sensor: record it beside the total, or take it as the total.',
    '# psys: record',
    "# NVIDIA's management library; else libnvidia-ml.so.1 by the linker's rules.",
    '# nvml: /usr/lib/libnvidia-ml.so.1',
    "# Where /proc and /sys are seen: a container may have the host's elsewhere.",
    '# procfs: /proc',
    '# sysfs: /sys',
    '',
    "# Who tells a zone's intensity, and what stands in for what: by zone, * for all others.",
    '# grid:',
    '#   DE:',
    '#     providers: [entsoe]',
    '# Whether a run asks them meanwhile: auto or off.',
    '# grid_sync: auto',
    '',
    '# What the further lines of an account are made with.',
    '# account:',
    '#   water: { onsite: 0.2 }',
    '#   embodied: { lifetime_y: 5 }',
    '',
    '# Limits on the runs, beside those of the ledger and of other files.',
    '# budgets:',
    '#   lab: { limit: 20kgCO2e, per: month }',
    '# Who is told when one of them does something.',
    '# notify: { desktop: true }',
  ].join('\n')}\n`;
}
