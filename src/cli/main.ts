#!/usr/bin/env node
// The command line: words in, exit code out. Commands load what they need when they are called.

import { Command, CommanderError } from 'commander';
import { Fault } from '../core/fault.ts';
import { addBisect, STOP } from './bisect-command.ts';
import { addBudget } from './budget-commands.ts';
import { addCi } from './ci-commands.ts';
import { addDataset } from './dataset-commands.ts';
import { addExport, addImports } from './exchange-commands.ts';
import { addGrid } from './grid-commands.ts';
import { surviveHangUp } from './hang-up.ts';
import { collect, example } from './help-text.ts';
import { Interrupted } from './interruption.ts';
import { addAccount, lineage, unlineage } from './lineage-commands.ts';
import { budgeted } from './run-budget-options.ts';
import { addToken } from './token-commands.ts';
import { addTotals } from './total-commands.ts';

declare const JOULEBOOK_VERSION: string;

surviveHangUp();
const EXIT = { input: 2, world: 1, ours: 1, condition: 3 } as const;

const program = new Command('joulebook')
  .description('Makes the energy and carbon of large-model work as visible as latency.')
  .version(JOULEBOOK_VERSION)
  .showHelpAfterError('(joulebook --help tells what there is)')
  .enablePositionalOptions()
  .exitOverride();

budgeted(lineage(job(program.command('run'))))
  .description('meter a command: its output, exit code and signals stay its own')
  .usage('[options] -- CMD…')
  .argument('[command...]', 'the command and its arguments')
  .passThroughOptions()
  .option('--name <name>', 'a name to find the run by')
  .option('--zone <zone>', 'electricity grid zone or place, such as DE or aws:eu-central-1 (default: $JOULEBOOK_ZONE)')
  .option(
    '--pue <number[:low-high]>',
    'power usage effectiveness of the place, or a file of it over time (default: $JOULEBOOK_PUE)',
  )
  .option('--tag <k=v>', 'a tag, repeatable', collect)
  .option('--price <price>', 'price of electricity, such as 0.12EUR/kWh, or a file of prices')
  .option('--account <file>', 'what further lines are made with, as the account section of joulebook.yaml')
  .option('--intensity <file>', 'grid intensity as CSV (timestamp, gco2e_per_kwh), Parquet or JSON')
  .option('--interval <duration>', 'time between two readings (default: 100ms)')
  .option('--sync <duration>', 'how often the record is made durable (default: 1s)')
  .option('--nvml <file>', "NVIDIA's management library (default: $JOULEBOOK_NVML, else the system's)")
  .option('--procfs <dir>', 'where /proc is seen (default: $JOULEBOOK_PROCFS, else /proc)')
  .option('--sysfs <dir>', 'where /sys is seen (default: $JOULEBOOK_SYSFS, else /sys)')
  .option('--psys <use>', 'the platform sensor: record it beside the total, or take it as the total (default: record)')
  .option('--node-meter <what>', 'a meter of the whole machine: ipmi, redfish=https://BMC, csv=FILE, or none (default)')
  .option('--redfish-tls <how>', "the management controller's certificate: verify (default) or off")
  .option(
    '--host-other <use>',
    'the rest of the server: auto (its calibration), a power such as 80W, or none (default: auto)',
  )
  .option('--no-capture', 'leave stdout and stderr alone: steps are then read from --log files only')
  .option('--pty', 'give the command a terminal of its own: for programs that want one, and steps are read from it')
  .option('--log <file>', 'read training steps from this file or folder too, repeatable', collect)
  .option('--log-format <format>', 'of the steps: auto (default), none, a name, or /REGEX/ with named groups')
  .option('--resume <run>', 'go on with this run: a new segment of it')
  .option('--pid <pid>', 'meter a process that runs already, as joulebook attach does; no command is given')
  .option('--replay <file>', 'play a recorded power trace instead of reading sensors')
  .option('--replay-speed <factor>', 'how fast the trace is played (default: 1)')
  .option('--live <how>', 'what is told while it runs: auto, line, title or off (default: auto)')
  .option('--quiet', 'no live line, no notes and no summary')
  .option('--offline', 'ask no provider of intensities meanwhile')
  .option('--server <url>', 'send the record to this joulebook serve too (default: $JOULEBOOK_SERVER)')
  .option('--json [file]', 'the report as JSON to stderr, or with --json=FILE to a file')
  .option('--ledger <dir>', 'where to keep the record (default: $JOULEBOOK_HOME, else the nearest .joulebook)')
  .addHelpText('after', example('joulebook run --zone DE --pue 1.2 -- python train.py --epochs 3'))
  .action(async (command: string[], options) => {
    if (options.pid !== undefined) return (await import('./attach.ts')).runPid(command, options);
    const { forkSamplerAhead } = await import('../run/sampler-process.ts');
    const ahead = forkSamplerAhead(); // it starts while we do
    try {
      const { run } = await import('./run.ts');
      process.exitCode = await run(command, options, ahead);
    } finally {
      ahead?.kill('SIGKILL'); // where the run never began
    }
  });

