// Builds data/water.json: fresh water that electricity consumes, from published factors and the mixes of countries.
//
// Argument: CodeCarbon's global_energy_mix.json (facts of Ember by way of Our World in Data, CC BY 4.0), of which only the
// shares of generation go in. Withdrawal is another, larger figure and is not here. No table under AGPL or MPL went in.

import { readFile, writeFile } from 'node:fs/promises';
import countries from 'i18n-iso-countries';

const sources = {
  macknick: {
    title:
      'Macknick et al. 2012, Operational water consumption and withdrawal factors for electricity generating technologies, Environ. Res. Lett. 7, 045802',
    url: 'https://doi.org/10.1088/1748-9326/7/4/045802',
    via: 'medians as in Lucas-Doctorate-Project/env_research_scripts intensity-factors/intensities.json; least and most as in the scripts of Peer and Chini 2020 (getElectricityWF.R)',
  },
  bakken: {
    title:
      'Bakken, Killingtveit and Alfredsen 2017, The water footprint of hydropower production, Global Challenges 1(5): most net values lie between 0.2 and 140 m3/MWh',
    url: 'https://sintef.no/en/publications/publication/1477252',
  },
  wri: {
    title:
      'Reig et al. 2020, Guidance for Calculating Water Use Embedded in Purchased Electricity, World Resources Institute (CC BY 4.0)',
    url: 'https://www.wri.org/research/guidance-calculating-water-use-embedded-purchased-electricity',
    via: 'as listed in table 1 of Li et al. 2025, Making AI Less "Thirsty", arXiv:2304.03271v5, read in excerpts',
  },
  ember: {
    title: 'Ember, yearly electricity data, by way of Our World in Data (CC BY 4.0)',
    url: 'https://ourworldindata.org/grapher/share-elec-by-source',
    via: 'as in mlco2/codecarbon data/private_infra/global_energy_mix.json@b05965e',
  },
  egrid: {
    title: 'US EPA eGRID2023, summary tables, table 2: subregion resource mix (public domain)',
    url: 'https://www.epa.gov/egrid',
    via: 'as quoted in the research log of tokenscale, 2026-05-15',
  },
};

/** Litres of fresh water for each kWh generated; `low` 0: cooled by sea water or air. */
const technologies = {
  biomass: { low: 0, value: 2.09, high: 4.4, from: 'macknick', note: 'steam, cooling tower; most: any steam turbine' },
  coal: { low: 0, value: 2.6, high: 4.2, from: 'macknick', note: 'cooling tower' },
  gas: { low: 0, value: 0.78, high: 4.4, from: 'macknick', note: 'combined cycle, cooling tower; most: steam turbine' },
  geothermal: { low: 0, value: 1.02, high: 15, from: 'macknick', note: 'binary, dry; most: binary, cooling tower' },
  hydro: { low: 0.2, value: 17, high: 140, from: 'macknick', range: 'bakken', note: 'evaporation of reservoirs' },
  nuclear: { low: 0, value: 2.54, high: 3.2, from: 'macknick', note: 'cooling tower' },
  oil: { low: 0, value: 3.1, high: 4.4, from: 'macknick', note: 'steam, cooling tower' },
  solar: { low: 0, value: 0.004, high: 0.02, from: 'macknick', note: 'photovoltaic, washing' },
  unknown: { low: 0, value: 3.1, high: 4.4, from: 'macknick', note: 'steam is assumed' },
  wind: { low: 0, value: 0, high: 0.004, from: 'macknick' },
};

/** L/kWh consumed; the US has low and high of its own, others share those of the method. */
const published = {
  US: {
    // biome-ignore lint/suspicious/noApproximativeNumericConstant: litres, not pi
    value: 3.142,
    low: 2.49,
    high: 4.35,
    from: 'wri',
    note: 'least: Chini and Peer 2021 (doi:10.1038/s41597-020-00795-6), 2018; most: LBNL, 2024 US Data Center Energy Usage Report',
  },
  'US-AZ': { value: 4.959, from: 'wri' },
  'US-IA': { value: 3.104, from: 'wri' },
  'US-TX': { value: 1.287, from: 'wri' },
  'US-VA': { value: 2.385, from: 'wri' },
  'US-WA': { value: 9.501, from: 'wri' },
  IE: { value: 1.476, from: 'wri' },
};

