// The frame of the page: where one can go, and the view that is shown.

import { useEffect, useRef } from 'preact/hooks';
import { follow, route } from './route.ts';
import { isShut, session, signOut } from './session.ts';
import { Boundary } from './ui/boundary.tsx';
import { Loaded } from './ui/loaded.tsx';
import { ThemeSwitch } from './ui/theme-switch.tsx';
import { useTitle } from './ui/title.ts';
import { SIGN_IN, VIEWS, type View, viewAt } from './views.ts';

export function App() {
  const shown = viewAt(route.value.path);
  const view = isShut() ? SIGN_IN : shown;
  const where = route.value.path.join('/');
  const main = useFocusOnMove(where);
  return (
    // biome-ignore lint: clicks on links below are followed here, once for all
    <div class="page" onClick={follow}>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="top">
        <a class="name" href="/">
          joulebook
        </a>
        <nav aria-label="Views">
          {VIEWS.filter(({ inner }) => !inner).map(({ path, name }) => (
            <a key={path} href={`/${path}`} aria-current={current(path, shown)}>
              {name}
            </a>
          ))}
        </nav>
        <SignedIn />
        <ThemeSwitch />
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        <Boundary key={where}>{view === undefined ? <NoSuchPage /> : <Loaded key={view.path} view={view} />}</Boundary>
      </main>
    </div>
  );
}

function SignedIn() {
  const name = session.value?.name ?? null;
  return name === null ? null : (
    <button type="button" title={`signed in with the token ${name}`} onClick={signOut}>
      Sign out
    </button>
  );
}

/** A run's own view is within that of all runs. */
const current = (path: string, shown: View | undefined) =>
  shown?.path === path ? 'page' : shown?.path.startsWith(`${path}/`) ? 'true' : undefined;

/** After a step to another view, the keyboard and screen readers go on there; not at the first one. */
function useFocusOnMove(where: string) {
  const main = useRef<HTMLElement>(null);
  const before = useRef(where);
  useEffect(() => {
    if (before.current === where) return;
    before.current = where;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [where]);
  return main;
}

function NoSuchPage() {
  useTitle('No such page');
  return (
    <>
      <h1>There is no such page</h1>
      <p>
        {/* The whole path, as text. */}
        <code>/{route.value.path.join('/')}</code> is no view of joulebook. <a href="/">Go to the first one</a>.
      </p>
    </>
  );
}