metering(program.command('monitor').description('meter this machine until stopped, for services and shared machines'))
  .option('--for <duration>', 'stop after so long, such as 8h (default: when it is told to)')
  .addHelpText('after', example('joulebook monitor --name shared-box --for 2s'))
  .action(async (options) => (await import('./monitor.ts')).monitor(options));

job(metering(program.command('attach').description('meter a process that runs already, until it ends')))
  .argument('<pid>', 'the process; Ctrl-C ends the metering and leaves it alone')
  .option('--log <file>', 'read training steps from this file or folder, repeatable', collect)
  .option('--steps-from <file>', 'read what the Python helper of that process writes, too')
  .option('--log-format <format>', 'of the steps: auto (default), none, a name, or /REGEX/ with named groups')
  .addHelpText('after', example('joulebook attach 4711 --zone DE --log train.log'))
  .action(async (pid: string, options) => (await import('./monitor.ts')).attach(pid, options));

lineage(program.command('cut'))
  .description('make a run of a stretch of a monitored time')
  .argument('[run]', 'a run of joulebook monitor: an id, its beginning or a name (default: the last one)')
  .option('--from <time>', 'ISO 8601 with a zone, or epoch seconds or ms (default: its beginning)')
  .option('--to <time>', 'as --from (default: its end, or its newest reading)')
  .option('--pid <pid>', 'the share of a process and all below it: PID, or PID:START')
  .option('--user <user>', 'the share of a user, by name or number')
  .option('--nobody', 'what belongs to nobody: idle power, and what no name could be put to')
  .option('--gpu <gpus>', 'these GPUs alone: indices, names or UUIDs, separated by commas')
  .option('--cpu', 'with --gpu: the processors too')
  .option('--name <name>', 'a name to find the run by')
  .option('--zone <zone>', "electricity grid zone or place (default: the monitored run's)")
  .option('--pue <number[:low-high]>', "power usage effectiveness (default: the monitored run's)")
  .option('--tag <k=v>', 'a tag, repeatable', collect)
  .option('--price <price>', "price of electricity (default: the monitored run's)")
  .option('--json', 'the report as JSON')
  .option('--ledger <dir>', 'the ledger to read and write')
  .addHelpText('after', example('joulebook cut shared-box --user root --name mine'))
  .action(async (run: string | undefined, options) => (await import('./cut.ts')).cut(run, options));

program
  .command('serve')
  .description('the dashboard and the API over a ledger, until stopped')
  .option('--host <address>', 'where to listen (default: 127.0.0.1, this machine alone)')
  .option('--port <number>', 'its port; 0 is any that is free (default: 8480)')
  .option('--ledger <dir>', 'the ledger to serve')
  .option('--tls-cert <file>', 'encrypt with this certificate and its chain (PEM); taken anew when it is renewed')
  .option('--tls-key <file>', 'its key (PEM)')
  .option('--require-token', 'let in by token alone, from this machine too (elsewhere it is always so)')
  .option('--tokens <dir>', "the folder of tokens (default: tokens in the user's configuration)")
  .option('--public-url <url>', 'the address at which a proxy offers it, such as https://energy.example.org')
  .addHelpText(
    'after',
    example('joulebook serve --port 8480\njoulebook serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem'),
  )
  .action(async (options) => (await import('./serve.ts')).serve(options));
addToken(program);

program
  .command('push')
  .description('send what a joulebook serve has not got yet of runs that are recorded here')
  .argument('[run...]', 'ids, names or last (default: last)')
  .option('--all', 'every run of the ledger')
  .option('--server <url>', 'where to (default: $JOULEBOOK_SERVER); its token comes from $JOULEBOOK_TOKEN')
  .option('--json', 'as JSON (joulebook/push/v1)')
  .option('--ledger <dir>', 'the ledger to read')
  .addHelpText('after', example('joulebook push last --server https://energy.example.org'))
  .action(async (runs: string[], options) => (await import('./push.ts')).push(runs, options));

