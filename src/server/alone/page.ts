// A page that stands alone: the dashboard's own components, their style and what they show in one file, which opens from a disk,
// a mail or a build's artefacts, and asks nobody for anything.
//
// Its policy lets in its own script and style by their hashes and nothing else: a name that is code stays a name.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { CompareJson } from '../../report/compare-model.ts';
import type { ReportJson } from '../../report/model.ts';
import type { Series } from '../contract/series.ts';
import type { Starts } from '../contract/starts.ts';

interface Made {
  readonly version: string;
  /** When it was made, epoch ms. */
  readonly at_ms: number;
  /** The name of the ledger's folder. */
  readonly ledger: string;
}

export interface AloneRun extends Made {
  readonly kind: 'run';
  readonly report: ReportJson;
  readonly series: Series | null;
  readonly divisions: readonly {
    readonly by: NonNullable<ReportJson['by']>;
    readonly rows: NonNullable<ReportJson['rows']>;
  }[];
  readonly starts: Starts | null;
}

export interface AloneComparison extends Made {
  readonly kind: 'compare';
  readonly compare: CompareJson;
}

export type Alone = AloneRun | AloneComparison;

/** Where the build puts its script and style, beside the code. */
const PARTS = fileURLToPath(new URL('./alone', import.meta.url));

/** The whole page. Rejects where joulebook is not built whole. */
export async function alonePage(title: string, told: Alone, parts = PARTS): Promise<string> {
  const [script, style] = await Promise.all(
    ['page.js', 'page.css'].map(async (name) => readFile(`${parts}/${name}`, 'utf8')),
  );
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script!)}'`,
    `style-src '${hashOf(style!)}'`,
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="joulebook ${escaped(told.version)}">
<title>${escaped(title)} · joulebook</title>
<style>${style}</style>
</head>
<body>
<div id="app"><noscript>This page is drawn by its own script, which is turned off here.</noscript></div>
<script type="application/json" id="told">${JSON.stringify(told).replaceAll('<', '\\u003c')}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

const hashOf = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => ENTITIES[one]!);
