// The commands of a grid's intensity: now, history, forecast, record, providers, zones, when, sync and import.

import type { Command } from 'commander';
import { collect, example } from './help-text.ts';

/** Adds joulebook grid. */
export function addGrid(program: Command): void {
  const grid = program.command('grid').description("what is known of a grid's carbon intensity");
  asked(grid.command('now').description('how clean a grid is at this moment, and when it will be cleaner'))
    .option('--json', 'as JSON (joulebook/grid-now/v1)')
    .addHelpText('after', example('joulebook grid now GB'))
    .action(async (zone: string, options) => (await import('./grid-now.ts')).gridNow(zone, options));
  shown(asked(grid.command('history').description('what was: what is due is asked, then what is known is shown')))
    .option('--from <time>', 'ISO 8601 with a zone, or epoch seconds or ms (default: a day before --to)')
    .option('--to <time>', 'as --from (default: now)')
    .addHelpText('after', example('joulebook grid history GB --from 2024-03-04T00:00Z --to 2024-03-05T00:00Z'))
    .action(async (zone: string, options) => (await import('./grid.ts')).gridHistory(zone, options));
  shown(asked(grid.command('forecast').description('what is expected')))
    .option('--hours <n>', 'so far ahead (default: 24)')
    .addHelpText('after', example('joulebook grid forecast GB --hours 6'))
    .action(async (zone: string, options) => (await import('./grid.ts')).gridForecast(zone, options));
  grid
    .command('record')
    .description('keep what a provider really answers, without secrets, for --replay')
    .argument('<zone>', 'as Electricity Maps keys it, such as FR or US-CAL-CISO')
    .option('--provider <name>', 'electricity-maps, watttime, neso, eia, entsoe or carbon-aware-sdk')
    .option('--scope <scope>', 'lifecycle or direct (default: what the provider usually gives)')
    .option('--from <time>', 'ISO 8601 with a zone, or epoch seconds or ms (default: a day before --to)')
    .option('--to <time>', 'as --from (default: now)')
    .option('--forecast', 'what is expected, in place of what was')
    .option('--hours <n>', 'of a forecast: so far ahead (default: 24)')
    .option('--out <file>', 'where to write it')
    .option('--json', 'what was recorded, as JSON')
    .addHelpText(
      'after',
      example(
        'joulebook grid record GB --provider neso --from 2024-03-04T00:00Z --to 2024-03-05T00:00Z --out gb.recording.json',
      ),
    )
    .action(async (zone: string, options) => (await import('./grid-record.ts')).gridRecord(zone, options));
  grid
    .command('providers')
    .description('who can be asked, and what for')
    .option('--json', 'as JSON (joulebook/grid-providers/v1)')
    .addHelpText('after', example('joulebook grid providers'))
    .action(async (options) => (await import('./grid.ts')).gridProviders(options));
  grid
    .command('zones')
    .description('zones and places such as cloud regions, and what is known of each')
    .argument('[words...]', 'those whose key, name, city or provider hold all of these (default: all)')
    .option('--json', 'as JSON (joulebook/grid-zones/v1)')
    .addHelpText('after', example('joulebook grid zones frankfurt'))
    .action(async (words: string[], options) => (await import('./grid-zones.ts')).gridZones(words, options));

  grid
    .command('when')
    .description('when and where a load would be cleaner than now, from what is expected')
    .argument('[zone...]', 'the first is where it would run now (default: $JOULEBOOK_ZONE)')
    .option('--duration <duration>', 'how long it runs, such as 6h')
    .option('--power <power>', 'its mean power, such as 3kW: what is saved is then told in grams too')
    .option('--energy <energy>', 'or its energy, such as 20kWh')
    .option('--pue <number>', 'power usage effectiveness of the place (default: $JOULEBOOK_PUE)')
    .option('--within <duration>', 'the latest start, counted from the first (default: 24h)')
    .option('--from <time>', 'the first start (default: now)')
    .option('--provider <name>', 'whose forecast is asked for (default: as configured)')
    .option('--intensity <[zone=]file>', 'a file instead, repeatable, one a zone', collect)
    .option('--now <time>', 'as if it were this time: nobody is asked')
    .option('--json', 'as JSON (joulebook/grid-when/v1)')
    .option('--ledger <dir>', 'the ledger to read, and where forecasts are kept')
    .addHelpText(
      'after',
      example('joulebook grid when --duration 30m --within 30m --intensity grid.csv --now 2024-05-01T10:00Z'),
    )
    .action(async (zones: string[], options) => (await import('./grid-when.ts')).gridWhen(zones, options));
  grid
    .command('sync')
    .description('ask the providers for what is due, and keep it for every run')
    .argument('[zone...]', "as Electricity Maps keys it (default: the zones and times of the ledger's runs)")
    .option('--provider <name>', 'whom to ask, repeatable (default: as configured)', collect)
    .option('--since <time>', 'from then on (default: around the runs; of a zone without one the last day)')
    .option('--again', 'also what is settled, and who refused')
    .option('--no-forecast', 'only what was')
    .option('--json', 'as JSON (joulebook/grid-sync/v1)')
    .option('--ledger <dir>', 'where to keep it')
    .addHelpText('after', example('joulebook grid sync GB --provider neso --since 2024-03-04T00:00Z'))
    .action(async (zones: string[], options) => {
      process.exitCode = await (await import('./grid-sync.ts')).gridSync(zones, options);
    });
  grid
    .command('import')
    .description('keep a file of intensities as what is known of a zone, for every run')
    .argument('<file>', 'columns: timestamp, gco2e_per_kwh, optionally zone, kind, scope')
    .option('--zone <zone>', 'the zone, where the file does not say')
    .option('--kind <kind>', 'average or marginal, where the file does not say (default: average)')
    .option('--scope <scope>', 'lifecycle or direct, where the file does not say (default: lifecycle)')
    .option('--json', 'as JSON (joulebook/grid-import/v1)')
    .option('--ledger <dir>', 'where to keep it')
    .addHelpText('after', example('joulebook grid import gb-2024.csv --zone GB'))
    .action(async (file: string, options) => (await import('./grid-sync.ts')).gridImport(file, options));
}

/** Options of questions about the intensity of a zone. */
function asked(command: Command): Command {
  return command
    .argument('<zone>', 'as Electricity Maps keys it, such as FR or US-CAL-CISO, or a place such as aws:eu-west-3')
    .option(
      '--provider <name>',
      'this one alone: electricity-maps, watttime, neso, eia, entsoe or carbon-aware-sdk (default: as configured)',
    )
    .option('--scope <scope>', 'lifecycle or direct (default: as configured, or what the provider usually gives)')
    .option('--offline', 'ask nobody: what is known alone')
    .option('--ledger <dir>', 'where it is kept');
}

function shown(command: Command): Command {
  return command
    .option('--direct', 'what the provider says at this moment, kept nowhere')
    .option('--replay <file>', 'answer from what joulebook grid record has written, without network and keys')
    .option('--json', 'as JSON (joulebook/grid/v1)')
    .option('--csv', 'as a file for --intensity and joulebook grid import');
}