program
  .command('init')
  .description('write a commented joulebook.yaml here, after three questions or none')
  .option('--zone <zone>', 'electricity grid zone or place, such as DE or aws:eu-central-1')
  .option(
    '--pue <number[:low-high]>',
    "power usage effectiveness of the place (default: the place's own, where it publishes one)",
  )
  .option('--price <price>', 'price of electricity, such as 0.12EUR/kWh')
  .option('--yes', 'ask nothing: what is not given is commented out')
  .option('--force', 'write over a joulebook.yaml that is there')
  .addHelpText('after', example('joulebook init --yes --zone aws:eu-central-1 --price 0.12EUR/kWh'))
  .action(async (options) => (await import('./init.ts')).init(options));

program
  .command('doctor')
  .description('what can be measured here, what cannot, and what would help')
  .option('--strict', 'exit with 3 where a run would miss energy that is there, or leave no record')
  .option('--zone <zone>', 'electricity grid zone or place, such as DE or aws:eu-central-1 (default: $JOULEBOOK_ZONE)')
  .option('--pue <number[:low-high]>', 'power usage effectiveness of the place (default: $JOULEBOOK_PUE)')
  .option('--intensity <file>', 'grid intensity as CSV (timestamp, gco2e_per_kwh), Parquet or JSON')
  .option('--nvml <file>', "NVIDIA's management library (default: $JOULEBOOK_NVML, else the system's)")
  .option('--procfs <dir>', 'where /proc is seen (default: $JOULEBOOK_PROCFS, else /proc)')
  .option('--sysfs <dir>', 'where /sys is seen (default: $JOULEBOOK_SYSFS, else /sys)')
  .option('--node-meter <what>', 'a meter of the whole machine: ipmi, redfish=https://BMC, csv=FILE, or none (default)')
  .option('--redfish-tls <how>', "the management controller's certificate: verify (default) or off")
  .option('--psys <use>', 'the platform sensor: record it beside the total, or take it as the total (default: record)')
  .option('--for <duration>', 'how long the sensors are looked at (default: 1.5s)')
  .option('--timeout <duration>', 'how long a sensor may be silent (default: 15s)')
  .option('--json', 'as JSON (joulebook/doctor/v1)')
  .option('--ledger <dir>', 'the ledger to look at')
  .addHelpText('after', example('joulebook doctor --zone DE'))
  .action(async (options) => {
    process.exitCode = await (await import('./doctor.ts')).doctorCommand(options);
  });

program
  .command('top')
  .description('a run as it goes on: power, energy, emissions, devices, progress')
  .argument('[run]', 'an id, its beginning or a name (default: the newest that runs, else the last one)')
  .option('--once', 'print it once, as text')
  .option('--json', 'print it once, as JSON (joulebook/top/v1)')
  .option('--budget <limit...>', 'how likely it will pass a limit of energy or emissions, such as 1.5kWh or 2kgCO2e')
  .option('--ledger <dir>', 'the ledger to read')
  .addHelpText('after', example('joulebook top --once'))
  .action(async (run: string | undefined, options) => {
    process.exitCode = await (await import('./top.ts')).top(run, options);
  });

program
  .command('report')
  .description('what a run used: energy, emissions, per token, how sure')
  .argument('<run>', 'an id, its beginning, a name, or last')
  .option('--by <division>', 'rows by step, epoch, phase, window, device, hour or million-tokens')
  .option('--zones <zones>', 'the same run in these zones too, in hindsight, separated by commas')
  .option('--as-of <time>', 'as it was to be told then: ISO 8601 with a zone, or epoch seconds or ms')
  .option('--json', 'as JSON (joulebook/report/v1)')
  .option('--md', 'as Markdown')
  .option('--csv', 'as CSV')
  .option('--html <file>', 'as a page that stands alone, with its charts; - is stdout')
  .option('--ledger <dir>', 'the ledger to read')
  .addHelpText('after', example('joulebook report last --by epoch\njoulebook report last --html report.html'))
  .action(async (run: string, options) => (await import('./report.ts')).report(run, options));

addTotals(program);

program
  .command('python-path')
  .description('the folder of the Python helper, for PYTHONPATH')
  .addHelpText('after', example('joulebook python-path'))
  .action(async () => (await import('./python-path.ts')).pythonPath());

program
  .command('runs')
  .description('the runs of the ledger, newest first')
  .option('--as-of <time>', 'those that had ended by then, as they were to be told')
  .option('--commit <rev>', 'those of a commit: the beginning of its hash, or a name that git knows, such as HEAD')
  .option('--branch <name>', 'those that started on this branch')
  .option('--json', 'as JSON (joulebook/runs/v1)')
  .option('--ledger <dir>', 'the ledger to read')
  .addHelpText('after', example('joulebook runs'))
  .action(async (options) => (await import('./report.ts')).runs(options));