/** Percent of generation, by eGRID subregion; other fossil and the rest are unknown. */
const SUBREGIONS = {
  CAMX: {
    coal: 2.1,
    gas: 42.9,
    unknown: 0.4,
    nuclear: 8,
    hydro: 14.1,
    biomass: 2.2,
    wind: 6.6,
    solar: 20.1,
    geothermal: 3.6,
  },
  NWPP: {
    coal: 16.4,
    oil: 0.2,
    gas: 24.8,
    unknown: 0.4,
    nuclear: 3.1,
    hydro: 38.7,
    biomass: 1,
    wind: 11.6,
    solar: 3.1,
    geothermal: 0.7,
  },
  RFCW: { coal: 25, oil: 0.3, gas: 37.8, unknown: 0.9, nuclear: 28.4, hydro: 1, biomass: 0.3, wind: 5.5, solar: 0.8 },
  SRVC: { coal: 10.5, oil: 0.1, gas: 39.3, unknown: 0.2, nuclear: 39.9, hydro: 1.4, biomass: 2.1, wind: 0.5, solar: 6 },
};
/** Balancing areas by the subregion that they lie in (as scripts/build-grid-annual.mjs), or by the state that they serve. */
const AREAS = {
  CAMX: 'CAL-CISO CAL-BANC CAL-IID CAL-LDWP CAL-TIDC CA',
  NWPP: 'NW-AVA NW-BPAT NW-CHPD NW-DOPD NW-GCPD NW-IPCO NW-NWMT NW-PACE NW-PACW NW-PGE NW-PSEI NW-SCL NW-TPWR',
  RFCW: 'MIDA-PJM',
  SRVC: 'CAR-CPLE CAR-CPLW CAR-DUK CAR-SC CAR-SCEG CAR-YAD',
};
const areas = { 'US-TEX-ERCO': 'US-TX', 'US-SW-AZPS': 'US-AZ', 'US-SW-SRP': 'US-AZ', 'US-SW-TEPC': 'US-AZ' };

const percent = (share) => Math.round(share * 1000) / 10;

function countryMix(row) {
  const twh = {
    ...{ coal: row.coal_TWh, gas: row.gas_TWh, oil: row.oil_TWh, nuclear: row.nuclear_TWh },
    ...{ hydro: row.hydroelectricity_TWh, wind: row.wind_TWh, solar: row.solar_TWh, biomass: row.biofuel_TWh },
    geothermal: row.other_renewable_exc_biofuel_TWh,
  };
  const named = Object.values(twh).reduce((s, value) => s + (value ?? 0), 0);
  const all = Math.max(named, row.total_TWh);
  const shares = Object.entries({ ...twh, unknown: all - named }).map(([fuel, value]) => [
    fuel,
    percent((value ?? 0) / all),
  ]);
  return { year: row.year, from: 'ember', percent: Object.fromEntries(shares.filter(([, share]) => share > 0)) };
}

const mixes = {};
for (const [iso3, row] of Object.entries(JSON.parse(await readFile(process.argv[2], 'utf8')))) {
  const zone = countries.alpha3ToAlpha2(iso3);
  if (zone !== undefined && row.total_TWh > 0) mixes[zone] = countryMix(row);
}
for (const [subregion, zones] of Object.entries(AREAS)) {
  for (const zone of zones.split(' '))
    mixes[`US-${zone}`] = { year: 2023, from: 'egrid', of: subregion, percent: SUBREGIONS[subregion] };
}
const sorted = Object.fromEntries(Object.entries(mixes).sort(([a], [b]) => (a < b ? -1 : 1)));
const lines = Object.entries(sorted).map(([zone, mix]) => `  ${JSON.stringify(zone)}: ${JSON.stringify(mix)}`);
const head = JSON.stringify(
  {
    unit: 'litres of fresh water consumed for each kWh',
    licence: 'facts, cited one by one',
    sources,
    technologies,
    published,
    areas,
  },
  null,
  1,
);
await writeFile('data/water.json', `${head.slice(0, -2)},\n "mixes": {\n${lines.join(',\n')}\n }\n}\n`);
