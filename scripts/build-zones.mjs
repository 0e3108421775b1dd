// Builds data/zones.json: the zones that are legal without an annual mean of their own, by name.
//
// Countries are those of ISO 3166-1; the parts of a country are facts of its grid, named under each heading. Keys are
// those under which Electricity Maps files them, so that one key serves every provider.

import { writeFile } from 'node:fs/promises';
import countries from 'i18n-iso-countries';

/** Bidding zones of ENTSO-E's areas (appendix A.15 of its API guide) and islands with a grid of their own. */
const EUROPE = {
  'DE-LU': 'Germany and Luxembourg (one bidding zone)',
  ...{ 'DK-DK1': 'West Denmark', 'DK-DK2': 'East Denmark', 'DK-BHM': 'Bornholm' },
  ...{ 'NO-NO1': 'Southeast Norway (Oslo)', 'NO-NO2': 'Southwest Norway (Kristiansand)' },
  ...{ 'NO-NO3': 'Middle Norway (Trondheim)', 'NO-NO4': 'North Norway (Tromsø)', 'NO-NO5': 'West Norway (Bergen)' },
  ...{ 'SE-SE1': 'North Sweden (Luleå)', 'SE-SE2': 'North central Sweden (Sundsvall)' },
  ...{ 'SE-SE3': 'South central Sweden (Stockholm)', 'SE-SE4': 'South Sweden (Malmö)' },
  ...{ 'IT-NO': 'North Italy', 'IT-CNO': 'Central north Italy', 'IT-CSO': 'Central south Italy' },
  ...{ 'IT-SO': 'South Italy', 'IT-CA': 'Calabria', 'IT-SIC': 'Sicily', 'IT-SAR': 'Sardinia' },
  ...{ 'GB-NIR': 'Northern Ireland', 'GB-ORK': 'Orkney Islands', 'GB-ZET': 'Shetland Islands' },
  ...{ 'ES-CE': 'Ceuta', 'ES-ML': 'Melilla', 'ES-IB-MA': 'Mallorca', 'ES-IB-ME': 'Menorca', 'ES-IB-IZ': 'Ibiza' },
  ...{ 'ES-IB-FO': 'Formentera', 'ES-CN-FVLZ': 'Fuerteventura and Lanzarote', 'ES-CN-GC': 'Gran Canaria' },
  ...{ 'ES-CN-HI': 'El Hierro', 'ES-CN-IG': 'La Gomera', 'ES-CN-LP': 'La Palma', 'ES-CN-TE': 'Tenerife' },
  ...{ 'FR-COR': 'Corsica', 'PT-AC': 'Azores', 'PT-MA': 'Madeira' },
};
/** Regions of Great Britain, by NESO's number. */
const BRITAIN = [
  ...['North Scotland', 'South Scotland', 'North West England', 'North East England', 'Yorkshire'],
  ...['North Wales & Merseyside', 'South Wales', 'West Midlands', 'East Midlands', 'East England'],
  ...['South West England', 'South England', 'London', 'South East England', 'England', 'Scotland', 'Wales'],
];
/** Provinces, states and islands with a system operator or a market region of their own (ISO 3166-2 where it names them). */
const WORLD = {
  ...{ 'AU-NSW': 'New South Wales', 'AU-QLD': 'Queensland', 'AU-SA': 'South Australia', 'AU-TAS': 'Tasmania' },
  ...{ 'AU-VIC': 'Victoria', 'AU-WA': 'Western Australia', 'AU-NT': 'Northern Territory' },
  ...{ 'CA-AB': 'Alberta', 'CA-BC': 'British Columbia', 'CA-MB': 'Manitoba', 'CA-NB': 'New Brunswick' },
  ...{ 'CA-NL': 'Newfoundland and Labrador', 'CA-NS': 'Nova Scotia', 'CA-NT': 'Northwest Territories' },
  ...{ 'CA-NU': 'Nunavut', 'CA-ON': 'Ontario', 'CA-PE': 'Prince Edward Island', 'CA-QC': 'Québec' },
  ...{ 'CA-SK': 'Saskatchewan', 'CA-YT': 'Yukon' },
  ...{ 'BR-CS': 'Central Brazil (southeast and centre-west)', 'BR-N': 'North Brazil', 'BR-NE': 'Northeast Brazil' },
  ...{ 'BR-S': 'South Brazil', 'CL-SEN': 'Chile, national system', 'CL-SEA': 'Aysén', 'CL-SEM': 'Magallanes' },
  ...{ 'IN-EA': 'Eastern India', 'IN-NE': 'North Eastern India', 'IN-NO': 'Northern India' },
  ...{ 'IN-SO': 'Southern India', 'IN-WE': 'Western India' },
  ...{ 'JP-HKD': 'Hokkaidō', 'JP-TH': 'Tōhoku', 'JP-TK': 'Tōkyō', 'JP-CB': 'Chūbu', 'JP-HR': 'Hokuriku' },
  ...{ 'JP-KN': 'Kansai', 'JP-CG': 'Chūgoku', 'JP-SK': 'Shikoku', 'JP-KY': 'Kyūshū', 'JP-ON': 'Okinawa' },
  ...{ 'MY-WM': 'Peninsular Malaysia', 'MY-EM': 'Borneo (Sabah and Sarawak)' },
  ...{ 'PH-LU': 'Luzon', 'PH-VI': 'Visayas', 'PH-MI': 'Mindanao' },
};
/** Balancing authorities of EIA's hourly grid monitor (Form EIA-930), under its regions. */
const AMERICA = {
  CAL: {
    ...{
      BANC: 'Balancing Authority of Northern California',
      CISO: 'California ISO',
      IID: 'Imperial Irrigation District',
    },
    ...{ LDWP: 'Los Angeles Department of Water and Power', TIDC: 'Turlock Irrigation District' },
  },
  CAR: {
    ...{ CPLE: 'Duke Energy Progress East', CPLW: 'Duke Energy Progress West', DUK: 'Duke Energy Carolinas' },
    ...{ SC: 'Santee Cooper', SCEG: 'Dominion Energy South Carolina', YAD: 'Alcoa Power Generating, Yadkin' },
  },
  CENT: { SPA: 'Southwestern Power Administration', SWPP: 'Southwest Power Pool' },
  FLA: {
    ...{ FMPP: 'Florida Municipal Power Pool', FPC: 'Duke Energy Florida', FPL: 'Florida Power and Light' },
    ...{ GVL: 'Gainesville', HST: 'Homestead', JEA: 'JEA (Jacksonville)', SEC: 'Seminole Electric Cooperative' },
    ...{ TAL: 'Tallahassee', TEC: 'Tampa Electric' },
  },
  MIDA: { PJM: 'PJM Interconnection' },
  MIDW: { AECI: 'Associated Electric Cooperative', LGEE: 'LG&E and Kentucky Utilities', MISO: 'Midcontinent ISO' },
  NE: { ISNE: 'ISO New England' },
  NW: {
    ...{
      AVA: 'Avista',
      BPAT: 'Bonneville Power Administration',
      CHPD: 'Chelan County PUD',
      DOPD: 'Douglas County PUD',
    },
    ...{ GCPD: 'Grant County PUD', GRID: 'Gridforce', IPCO: 'Idaho Power', NEVP: 'Nevada Power' },
    ...{ NWMT: 'NorthWestern (Montana)', PACE: 'PacifiCorp East', PACW: 'PacifiCorp West' },
    ...{ PGE: 'Portland General Electric', PSCO: 'Public Service Company of Colorado', PSEI: 'Puget Sound Energy' },
    ...{ SCL: 'Seattle City Light', TPWR: 'Tacoma Power', WACM: 'Western Area Power, Colorado and Missouri' },
    WAUW: 'Western Area Power, Upper Great Plains West',
  },
  NY: { NYIS: 'New York ISO' },
  SE: { SEPA: 'Southeastern Power Administration', SOCO: 'Southern Company' },
  SW: {
    ...{ AZPS: 'Arizona Public Service', EPE: 'El Paso Electric', PNM: 'Public Service Company of New Mexico' },
    ...{ SRP: 'Salt River Project', TEPC: 'Tucson Electric Power', WALC: 'Western Area Power, Desert Southwest' },
  },
  TEN: { TVA: 'Tennessee Valley Authority' },
  TEX: { ERCO: 'ERCOT' },
};

