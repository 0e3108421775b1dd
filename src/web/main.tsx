// The page's beginning.

import { render } from 'preact';
import './ui/inks.ts';
import { App } from './app.tsx';
import { askWho } from './session.ts';

render(<App />, document.getElementById('app')!);
void askWho();
