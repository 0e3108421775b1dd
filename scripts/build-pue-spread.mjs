// How far the overhead of a data centre (PUE − 1) lies from what is published of it → data/pue-spread.json: percentiles of
// the logarithm of their ratio, from the tables of three providers. Run after build-places.mjs: node scripts/build-pue-spread.mjs

import { readFile, writeFile } from 'node:fs/promises';

/** PUE by region of the year before that of data/places.json; same scope and provider. Calendar 2024; Microsoft of 2023. */
const BEFORE = {
  aws: {
    ...{ 'af-south-1': 1.24, 'ap-northeast-1': 1.27, 'ap-south-1': 1.42, 'ap-south-2': 1.46, 'ap-southeast-1': 1.32 },
    ...{
      'ap-southeast-2': 1.16,
      'ap-southeast-3': 1.4,
      'ap-southeast-4': 1.07,
      'ca-central-1': 1.19,
      'ca-west-1': 1.17,
    },
    ...{ 'cn-northwest-1': 1.25, 'eu-central-1': 1.35, 'eu-north-1': 1.1, 'eu-south-2': 1.09, 'eu-west-1': 1.11 },
    ...{ 'me-central-1': 1.27, 'me-south-1': 1.33, 'sa-east-1': 1.17, 'us-east-1': 1.15, 'us-east-2': 1.13 },
    ...{ 'us-west-1': 1.18, 'us-west-2': 1.12 },
  },
  gcp: {
    ...{
      'asia-east1': 1.12,
      'asia-southeast1': 1.16,
      'europe-north1': 1.09,
      'europe-west1': 1.09,
      'europe-west4': 1.07,
    },
    ...{ 'southamerica-west1': 1.12, 'us-central1': 1.1, 'us-east1': 1.1, 'us-east4': 1.09, 'us-south1': 1.12 },
    ...{ 'us-west1': 1.07, 'us-west4': 1.08 },
  },
  azure: {
    ...{ centralus: 1.16, eastus: 1.14, northcentralus: 1.35, northeurope: 1.19, southcentralus: 1.28 },
    ...{ southeastasia: 1.34, swedencentral: 1.16, westcentralus: 1.11, westeurope: 1.14, westus3: 1.18 },
  },
};

/** [PUE of a quarter, of the twelve months to its end] of Google's campuses, by that of South Carolina to that of Oregon. */
const QUARTERS = [
  ...[
    [1.07, 1.1],
    [1.05, 1.05],
    [1.04, 1.04],
    [1.05, 1.06],
    [1.1, 1.12],
    [1.1, 1.11],
    [1.07, 1.07],
    [1.08, 1.09],
  ],
  ...[
    [1.08, 1.08],
    [1.07, 1.08],
    [1.07, 1.07],
    [1.09, 1.1],
    [1.07, 1.09],
    [1.09, 1.1],
    [1.08, 1.13],
    [1.07, 1.09],
  ],
  ...[
    [1.07, 1.08],
    [1.09, 1.11],
    [1.08, 1.1],
    [1.08, 1.1],
    [1.08, 1.09],
    [1.09, 1.09],
    [1.12, 1.13],
    [1.14, 1.15],
  ],
  ...[
    [1.07, 1.08],
    [1.09, 1.14],
    [1.1, 1.1],
    [1.06, 1.07],
  ],
];

/** Means over more of what is published by region: of all, and of continents. Microsoft's regions are of fiscal 2024, as is their mean. */
const FLEETS = { aws: 1.14, gcp: 1.09, azure: 1.16 };
const CONTINENTS = [
  { mean: 1.11, of: /^aws:eu-/ },
  { mean: 1.25, of: /^aws:ap-/ },
];

const { places } = JSON.parse(await readFile('data/places.json', 'utf8'));
const regions = Object.entries(places).flatMap(([name, { pue }]) => {
  const [provider, region] = name.split(':');
  return pue?.scope === 'region' ? [{ provider, region, name, pue: pue.value }] : [];
});
const ratio = (pue, stated) => Math.log((pue - 1) / (stated - 1));

const fleet = regions.flatMap(({ provider, pue }) =>
  provider in FLEETS ? [{ group: provider, x: ratio(pue, FLEETS[provider]) }] : [],
);
const continent = regions.flatMap(({ name, pue }) =>
  CONTINENTS.flatMap(({ mean, of }) => (of.test(name) ? [{ group: String(of), x: ratio(pue, mean) }] : [])),
);
const year = regions.flatMap(({ provider, region, pue }) => {
  const before = BEFORE[provider]?.[region];
  return before === undefined ? [] : [{ group: provider, x: Math.abs(ratio(pue, before)) }];
});
const season = QUARTERS.map(([quarter, months]) => ({ group: 'gcp', x: Math.abs(ratio(quarter, months)) }));

/** The q-quantile, every group of equal weight; to three digits. */
function quantile(values, q) {
  const count = (group) => values.filter((one) => one.group === group).length;
  const groups = new Set(values.map(({ group }) => group)).size;
  let sum = 0;
  for (const { group, x } of values.toSorted((a, b) => a.x - b.x)) {
    sum += 1 / count(group) / groups;
    if (sum >= q - 1e-9) return Math.round(x * 1000) / 1000;
  }
}
const both = (values) => ({ down: -quantile(values, 0.05), up: quantile(values, 0.95) });

const spread = {
  sources: {
    regions: 'data/places.json: AWS 2025, Google 2025, Microsoft fiscal 2024, each around the mean of its provider',
    year: 'the same regions a year before: AWS 2024, Google 2024, Microsoft 2023, via Green-Software-Foundation/real-time-cloud@b2858aa Cloud_Region_Metadata.csv',
    season:
      'Google data centers, efficiency: PUE of a quarter and of twelve months by campus, as on 2025-10-16, via emielkwakkel/sustainable-ai docs/pue-data.md@9958264',
  },
  ...{ fleet: both(fleet), continent: both(continent), year: quantile(year, 0.9), season: quantile(season, 0.9) },
};
await writeFile('data/pue-spread.json', `${JSON.stringify(spread, null, 1)}\n`);
console.log(fleet.length, continent.length, year.length, season.length, spread);
