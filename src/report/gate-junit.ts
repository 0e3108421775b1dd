// What a gate found → JUnit XML, as CI services read it: a suite of the baseline's name, a case for each metric.
//
// The attributes are those of the schema of Jenkins' xUnit plug-in (junit-10.xsd), which GitLab, Jenkins and others accept.

import type { CheckJson, GateJson } from './gate.ts';
import { metricText } from './gate-text.ts';

/** `strict`: what cannot be told has failed, too; else it was skipped. */
export function junitOf(gate: GateJson, strict: boolean): string {
  const { checks, baseline, candidate } = gate;
  const fails = ({ verdict }: CheckJson) => verdict === 'regression' || (strict && verdict === 'cannot-tell');
  const failures = checks.filter(fails).length;
  const skipped = strict ? 0 : checks.filter(({ verdict }) => verdict === 'cannot-tell').length;
  const name = `joulebook.${baseline.name}`;
  const counts = `tests="${checks.length}" failures="${failures}" errors="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="joulebook" ${counts}>`,
    `  <testsuite name="${xml(name)}" ${counts} skipped="${skipped}">`,
    '    <properties>',
    ...property('baseline.commit', baseline.commit),
    ...property('baseline.measured_on', baseline.measured_on),
    ...property('candidate.commit', candidate.commit),
    ...property('candidate.runs', candidate.runs.join(' ')),
    '    </properties>',
    ...checks.flatMap((check) => caseOf(check, { name, failed: fails(check) })),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function caseOf(check: CheckJson, { name, failed }: { readonly name: string; readonly failed: boolean }): string[] {
  const { metric, verdict, reason, baseline, candidate } = check;
  const what = failed
    ? [`      <failure type="${verdict}" message="${xml(reason)}"/>`]
    : verdict === 'cannot-tell'
      ? [`      <skipped message="${xml(reason)}"/>`]
      : [];
  const told = (value: number | null) => (value === null ? 'unknown' : metricText(metric, value));
  return [
    `    <testcase classname="${xml(name)}" name="${xml(metric)}">`,
    ...what,
    `      <system-out>${xml(`${told(baseline.value)} → ${told(candidate.value)}: ${reason}`)}</system-out>`,
    '    </testcase>',
  ];
}

const property = (name: string, value: string | null): string[] =>
  value === null ? [] : [`      <property name="${name}" value="${xml(value)}"/>`];

const MARKS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** What XML 1.0 allows of a text (§2.2), its marks escaped. */
export const xml = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"]/g, (mark) => MARKS[mark]!);