/** States of the US (ISO 3166-2), which eGRID has means of. */
const STATES = [
  'AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut',
  'DE Delaware, DC District of Columbia, FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois',
  'IN Indiana, IA Iowa, KS Kansas, KY Kentucky, LA Louisiana, ME Maine, MD Maryland',
  'MA Massachusetts, MI Michigan, MN Minnesota, MS Mississippi, MO Missouri, MT Montana, NE Nebraska',
  'NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico, NY New York, NC North Carolina, ND North Dakota',
  'OH Ohio, OK Oklahoma, OR Oregon, PA Pennsylvania, PR Puerto Rico, RI Rhode Island, SC South Carolina',
  'SD South Dakota, TN Tennessee, TX Texas, UT Utah, VT Vermont, VA Virginia, WA Washington',
  'WV West Virginia, WI Wisconsin, WY Wyoming',
]
  .join(', ')
  .split(', ')
  .map((state) => [`US-${state.slice(0, 2)}`, state.slice(3)]);

const zones = {
  ...countries.getNames('en', { select: 'official' }),
  ...{ US: 'United States', TW: 'Taiwan' },
  ...Object.fromEntries(STATES),
  ...EUROPE,
  ...WORLD,
  ...Object.fromEntries(BRITAIN.map((name, i) => [`GB-REGION-${i + 1}`, `Great Britain, ${name}`])),
  ...Object.fromEntries(
    Object.entries(AMERICA).flatMap(([region, authorities]) =>
      Object.entries(authorities).map(([code, name]) => [`US-${region}-${code}`, name]),
    ),
  ),
};
const sources = [
  'ISO 3166-1 and 3166-2: countries and their subdivisions (names by the package i18n-iso-countries, MIT)',
  'ENTSO-E Transparency Platform, RESTful API guide, appendix A.15: bidding zones',
  'U.S. Energy Information Administration, Form EIA-930: balancing authorities and their regions (public domain)',
  'NESO, Carbon Intensity API: regions of Great Britain (CC BY 4.0)',
  "system operators' own regions: AEMO, Grid-India, OCCTO, ONS, Coordinador Eléctrico Nacional, NGCP",
];
/** What people call them besides: other names, and the three letters of ISO 3166-1. */
const names = Object.entries(countries.getNames('en', { select: 'all' }));
const aliases = Object.fromEntries([
  ...names.flatMap(([zone, all]) => all.filter((name) => name !== zones[zone]).map((name) => [name, zone])),
  ...Object.entries(countries.getAlpha3Codes()).map(([code, zone]) => [code, zone]),
  ['UK', 'GB'],
]);
const sorted = Object.fromEntries(Object.entries(zones).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(
  'data/zones.json',
  `${JSON.stringify({ licence: 'facts', sources, zones: sorted, aliases }, null, 1)}\n`,
);
console.log(`${Object.keys(sorted).length} zones`);
