// Builds data/grid-annual.json from a table of published yearly intensities (argument: its path).
//
// Only Ember/Our World in Data (CC BY 4.0, lifecycle) and US EPA eGRID (public domain, direct) go in.

import { readFile, writeFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import countries from 'i18n-iso-countries';

const rows = parse(await readFile(process.argv[2], 'utf8'), { columns: true, bom: true });
/** Balancing areas as Electricity Maps keys them, by the eGRID subregions that cover them. */
const AREAS = {
  'US-CAL-CISO': ['CAMX'],
  'US-TEX-ERCO': ['ERCT'],
  'US-NE-ISNE': ['NEWE'],
  'US-NW-BPAT': ['NWPP'],
  'US-NW-PACW': ['NWPP'],
  'US-NW-PACE': ['NWPP'],
  'US-NW-PGE': ['NWPP'],
  'US-NW-PSCO': ['RMPA'],
  'US-SW-AZPS': ['AZNM'],
  'US-SW-SRP': ['AZNM'],
  'US-SW-PNM': ['AZNM'],
  'US-TEN-TVA': ['SRTV'],
  'US-CAR-DUK': ['SRVC'],
  'US-CAR-CPLE': ['SRVC'],
  'US-SE-SOCO': ['SRSO'],
  'US-FLA-FPL': ['FRCC'],
  'US-MIDA-PJM': ['RFCE', 'RFCW'],
  'US-CENT-SWPP': ['SPNO', 'SPSO'],
  'US-MIDW-MISO': ['MROW', 'RFCM', 'SRMW', 'SRMV'],
  'US-MIDW-LGEE': ['SRTV'],
  'US-NW-NEVP': ['NWPP', 'AZNM'],
  'US-NW-WACM': ['RMPA'],
  ...whole('NWPP', 'NW', 'AVA CHPD DOPD GCPD IPCO NWMT PSEI SCL TPWR'),
  ...whole('AZNM', 'SW', 'EPE TEPC WALC'),
  ...whole('CAMX', 'CAL', 'BANC IID LDWP TIDC'),
  ...whole('SRVC', 'CAR', 'CPLW SC SCEG YAD'),
  ...whole('FRCC', 'FLA', 'FMPP FPC GVL HST JEA SEC TAL TEC'),
};
/** Authorities of one of EIA's regions that lie in one subregion. */
function whole(subregion, region, authorities) {
  return Object.fromEntries(authorities.split(' ').map((code) => [`US-${region}-${code}`, [subregion]]));
}
const newest = new Map();
for (const row of rows) {
  const key = `${row.source.startsWith('Ember') ? 'ember' : /EPA eGRID/.test(row.source) ? 'egrid' : ''} ${row.zone_type} ${row.zone}`;
  if (key.startsWith(' ')) continue;
  if (!(Number(newest.get(key)?.year ?? 0) >= Number(row.year))) newest.set(key, row);
}
const zones = {};
const round = (value) => Math.round(value * 100) / 100;
const egrid = (name) => newest.get(`egrid eGRID subregion EGRID-${name}`);
for (const [key, row] of newest) {
  if (key.startsWith('ember country')) {
    const zone = countries.alpha3ToAlpha2(row.iso3);
    if (zone)
      zones[zone] = {
        name: row.zone_name,
        year: Number(row.year),
        g_per_kwh: round(Number(row.lifecycle_gco2e_kwh)),
        from: 'ember',
      };
  } else if (key.startsWith('egrid US state')) {
    zones[row.zone] = {
      name: row.zone_name,
      year: Number(row.year),
      g_per_kwh: round(Number(row.direct_gco2e_kwh)),
      from: 'egrid',
    };
  }
}
for (const [zone, parts] of Object.entries(AREAS)) {
  const found = parts.map(egrid);
  zones[zone] = {
    name: found.map((row) => row.zone_name).join(' and '),
    year: Math.min(...found.map((row) => Number(row.year))),
    g_per_kwh: round(found.reduce((s, row) => s + Number(row.direct_gco2e_kwh), 0) / found.length),
    from: 'egrid',
    note:
      parts.length === 1
        ? `eGRID subregion ${parts[0]}`
        : `simple mean of eGRID subregions ${parts.join(', ')}, which do not follow the area's borders`,
  };
}
const ny = newest.get('egrid US state US-NY');
zones['US-NY-NYIS'] = {
  name: 'New York',
  year: Number(ny.year),
  g_per_kwh: round(Number(ny.direct_gco2e_kwh)),
  from: 'egrid',
  note: 'eGRID state of New York',
};
const sources = {
  ember: { source: 'Ember, via Our World in Data', scope: 'lifecycle', basis: 'production', licence: 'CC BY 4.0' },
  egrid: {
    source: 'US EPA eGRID',
    scope: 'direct',
    basis: 'production (total output emission rate)',
    licence: 'public domain',
  },
};
const sorted = Object.fromEntries(Object.entries(zones).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile('data/grid-annual.json', `${JSON.stringify({ sources, zones: sorted }, null, 1)}\n`);
console.log(`${Object.keys(sorted).length} zones`);
