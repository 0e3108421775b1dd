import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import areas from '../../data/entsoe-areas.json' with { type: 'json' };
import places from '../../data/places.json' with { type: 'json' };
import { annualIntensity } from './annual.ts';
import { nearest, unknownZone } from './nearest.ts';
import { allPlaces } from './place-table.ts';
import { placeNamed, placeOf } from './places.ts';
import { respondentOf } from './providers/eia.ts';
import { allZones, isZone, zoneName } from './zones.ts';

describe('places', () => {
  // Zones: who serves the city. PUE: AWS fact sheets 2025; Google's environmental report of 2025 by campus, and its fleet;
  // Microsoft's efficiency page by geography (fiscal 2024) and fact sheet by continent (fiscal 2025); Oracle 2023.
  test.each([
    ['aws:eu-central-1', 'DE', 1.24, 2025, 'region', 'Frankfurt, Germany'],
    ['aws:us-west-2', 'US-NW-BPAT', 1.12, 2025, 'region', 'Oregon (Umatilla, Morrow), United States'],
    ['aws:eu-south-1', 'IT-NO', 1.11, 2025, 'continent', 'Milan, Italy'],
    ['aws:ap-east-1', 'HK', 1.14, 2025, 'fleet', 'Hong Kong'],
    ['gcp:us-central1', 'US-MIDW-MISO', 1.11, 2025, 'region', 'Council Bluffs, Iowa, United States'],
    ['gcp:us-west2', 'US-CAL-LDWP', 1.09, 2025, 'fleet', 'Los Angeles, California, United States'],
    ['gcp:me-central1', 'QA', 1.09, 2025, 'fleet', 'Doha, Qatar'],
    ['azure:westeurope', 'NL', 1.14, 2024, 'region', 'Netherlands (Middenmeer), Netherlands'],
    ['azure:northcentralus', 'US-MIDA-PJM', 1.25, 2024, 'region', 'Illinois, United States'],
    ['azure:japaneast', 'JP-TK', 1.28, 2025, 'continent', 'Tokyo, Saitama, Japan'],
    ['oci:us-ashburn-1', 'US-MIDA-PJM', 1.34, 2023, 'region', 'Ashburn, Virginia, United States'],
  ])('%s', (name, zone, pue, year, scope, city) => {
    const place = placeOf(name);
    expect([place.zone, place.city]).toEqual([zone, city]);
    expect(place.pue).toMatchObject({ value: pue, year, scope, source: expect.stringMatching(/, https:\/\//) });
  });

  test('water where it is published: AWS by region, Microsoft by continent, Google not at all', () => {
    const wue = (name: string) => placeOf(name).wue;
    expect(wue('aws:ap-southeast-3')).toMatchObject({ value: 2.85, year: 2025, scope: 'region' });
    expect(wue('azure:swedencentral')).toMatchObject({ value: 0.03, year: 2025, scope: 'continent' });
    expect([wue('gcp:europe-west4'), wue('aws:eu-west-3'), wue('hetzner:fsn1')]).toEqual([null, null, null]);
  });

  test.each([
    ['aws/eu-central-1', 'aws:eu-central-1'],
    [' AWS:EU-Central-1 ', 'aws:eu-central-1'],
    ['aws:us-east-1a', 'aws:us-east-1'],
    ['gcp:us-central1-f', 'gcp:us-central1'],
    ['google:europe-west12', 'gcp:europe-west12'],
    ['ovh:GRA11', 'ovh:gra'],
    ['ovh:US-EAST-VA-1', 'ovh:us-east-va'],
    ['scaleway:fr-par-2', 'scaleway:fr-par'],
    ['oracle:eu-frankfurt-1', 'oci:eu-frankfurt-1'],
  ])('%s is %s', (text, name) => {
    expect(placeOf(text).name).toBe(name);
  });

  // A number at the end is another region where it is not a zone's.
  test.each(['azure:westus9', 'aws:eu-central-12', 'gcp:us-central', 'DE', 'aws:', 'eu-central-1', 'a:b:c', ''])(
    '"%s" is none',
    (text) => {
      expect(placeNamed(text)).toBeNull();
    },
  );

  test('each lies in a zone that is known and has a mean, and its figures are such as they can be', () => {
    expect(allPlaces().length).toBeGreaterThan(200);
    for (const { name, zone, city, pue, wue, source } of allPlaces()) {
      expect([name, isZone(zone), annualIntensity(zone).g_per_kwh[0]! > 0]).toEqual([name, true, true]);
      expect(city.length).toBeGreaterThan(2);
      expect(source).toMatch(/https:\/\//);
      for (const [fact, least, most] of [
        [pue, 1, 2],
        [wue, 0, 5],
      ] as const) {
        if (fact === null) continue;
        expect([name, fact.value >= least && fact.value <= most]).toEqual([name, true]);
        expect(fact.year).toBeGreaterThanOrEqual(2023);
        expect(['region', 'continent', 'fleet']).toContain(fact.scope);
      }
    }
  });

  test('the document counts them as they are', () => {
    const doc = readFileSync(resolve(import.meta.dirname, '../../docs/formats/places.md'), 'utf8');
    const of = (provider: string) => allPlaces().filter((place) => place.provider === provider);
    const scoped = (provider: string, scope: string) => of(provider).filter(({ pue }) => pue?.scope === scope).length;
    const row = (...parts: (string | number)[]) => expect(doc).toContain(`| ${parts.join('')}`);
    const [aws, gcp, azure, oci] = ['AWS', 'Google Cloud', 'Microsoft Azure', 'Oracle Cloud'] as const;
    const [region, continent, fleet] = ['region', 'continent', 'fleet'].map((scope) => scoped(aws, scope));
    row(aws, ' | ', of(aws).length, ` | ${region} of the region, ${continent} of the continent, ${fleet} of the fleet`);
    row(
      gcp,
      ' | ',
      of(gcp).length,
      ` | ${scoped(gcp, 'region')} of the region's campus, ${scoped(gcp, 'fleet')} of the`,
    );
    row(azure, ' | ', of(azure).length, ` | ${scoped(azure, 'region')} of the geography`);
    expect(doc).toContain(`; ${scoped(azure, 'continent')} of the continent: data fact sheet`);
    row(oci, ' | ', of(oci).length, ` | ${scoped(oci, 'region')} of the region, 2023`);
    const others = ['Hetzner', 'OVHcloud', 'Scaleway', 'CoreWeave'];
    row(others.join(', '), ' | ', others.map((name) => of(name).length).join(', '));
  });

  test('every source is cited by something, and nothing is from a table that may not be copied', () => {
    const text = JSON.stringify([places.places, places.providers]);
    for (const id of Object.keys(places.sources)) expect(text).toContain(`"from":"${id}"`);
    expect(JSON.stringify(places)).not.toMatch(/electricitymaps|co2\.js|ODbL|AGPL/i);
  });
});

describe('zones', () => {
  test.each([
    'DE',
    'SE-SE1',
    'NO-NO1',
    'IT-NO',
    'AU-NSW',
    'CA-ON',
    'JP-TK',
    'IN-WE',
    'BR-CS',
    'US-NW-GCPD',
    'US-CA',
    'XK',
  ])('%s is one', (zone) => {
    expect(isZone(zone)).toBe(true);
    expect(zoneName(zone)).toMatch(/\w/);
  });

  test('what ENTSO-E and EIA have an area for is one, and EIA has every balancing authority', () => {
    for (const zone of Object.keys(areas.areas)) expect([zone, isZone(zone)]).toEqual([zone, true]);
    const authorities = allZones().filter((zone) => /^US-[A-Z]+-[A-Z]+$/.test(zone));
    expect(authorities.length).toBeGreaterThan(55);
    for (const zone of authorities) expect(respondentOf(zone)).toBe(zone.split('-')[2]);
  });

  test('each part has a country, and a name with its country’s', () => {
    expect(allZones().length).toBeGreaterThan(400);
    for (const zone of allZones()) expect([zone, isZone(zone.split('-')[0]!)]).toEqual([zone, true]);
    expect(zoneName('SE-SE3')).toBe('South central Sweden (Stockholm), Sweden');
    expect(zoneName('QQ')).toBeNull();
  });

  // Ember 2025 by Our World in Data: Sweden 35.29, Canada, Australia; eGRID2022 NWPP 274.82 was 288.17 in 2023.
  test.each([
    ['SE-SE1', 'SE', 'lifecycle'],
    ['ca-on', 'CA', 'lifecycle'],
    ['US-CENT-SPA', 'US', 'lifecycle'],
  ])('%s has the mean of %s, and says so', (zone, country, scope) => {
    const part = annualIntensity(zone);
    const whole = annualIntensity(country);
    expect([part.g_per_kwh, part.year, part.scope, part.quality]).toEqual([
      ...[whole.g_per_kwh, whole.year],
      ...[scope, 'annual'],
    ]);
    expect([part.zone, part.mean_of]).toEqual([zone.toUpperCase(), country]);
    expect(part.source).toContain(`none of ${zone.toUpperCase()} is published`);
    expect(whole.mean_of).toBeUndefined();
  });

  test('balancing authorities of one eGRID subregion have its mean: Grant County that of NWPP in eGRID2023', () => {
    expect(annualIntensity('US-NW-GCPD')).toMatchObject({ year: 2023, scope: 'direct', provider: 'egrid' });
    expect(annualIntensity('US-NW-GCPD').g_per_kwh[0]).toBe(288.17);
    expect(annualIntensity('US-NW-GCPD').mean_of).toBeUndefined();
    // Nevada Power lies in two: (288.17 + 353.52) / 2.
    expect(annualIntensity('US-NW-NEVP').g_per_kwh[0]).toBeCloseTo(320.85, 2);
  });

  test('a zone that is known and of which nothing is published: no near names, but what would help', () => {
    expect(() => annualIntensity('LI')).toThrow(expect.objectContaining({ code: 'zone-unknown' }));
    expect(() => annualIntensity('LI')).toThrow(
      expect.objectContaining({
        hint: 'no annual mean of Liechtenstein is published: give a series with --intensity FILE',
      }),
    );
  });
});

describe('nearest names', () => {
  test.each([
    ['germany', ['DE', 'DE-LU']],
    ['Germany ', ['DE', 'DE-LU']],
    ['USA', ['US']],
    ['uk', ['GB']],
    ['korea', ['KP', 'KR']],
    ['california', ['US-CA', 'US-CAL-CISO']],
    ['bavaria', []],
    ['swedn', ['SE']],
    ['DX', ['DE', 'DK']],
    ['US-CAL', ['US-CAL-CISO']],
    ['SE3', ['SE-SE3']],
    ['pjm', ['US-MIDA-PJM']],
    ['frankfurt', ['aws:eu-central-1', 'gcp:europe-west3']],
    ['us-east-1', ['aws:us-east-1']],
    ['aws:eu-centrl-1', ['aws:eu-central-1']],
    ['gcp:eu-central-1', ['aws:eu-central-1']],
    ['aws/us-est-1', ['aws:us-east-1']],
    ['azure:westus9', ['azure:westus', 'azure:westus2', 'azure:westus3']],
  ])('%s: %j', (text, wanted) => {
    const found = nearest(text);
    expect(found).toEqual(expect.arrayContaining(wanted));
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(8);
  });

  test('all that is proposed can be named', () => {
    for (const text of ['germany', 'oslo', 'qqqq', 'US-', 'aws:x', 'x:y', '-', 'é', 'x'.repeat(1e6)])
      for (const name of nearest(text)) expect([name, isZone(name) || placeNamed(name) !== null]).toEqual([name, true]);
  });

  test('the fault says what was given and what is near', () => {
    expect(unknownZone(' oslo ')).toMatchObject({
      ...{ code: 'zone-unknown', message: 'no annual intensity is known for zone "oslo"' },
      hint: expect.stringMatching(/^did you mean NO-NO1\?.*joulebook grid zones/),
    });
  });
});
