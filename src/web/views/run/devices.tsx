// The devices of a run: what each used, how it was measured, whose energy it was, and when it was not observed.

import { duration, energy, percent, three } from '../../../report/format.ts';
import type { DeviceJson, ReportJson } from '../../../report/model.ts';
import { Bars } from '../../ui/bars.tsx';
import type { BarsOf } from '../../ui/bars-scene.ts';
import { timeText } from '../../ui/chart-of.ts';
import { Command } from '../../ui/empty.tsx';
import { Figure } from '../../ui/figure.tsx';
import { energyUnit, inUnit } from '../../ui/units.ts';
import { gapWords } from './gap-words.ts';
import { Facts } from './section.tsx';

/** Longer lists are read with the CLI. */
const MOST_GAPS = 50;

export function Devices({ report }: { report: ReportJson }) {
  const { devices, gaps } = report.energy;
  const hosts = report.run.hosts.length > 1;
  const shares = attributionBars(devices, hosts);
  if (devices.length === 0) return <p class="empty-part">No device was measured.</p>;
  return (
    <>
      <Facts caption="Devices">
        <thead>
          <tr>
            <th scope="col">Device</th>
            {['Energy', 'Mean power', 'Most', 'In use', 'Observed'].map((name) => (
              <th scope="col" class="number" key={name}>
                {name}
              </th>
            ))}
            <th scope="col">How</th>
          </tr>
        </thead>
        <tbody>
          {devices.map((device) => (
            <Device key={`${device.host} ${device.device}`} device={device} hosts={hosts} />
          ))}
        </tbody>
      </Facts>
      {shares !== null && (
        <Bars of={shares} note="The run's own processes, others on the machine, and idle." height={200} />
      )}
      <Gaps run={report.run.id} gaps={gaps} hosts={hosts} seen={devices.every(({ coverage }) => coverage > 0.995)} />
    </>
  );
}

const nameOf = ({ device, host }: { device: string; host: string }, hosts: boolean): string =>
  hosts ? `${host} ${device}` : device;

const watts = (value: number | null): string => (value === null ? 'unknown' : `${three(value)} W`);

function Device({ device, hosts }: { device: DeviceJson; hosts: boolean }) {
  const { energy_j, mean_w, max_w, utilisation, coverage, source, charged, within, notes, name } = device;
  return (
    <tr class={charged ? '' : 'not-charged'}>
      <th scope="row">
        {nameOf(device, hosts)}
        {name !== '' && <small>{name}</small>}
      </th>
      <td class="number">
        <Figure of={energy_j} write={energy} />
      </td>
      <td class="number">{watts(mean_w)}</td>
      <td class="number">{watts(max_w)}</td>
      <td class="number">{utilisation === null ? 'not told' : percent(utilisation)}</td>
      <td class={coverage < 0.995 ? 'number noted' : 'number'}>{percent(coverage)}</td>
      <td>
        {source}
        {!charged && (within === null ? ', not charged' : `, within ${within}`)}
        {notes.map((note) => (
          <small key={note}>{note}</small>
        ))}
      </td>
    </tr>
  );
}

/** Null where nothing is known of whose energy it was. */
export function attributionBars(devices: readonly DeviceJson[], hosts: boolean): BarsOf | null {
  const told = devices.filter(({ attribution }) => attribution !== null);
  if (told.length === 0) return null;
  const of = (key: 'job_j' | 'others_j' | 'idle_j') => told.map(({ attribution }) => attribution![key].value);
  const unit = energyUnit(told.map(({ energy_j }) => energy_j.value));
  const write = (value: number) => energy(value * unit.of);
  return {
    ...{ title: 'Whose energy it was', unit: unit.unit, of: 'device', stacked: true },
    categories: told.map((device) => nameOf(device, hosts)),
    parts: [
      { name: 'the run', values: inUnit(of('job_j'), unit), ink: 2, write },
      { name: 'others', values: inUnit(of('others_j'), unit), ink: 7, write },
      { name: 'idle', values: inUnit(of('idle_j'), unit), ink: 5, write },
    ],
  };
}

interface GapsProps {
  readonly run: string;
  readonly gaps: ReportJson['energy']['gaps'];
  readonly hosts: boolean;
  readonly seen: boolean;
}

function Gaps({ run, gaps, hosts, seen }: GapsProps) {
  if (gaps.length === 0)
    return <p>{seen ? 'No gap: every device was observed throughout.' : 'No gap was recorded.'}</p>;
  return (
    <>
      <h3>Gaps</h3>
      <Facts caption="Gaps">
        <thead>
          <tr>
            <th scope="col">From (UTC)</th>
            <th scope="col" class="number">
              For
            </th>
            <th scope="col">Device</th>
            <th scope="col">Its energy</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {gaps.slice(0, MOST_GAPS).map((gap) => (
            <tr key={`${gap.host} ${gap.device} ${gap.from_ms}`}>
              <td>{timeText(gap.from_ms).slice(0, 19)}</td>
              <td class="number">{duration((gap.to_ms - gap.from_ms) / 1000)}</td>
              <td>{nameOf(gap, hosts)}</td>
              <td>{STATES[gap.state] ?? gap.state}</td>
              <td>{gapWords(gap.why)}</td>
            </tr>
          ))}
        </tbody>
      </Facts>
      {gaps.length > MOST_GAPS && (
        <>
          <p>and {gaps.length - MOST_GAPS} more, which a terminal tells:</p>
          <Command text={`joulebook report ${run} --json`} />
        </>
      )}
    </>
  );
}

const STATES: Readonly<Record<string, string>> = {
  ...{ filled: 'known by its counter', estimated: 'estimated, within bounds', unknown: 'unknown' },
};