addBisect(program);
addAccount(program);
addBudget(program);

program
  .command('compare')
  .description('runs against the first, or groups of repeats by tag: what differs, how sure that is, and why')
  .argument('[runs...]', 'ids, their beginnings, names, or last')
  .option('--group <tag=value>', 'the runs with this tag are repeats of one side; give it for each side', collect)
  .option('--target <metric=value>', 'energy and emissions until a logged metric was reached, such as loss=2.5')
  .option(
    '--quality <metric>',
    'mark those that no other beats in this metric, or tag, energy, emissions, time and cost',
  )
  .option('--json', 'as JSON (joulebook/compare/v1)')
  .option('--md', 'as Markdown')
  .option('--csv', 'as CSV')
  .option('--html <file>', 'as a page that stands alone, with its charts; - is stdout')
  .option('--ledger <dir>', 'the ledger to read')
  .addHelpText('after', example('joulebook compare base last'))
  .action(async (runs: string[], options) => (await import('./compare.ts')).compare(runs, options));

unlineage(program.command('amend'))
  .description('correct what was recorded of a run; both are kept')
  .argument('<run>', 'an id, its beginning, a name, or last')
  .option('--zone <zone>', 'the zone or place that it was in')
  .option('--from <time>', 'it was in that zone from then on: ISO 8601 with a zone, or epoch seconds or ms')
  .option('--to <time>', 'it was in that zone until then')
  .option('--pue <number[:low-high]>', 'power usage effectiveness of the place, or a file of it over time')
  .option('--price <price>', 'price of electricity, such as 0.12EUR/kWh, or a file of prices')
  .option('--account <file>', 'what further lines are made with, as the account section of joulebook.yaml')
  .option('--tag <k=v>', 'a tag, or another value of one, repeatable', collect)
  .option('--untag <name>', 'a tag that is to go, repeatable', collect)
  .option('--intensity <file>', 'grid intensity as CSV: timestamp, gco2e_per_kwh')
  .option('--why <text>', 'the reason, for who reads it later')
  .option('--json', 'as JSON (joulebook/amendment/v1)')
  .option('--ledger <dir>', 'the ledger to write')
  .addHelpText('after', example('joulebook amend last --pue 1.1 --why "the mean of the year is out"'))
  .action(async (run: string, options) => (await import('./amend.ts')).amend(run, options));

program
  .command('restate')
  .description('what changed of the accounts since they were last stated, by how much and why; recorded')
  .argument('[run...]', 'ids, names or last (default: every run that has ended)')
  .option('--since <time>', 'runs that ended since then: ISO 8601 with a zone, or epoch seconds or ms')
  .option('--dry-run', 'tell it, but record nothing')
  .option('--json', 'as JSON (joulebook/restatement/v1)')
  .option('--ledger <dir>', 'the ledger to read and write')
  .addHelpText('after', example('joulebook restate --dry-run'))
  .action(async (runs: string[], options) => (await import('./restate.ts')).restateRuns(runs, options));

program
  .command('calibrate')
  .description('learn what this server draws beside its metered devices, from runs with a node meter')
  .argument('[run...]', 'ids, names or last; imported traces must be named (default: every run on this host)')
  .option('--for <host>', 'the host that the calibration is for (default: this one)')
  .option('--dry-run', 'tell it, but do not keep it')
  .option('--json', 'as JSON (joulebook/calibration/v1)')
  .option('--ledger <dir>', 'the ledger to read')
  .addHelpText('after', example('joulebook calibrate last'))
  .action(async (runs: string[], options) => (await import('./calibrate.ts')).calibrateHost(runs, options));

addGrid(program);
addCi(program);

const imports = program.command('import').description("other tools' records");
lineage(job(imports.command('trace')))
  .description('a recorded power trace (CSV or Parquet) as a run')
  .argument('<file>', 'columns: timestamp, device, power_w or energy_j, optionally kind and name (its model)')
  .option('--name <name>', 'a name to find the run by')
  .option('--zone <zone>', 'electricity grid zone or place')
  .option('--pue <number[:low-high]>', 'power usage effectiveness')
  .option('--tag <k=v>', 'a tag, repeatable', collect)
  .option('--price <price>', 'price of electricity, such as 0.12EUR/kWh, or a file of prices')
  .option('--account <file>', 'what further lines are made with, as the account section of joulebook.yaml')
  .option('--intensity <file>', 'grid intensity as CSV (timestamp, gco2e_per_kwh), Parquet or JSON')
  .option('--steps <file>', 'training steps as CSV: timestamp, step, tokens, …')
  .option('--json', 'what was made of the file, as JSON')
  .option('--ledger <dir>', 'where to keep the record')
  .addHelpText('after', example('joulebook import trace power.csv --zone FR --steps steps.csv'))
  .action(async (file: string, options) => (await import('./import-trace.ts')).importTrace(file, options));
