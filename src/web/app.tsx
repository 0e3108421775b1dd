// The frame of the page: where one can go, and the view that is shown.

import { follow, route } from './route.ts';
import { Runs } from './views/runs.tsx';

const VIEWS = [{ path: 'runs', name: 'Runs', View: Runs }] as const;

export function App() {
  const [first = 'runs'] = route.value.path;
  const shown = VIEWS.find(({ path }) => path === first);
  return (
    // biome-ignore lint: clicks on links below are followed here, once for all
    <div class="page" onClick={follow}>
      <header>
        <a class="name" href="/">
          joulebook
        </a>
        <nav aria-label="Views">
          {VIEWS.map(({ path, name }) => (
            <a key={path} href={`/${path}`} aria-current={path === first ? 'page' : undefined}>
              {name}
            </a>
          ))}
        </nav>
      </header>
      <main>{shown === undefined ? <p>There is no such page.</p> : <shown.View />}</main>
    </div>
  );
}
