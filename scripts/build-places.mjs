// Builds data/places.json from scripts/cloud-regions.txt: cloud regions, the grid zone that each lies in, and what its provider publishes of it.
//
// A region's zone is the country's, the bidding zone's or the balancing authority's that serves its city. PUE and WUE are
// the provider's own figures; what it does not publish is null. No table under AGPL or ODbL went in.

import { readFile, writeFile } from 'node:fs/promises';

const GSF = 'read in the transcripts of Green-Software-Foundation/real-time-cloud, metrics/2025';
const sources = {
  'aws-regions': {
    title: 'AWS Regions',
    url: 'https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html',
  },
  aws: {
    title: 'AWS sustainability fact sheets, 2025',
    url: 'https://sustainability.aboutamazon.com/products-services/aws-cloud',
    via: `${GSF}/aws-2025-metrics.md@c131e0d`,
  },
  'aws-fleet': {
    title: 'AWS Cloud: power and water usage effectiveness, 2025',
    url: 'https://sustainability.aboutamazon.com/products-services/aws-cloud',
    via: `the PUE as on the page; the WUE ${GSF}/aws-2025-metrics.md@c131e0d`,
  },
  'gcp-regions': {
    title: 'Google Cloud locations',
    url: 'https://cloud.google.com/compute/docs/regions-zones',
  },
  gcp: {
    title: 'Google 2026 Environmental Report, PUE by data center (2025)',
    url: 'https://storage.googleapis.com/gweb-mobius-cdn/sustainability/uploads/7f477eb723fe0c23d03f94b90a08882b9f28187d.pdf',
    via: `${GSF}/google-2025-metrics.md@b33513b`,
  },
  'azure-regions': {
    title: 'List of Azure regions',
    url: 'https://learn.microsoft.com/azure/reliability/regions-list',
  },
  azure: {
    title: 'Microsoft datacenter efficiency, fiscal year to June 2024, by geography',
    url: 'https://datacenters.microsoft.com/sustainability/efficiency/',
    via: 'as on 2025-10-16, in emielkwakkel/sustainable-ai docs/pue-data.md@9958264',
  },
  'azure-continents': {
    title: 'Microsoft 2026 Environmental Data Fact Sheet, fiscal year to June 2025',
    url: 'https://datacenters.microsoft.com/sustainability/efficiency/',
    via: `${GSF}/azure-2025-metrics.md@55b6a6d`,
  },
  'oci-regions': {
    title: 'Oracle Cloud: geographical regions and identifiers',
    url: 'https://docs.oracle.com/en/cloud/saas/enterprise-performance-management-common/tsepm/opc_gen_2_regions.html',
  },
  oci: {
    title: 'Oracle sustainability report 2023 and Clean Cloud OCI data sheet: PUE by region (2023)',
    url: 'https://www.oracle.com/a/ocom/docs/corporate/citizenship/clean-cloud-oci.pdf',
    via: `${GSF}/oracle-2025-metrics.md@c131e0d`,
  },
  'hetzner-regions': { title: 'Hetzner Cloud locations', url: 'https://docs.hetzner.com/cloud/general/locations/' },
  'ovh-regions': {
    title: 'OVHcloud regions',
    url: 'https://www.ovhcloud.com/en/about-us/global-infrastructure/regions/',
  },
  'scaleway-regions': {
    title: 'Scaleway regions',
    url: 'https://www.scaleway.com/en/docs/account/reference-content/products-availability/',
  },
  'coreweave-regions': {
    title: 'CoreWeave regions and availability zones',
    url: 'https://docs.coreweave.com/platform/regions/all-availability-zones',
  },
};

/** Means over more than one region, where a region has no figure of its own: the year, PUE, WUE, what they are of, the source. */
const AVERAGES = {
  'aws fleet': { year: 2025, pue: 1.14, wue: 0.12, scope: 'fleet', from: 'aws-fleet' },
  'aws europe': { year: 2025, pue: 1.11, wue: 0.05, scope: 'continent', from: 'aws' },
  'aws asia': { year: 2025, pue: 1.25, wue: 1.1, scope: 'continent', from: 'aws' },
  'gcp fleet': { year: 2025, pue: 1.09, wue: null, scope: 'fleet', from: 'gcp' },
  'azure americas': { year: 2025, pue: 1.16, wue: 0.34, scope: 'continent', from: 'azure-continents' },
  'azure asia': { year: 2025, pue: 1.28, wue: 0.25, scope: 'continent', from: 'azure-continents' },
  'azure emea': { year: 2025, pue: 1.16, wue: 0.03, scope: 'continent', from: 'azure-continents' },
};
/** `numbered`: its regions are often written with the number of a zone behind, GRA11 or fr-par-2. */
const PROVIDERS = {
  aws: { name: 'AWS', year: 2025 },
  gcp: { name: 'Google Cloud', year: 2025 },
  azure: { name: 'Microsoft Azure', year: 2024 },
  oci: { name: 'Oracle Cloud', year: 2023 },
  hetzner: { name: 'Hetzner' },
  ovh: { name: 'OVHcloud', numbered: true },
  scaleway: { name: 'Scaleway', numbered: true },
  coreweave: { name: 'CoreWeave' },
};

/** A column's figure: a region's own number, the mean that it names, or null. */
function factOf(provider, kind, [, , , pue, wue]) {
  const text = kind === 'pue' ? pue : (wue ?? (Number.isFinite(Number(pue)) ? undefined : pue));
  if (text === undefined) return null;
  const mean = AVERAGES[`${provider} ${text}`];
  if (mean === undefined)
    return { value: Number(text), year: PROVIDERS[provider].year, scope: 'region', from: provider };
  return mean[kind] === null ? null : { value: mean[kind], year: mean.year, scope: mean.scope, from: mean.from };
}

const text = await readFile(new URL('cloud-regions.txt', import.meta.url), 'utf8');
const places = text
  .split(/^(?=\[)/m)
  .slice(1)
  .flatMap((part) => {
    const [heading, ...lines] = part.trim().split('\n');
    return lines.map((line) => [heading.slice(1, -1), line.split('|').map((cell) => cell.trim())]);
  })
  .map(([provider, row]) => [
    `${provider}:${row[0]}`,
    { city: row[1], zone: row[2], pue: factOf(provider, 'pue', row), wue: factOf(provider, 'wue', row) },
  ]);
const providers = Object.fromEntries(
  Object.entries(PROVIDERS).map(([id, { name, numbered = false }]) => [id, { name, numbered, from: `${id}-regions` }]),
);
const lines = places.map(([name, place]) => `  ${JSON.stringify(name)}: ${JSON.stringify(place)}`);
const head = JSON.stringify({ licence: 'facts, as their providers publish them', sources, providers }, null, 1);
await writeFile('data/places.json', `${head.slice(0, -2)},\n "places": {\n${lines.join(',\n')}\n }\n}\n`);
const own = places.filter(([, { pue }]) => pue?.scope === 'region').length;
console.log(`${places.length} places, ${own} with a PUE of their own`);