addImports(imports);
addExport(program);
addDataset(program);

/** Options that say what the job's log does not. */
function job(command: Command): Command {
  return command
    .option('--tokens-per-step <n>', 'tokens of one step over all ranks, where the log does not tell')
    .option('--batch-size <n>', 'samples of one step over all ranks (global batch)')
    .option('--seq-length <n>', 'tokens of one sample: with samples told or --batch-size they make the tokens');
}

/** Options of commands that meter without a command of ours. */
function metering(command: Command): Command {
  return lineage(command)
    .option('--name <name>', 'a name to find the run by')
    .option('--zone <zone>', 'electricity grid zone or place (default: $JOULEBOOK_ZONE)')
    .option(
      '--pue <number[:low-high]>',
      'power usage effectiveness of the place, or a file of it over time (default: $JOULEBOOK_PUE)',
    )
    .option('--tag <k=v>', 'a tag, repeatable', collect)
    .option('--price <price>', 'price of electricity, such as 0.12EUR/kWh, or a file of prices')
    .option('--account <file>', 'what further lines are made with, as the account section of joulebook.yaml')
    .option('--intensity <file>', 'grid intensity as CSV (timestamp, gco2e_per_kwh), Parquet or JSON')
    .option('--interval <duration>', 'time between two readings (default: 100ms)')
    .option('--sync <duration>', 'how often the record is made durable (default: 1s)')
    .option('--nvml <file>', "NVIDIA's management library (default: $JOULEBOOK_NVML, else the system's)")
    .option('--procfs <dir>', 'where /proc is seen (default: $JOULEBOOK_PROCFS, else /proc)')
    .option('--sysfs <dir>', 'where /sys is seen (default: $JOULEBOOK_SYSFS, else /sys)')
    .option('--psys <use>', 'the platform sensor: record it beside the total, or take it as the total')
    .option(
      '--node-meter <what>',
      'a meter of the whole machine: ipmi, redfish=https://BMC, csv=FILE, or none (default)',
    )
    .option('--redfish-tls <how>', "the management controller's certificate: verify (default) or off")
    .option('--replay <file>', 'play a recorded power trace instead of reading sensors')
    .option('--replay-speed <factor>', 'how fast the trace is played (default: 1)')
    .option('--live <how>', 'what is told while it runs: auto, line, title or off (default: auto)')
    .option('--quiet', 'no live line and no summary')
    .option('--offline', 'ask no provider of intensities meanwhile')
    .option('--server <url>', 'send the record to this joulebook serve too (default: $JOULEBOOK_SERVER)')
    .option('--json', 'the report as JSON to stdout')
    .option('--ledger <dir>', 'where to keep the record (default: $JOULEBOOK_HOME, else the nearest .joulebook)');
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.exitCode = 1; // a reader that has seen enough is no fault
});
try {
  await program.parseAsync(withBareJson(process.argv));
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof Fault) {
    process.stderr.write(`joulebook: ${error.message}\n${error.hint === '' ? '' : `  ${error.hint}\n`}`);
    process.exitCode = EXIT[error.kind];
  } else if (error instanceof Interrupted) {
    process.exitCode = 130;
  } else {
    process.stderr.write(`joulebook: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  }
  if (process.argv[2] === 'bisect' && process.exitCode) process.exitCode = STOP;
}

/** `run --json CMD`: a bare --json must not take the command for its file, so it is made explicit. */
function withBareJson(argv: readonly string[]): string[] {
  if (argv[2] !== 'run') return [...argv];
  const flags = new Set(['--no-capture', '--pty', '--quiet', '--offline', '--json', '--help', '-h']);
  const out = argv.slice(0, 3);
  let i = 3;
  for (; i < argv.length && argv[i]!.startsWith('-') && argv[i] !== '--'; i++) {
    const word = argv[i]!;
    out.push(word === '--json' ? '--json=-' : word);
    if (!flags.has(word) && !word.includes('=')) out.push(...argv.slice(++i, i + 1));
  }
  return [...out, ...argv.slice(i)];
}
