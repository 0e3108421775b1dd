// The beginning of a page that stands alone in one file: what it shows is in it, and it asks for nothing.

import { render } from 'preact';
import '../style.css';
import './alone.css';
import '../ui/inks.ts';
import type { Alone } from '../../server/alone/page.ts';
import { Boundary } from '../ui/boundary.tsx';
import { timeText } from '../ui/chart-of.ts';
import { ThemeSwitch } from '../ui/theme-switch.tsx';
import { ComparisonTold } from '../views/compare-told.tsx';
import { AloneRun } from './run.tsx';

const told: Alone = JSON.parse(document.getElementById('told')!.textContent!);

function Page() {
  const { version, at_ms, ledger } = told;
  return (
    <div class="page">
      <header class="top">
        <span class="name">joulebook</span>
        <span class="made">
          as of {timeText(at_ms).slice(0, 19)} UTC, from {ledger} by joulebook {version}
        </span>
        <ThemeSwitch />
      </header>
      <main id="main">
        <Boundary>
          {told.kind === 'run' ? (
            <AloneRun told={told} />
          ) : (
            <>
              <h1>Compare</h1>
              <ComparisonTold of={told.compare} />
            </>
          )}
        </Boundary>
      </main>
    </div>
  );
}

render(<Page />, document.getElementById('app')!);
