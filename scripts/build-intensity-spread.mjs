// Builds data/intensity-spread.json from the grid traces of ../shared/data/grid (or GRID_TRACES): percentiles of truth ÷
// stated over all of them. The traces themselves stay where they are.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from '../bench/load.mjs';

const { readCorpus } = await load('test/helpers/intensity-corpus.ts');
const { fitted } = await load('test/helpers/intensity-fit.ts');

const sources = {
  hours:
    'Electricity Maps hourly traces of 2020 to 2022 (ODbL), those of "Let\'s Wait Awhile" (Wiesner et al. 2021) and CarbonCast (Maji et al. 2022, Apache-2.0; facts of EIA and ENTSO-E), NESO 2019 and 2024 (CC BY 4.0): 30 zone-years of 16 grids, the statistics are our own',
  forecast: 'CarbonCast 96 h forecasts of CISO, ERCO and DE, second half of 2021 (Apache-2.0)',
  estimated: "NESO's last forecast before real time, 2024 (CC BY 4.0), and the first hours of CarbonCast's",
  producer:
    'hours: Electricity Maps against CarbonCast in CISO, ERCO and DE; table: Electricity Maps (by way of CO2.js, ODbL) against Ember (CC BY 4.0), yearly means of 2024 and 2025 of 184 countries',
  year: 'Electricity Maps, yearly means of 2025 against 2024 of 352 zones',
};
const model = fitted(readCorpus());
const text = JSON.stringify(
  { sources, ...model },
  (_, value) => (typeof value === 'number' ? Number(value.toFixed(3)) : value),
  1,
);
await writeFile(
  join(import.meta.dirname, '../data/intensity-spread.json'),
  `${text.replace(/\[\s+([^\]]*?)\s+\]/g, (_, list) => `[${list.replace(/\s+/g, ' ')}]`)}\n`,
);
